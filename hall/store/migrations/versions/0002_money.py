"""money: the ledger, receipts, what a person must decide; what was there before is booked"""

import sqlalchemy as sa
from alembic import op

import hall.store.tables.base

revision = '0002_money'
down_revision = '0001'
branch_labels = None
depends_on = None

ORDERS = 'order_no, conversation, confirmation, payer, msisdn, sku, scope, data_mb, valid, price_fen, way, state, version, paid_fen, delivered_fen, refunded_fen, supplier_no, reason, stuck, expires_at, created_at, changed_at'
EVENTS = 'order_no, version, conversation, before, after, cause, actor, note, at'
OF_THE_ORDER = "('failed', 'partial', 'paid_late')"
APPEND_ONLY = {
    'sqlite': tuple(
        f"CREATE TRIGGER ledger_no_{what} BEFORE {what} ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        for what in ('update', 'delete')
    ),
    'postgresql': (
        "CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        "CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE ON ledger FOR EACH ROW EXECUTE FUNCTION ledger_append_only()",
    ),
}
# what the orders that exist already have in the books: entry, debit, credit, amount, which orders
BOOKED = (
    ("o.order_no || ':paid'", "'payment:' || p.provider", "'customer'", 'o.paid_fen', 'o.paid_fen > 0'),
    ("o.order_no || ':delivered'", "'customer'", "'supplier'", 'o.paid_fen', "o.state = 'SUCCEEDED'"),
    ("o.order_no || ':delivered'", "'customer'", "'supplier'", 'o.delivered_fen', "o.delivered_fen > 0"),
    ("'R' || substr(o.order_no, 2) || ':refund'", "'customer'", "'refund'", 'o.paid_fen - o.delivered_fen', "o.state IN ('REFUNDING', 'REFUNDED', 'REFUND_STUCK')"),
    ("'R' || substr(o.order_no, 2) || ':refunded'", "'refund'", "'payment:' || p.provider", 'o.refunded_fen', 'o.refunded_fen > 0'),
)


def upgrade() -> None:
    _create_new()
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)
    for name in ('orders', 'order_events', 'payments', 'refunds'):
        _put_aside(name)
    _create_changed()
    op.execute(f"INSERT INTO orders ({ORDERS}) SELECT {ORDERS} FROM orders_before")
    _fill_events()
    op.execute('INSERT INTO payments SELECT payment_no, conversation, provider, way, amount_fen, created_at FROM payments_before')
    op.execute(
        "INSERT INTO receipts (provider, provider_no, conversation, payment_no, amount_fen, purpose, paid_at, at) "
        "SELECT provider, coalesce(provider_no, payment_no), conversation, payment_no, amount_fen, 'order', paid_at, paid_at "
        "FROM payments_before WHERE paid_at IS NOT NULL"
    )
    op.execute(
        'INSERT INTO refunds (refund_no, order_no, conversation, provider, provider_no, paid_fen, amount_fen, cause, state, tries, asked_at, created_at, done_at) '
        'SELECT r.refund_no, r.order_no, r.conversation, p.provider, coalesce(p.provider_no, p.payment_no), p.amount_fen, r.amount_fen, r.cause, r.state, 1, r.created_at, r.created_at, r.done_at '
        'FROM refunds_before r JOIN payments_before p ON p.payment_no = r.order_no'
    )
    for entry, debit, credit, amount, where in BOOKED:
        op.execute(
            'INSERT INTO ledger (entry, line, debit, credit, amount_fen, subject, conversation, at) '
            f'SELECT {entry}, 1, {debit}, {credit}, {amount}, o.order_no, o.conversation, o.changed_at '.replace(':', r'\:') +
            f'FROM orders o JOIN payments p ON p.payment_no = o.order_no WHERE {where}'.replace(':', r'\:')
        )
    for name in ('orders', 'order_events', 'payments', 'refunds'):
        op.drop_table(f'{name}_before')


def downgrade() -> None:
    op.execute(f'DELETE FROM refunds WHERE cause NOT IN {OF_THE_ORDER}')
    for name in ('orders', 'order_events', 'payments', 'refunds'):
        _put_aside(name)
    _create_former()
    op.execute(f"INSERT INTO orders ({ORDERS}) SELECT {ORDERS} FROM orders_before")
    op.execute(f'INSERT INTO order_events ({EVENTS}) SELECT {EVENTS} FROM order_events_before')
    op.execute(
        'INSERT INTO payments (payment_no, conversation, provider, way, amount_fen, provider_no, created_at, paid_at) '
        'SELECT p.payment_no, p.conversation, p.provider, p.way, p.amount_fen, r.provider_no, p.created_at, r.paid_at '
        "FROM payments_before p LEFT JOIN receipts r ON r.payment_no = p.payment_no AND r.purpose = 'order'"
    )
    op.execute(
        'INSERT INTO refunds (refund_no, order_no, conversation, amount_fen, cause, state, created_at, done_at) '
        'SELECT refund_no, order_no, conversation, amount_fen, cause, state, created_at, done_at FROM refunds_before'
    )
    for name in ('orders', 'order_events', 'payments', 'refunds'):
        op.drop_table(f'{name}_before')
    for name in ('statement_lines', 'receipts', 'order_calls', 'money_acts', 'ledger', 'compensations', 'cases'):
        op.drop_table(name)
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('DROP FUNCTION ledger_append_only()')


def _put_aside(name: str) -> None:
    """Copies a table: its constraints change, which SQLite can do only by building it anew."""
    op.execute(f'CREATE TABLE {name}_before AS SELECT * FROM {name}')
    op.drop_table(name)


def _fill_events() -> None:
    """An order began where it waited for its payment; now also that it was shown and confirmed is kept."""
    op.execute(f"INSERT INTO order_events ({EVENTS}) SELECT {EVENTS} FROM order_events_before WHERE before IS NOT NULL")
    for version, before, after, cause, actor in (
        ('version - 2', 'NULL', "'DRAFT'", 'shown', 'hall'),
        ('version - 1', "'DRAFT'", "'CONFIRMED'", 'confirmed', 'customer'),
        ('version', "'CONFIRMED'", 'after', 'asked_to_pay', 'hall'),
    ):
        op.execute(
            f"INSERT INTO order_events ({EVENTS}) SELECT order_no, {version}, conversation, {before}, {after}, '{cause}', '{actor}', note, at "
            'FROM order_events_before WHERE before IS NULL'
        )


def _create_new() -> None:
    op.create_table('cases',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('subject', sa.String(length=80), nullable=False),
    sa.Column('conversation', sa.String(length=160), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('opened_at', hall.store.tables.base.Moment(timezone=True), nullable=False),
    sa.Column('closed_at', hall.store.tables.base.Moment(timezone=True), nullable=True),
    sa.Column('agent', sa.String(length=64), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.CheckConstraint("state IN ('open', 'closed')", name=op.f('ck_cases_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cases'))
    )
    op.create_index('ix_cases_queue', 'cases', ['state', 'opened_at'], unique=False)
    op.create_index('ix_cases_subject', 'cases', ['subject'], unique=False)
    op.create_table('compensations',
    sa.Column('id', sa.String(length=80), nullable=False),
    sa.Column('conversation', sa.String(length=160), nullable=False),
    sa.Column('msisdn', sa.String(length=11), nullable=False),
    sa.Column('amount_fen', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=32), nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('limit_fen', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('asked_by', sa.String(length=64), nullable=False),
    sa.Column('decided_by', sa.String(length=64), nullable=True),
    sa.Column('created_at', hall.store.tables.base.Moment(timezone=True), nullable=False),
    sa.Column('changed_at', hall.store.tables.base.Moment(timezone=True), nullable=False),
    sa.CheckConstraint("amount_fen <= limit_fen OR state IN ('waiting', 'refused') OR (decided_by IS NOT NULL AND decided_by <> asked_by)", name=op.f('ck_compensations_approved')),
    sa.CheckConstraint("state IN ('waiting', 'granted', 'credited', 'refused', 'stuck')", name=op.f('ck_compensations_state')),
    sa.CheckConstraint('amount_fen > 0', name=op.f('ck_compensations_amount')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_compensations'))
    )
    op.create_index('ix_compensations_line', 'compensations', ['msisdn', 'created_at'], unique=False)
    op.create_table('ledger',
    sa.Column('entry', sa.String(length=128), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('debit', sa.String(length=32), nullable=False),
    sa.Column('credit', sa.String(length=32), nullable=False),
    sa.Column('amount_fen', sa.Integer(), nullable=False),
    sa.Column('subject', sa.String(length=80), nullable=False),
    sa.Column('conversation', sa.String(length=160), nullable=False),
    sa.Column('at', hall.store.tables.base.Moment(timezone=True), nullable=False),
    sa.CheckConstraint('amount_fen > 0', name=op.f('ck_ledger_amount')),
    sa.CheckConstraint('debit <> credit', name=op.f('ck_ledger_accounts')),
    sa.PrimaryKeyConstraint('entry', 'line', name=op.f('pk_ledger'))
    )
    op.create_index('ix_ledger_at', 'ledger', ['at'], unique=False)
    op.create_index('ix_ledger_subject', 'ledger', ['subject'], unique=False)
    op.create_table('money_acts',
    sa.Column('subject', sa.String(length=80), nullable=False),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('agent', sa.String(length=64), nullable=False),
    sa.Column('act', sa.String(length=24), nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('at', hall.store.tables.base.Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('subject', 'key', name=op.f('pk_money_acts'))
    )
    op.create_table('order_calls',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('order_no', sa.String(length=14), nullable=False),
    sa.Column('conversation', sa.String(length=160), nullable=False),
    sa.Column('call', sa.String(length=16), nullable=False),
    sa.Column('party', sa.String(length=32), nullable=False),
    sa.Column('said', sa.String(length=32), nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('at', hall.store.tables.base.Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_order_calls'))
    )
    op.create_index('ix_order_calls_order', 'order_calls', ['order_no', 'id'], unique=False)
    op.create_table('receipts',
    sa.Column('provider', sa.String(length=16), nullable=False),
    sa.Column('provider_no', sa.String(length=64), nullable=False),
    sa.Column('conversation', sa.String(length=160), nullable=False),
    sa.Column('payment_no', sa.String(length=64), nullable=False),
    sa.Column('amount_fen', sa.Integer(), nullable=False),
    sa.Column('purpose', sa.String(length=24), nullable=False),
    sa.Column('paid_at', hall.store.tables.base.Moment(timezone=True), nullable=False),
    sa.Column('at', hall.store.tables.base.Moment(timezone=True), nullable=False),
    sa.CheckConstraint("purpose IN ('order', 'second', 'amount_differs', 'unknown_order', 'given_back')", name=op.f('ck_receipts_purpose')),
    sa.CheckConstraint('amount_fen > 0', name=op.f('ck_receipts_amount')),
    sa.PrimaryKeyConstraint('provider', 'provider_no', name=op.f('pk_receipts'))
    )
    op.create_index('ix_receipts_payment', 'receipts', ['payment_no'], unique=False)
    op.create_index('uq_receipts_of_order', 'receipts', ['payment_no'], unique=True, sqlite_where=sa.text("purpose = 'order'"), postgresql_where=sa.text("purpose = 'order'"))
    op.create_table('statement_lines',
    sa.Column('party', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('number', sa.String(length=80), nullable=False),
    sa.Column('amount_fen', sa.Integer(), nullable=False),
    sa.Column('day', sa.String(length=10), nullable=False),
    sa.PrimaryKeyConstraint('party', 'kind', 'number', name=op.f('pk_statement_lines'))
    )
    op.create_index('ix_statement_lines_day', 'statement_lines', ['day'], unique=False)


def _create_changed() -> None:
    op.create_table('orders',
    sa.Column('order_no', sa.String(length=14), nullable=False),
    sa.Column('conversation', sa.String(length=160), nullable=False),
    sa.Column('confirmation', sa.String(length=200), nullable=False),
    sa.Column('payer', sa.String(length=11), nullable=True),
    sa.Column('msisdn', sa.String(length=11), nullable=False),
    sa.Column('product', sa.String(length=16), server_default='data', nullable=False),
    sa.Column('sku', sa.String(length=16), nullable=False),
    sa.Column('scope', sa.String(length=16), nullable=False),
    sa.Column('data_mb', sa.Integer(), nullable=False),
    sa.Column('valid', sa.String(length=16), nullable=False),
    sa.Column('face_fen', sa.Integer(), server_default='0', nullable=False),
    sa.Column('price_fen', sa.Integer(), nullable=False),
    sa.Column('way', sa.String(length=16), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('paid_fen', sa.Integer(), nullable=False),
    sa.Column('delivered_fen', sa.Integer(), nullable=False),
    sa.Column('refunded_fen', sa.Integer(), nullable=False),
    sa.Column('supplier_no', sa.String(length=64), nullable=True),
    sa.Column('reason', sa.String(length=64), nullable=True),
    sa.Column('stuck', sa.String(length=32), nullable=True),
    sa.Column('expires_at', hall.store.tables.base.Moment(timezone=True), nullable=False),
    sa.Column('created_at', hall.store.tables.base.Moment(timezone=True), nullable=False),
    sa.Column('changed_at', hall.store.tables.base.Moment(timezone=True), nullable=False),
    sa.CheckConstraint("(state IN ('DRAFT', 'CONFIRMED', 'AWAIT_PAY', 'EXPIRED', 'CANCELLED')) = (paid_fen = 0)", name=op.f('ck_orders_unpaid')),
    sa.CheckConstraint("product IN ('data', 'credit')", name=op.f('ck_orders_product')),
    sa.CheckConstraint("state <> 'REFUNDED' OR refunded_fen + delivered_fen = paid_fen", name=op.f('ck_orders_refund_whole')),
    sa.CheckConstraint("state <> 'SUCCEEDED' OR (refunded_fen = 0 AND paid_fen = price_fen)", name=op.f('ck_orders_succeeded')),
    sa.CheckConstraint("state IN ('DRAFT', 'CONFIRMED', 'AWAIT_PAY', 'PAID', 'SUBMITTING', 'PROCESSING', 'SUCCEEDED', 'FAILED', 'PARTIAL', 'REFUNDING', 'REFUNDED', 'REFUND_STUCK', 'EXPIRED', 'CANCELLED')", name=op.f('ck_orders_state')),
    sa.CheckConstraint('paid_fen IN (0, price_fen)', name=op.f('ck_orders_paid')),
    sa.CheckConstraint('price_fen > 0', name=op.f('ck_orders_price')),
    sa.CheckConstraint('refunded_fen >= 0 AND refunded_fen + delivered_fen <= paid_fen', name=op.f('ck_orders_refunded')),
    sa.PrimaryKeyConstraint('order_no', name=op.f('pk_orders')),
    sa.UniqueConstraint('confirmation', name=op.f('uq_orders_confirmation'))
    )
    op.create_index('ix_orders_conversation', 'orders', ['conversation', 'created_at'], unique=False)
    op.create_index('ix_orders_msisdn', 'orders', ['msisdn', 'sku', 'created_at'], unique=False)
    op.create_index('ix_orders_payer', 'orders', ['payer', 'created_at'], unique=False)
    op.create_table('order_events',
    sa.Column('order_no', sa.String(length=14), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('conversation', sa.String(length=160), nullable=False),
    sa.Column('before', sa.String(length=16), nullable=True),
    sa.Column('after', sa.String(length=16), nullable=False),
    sa.Column('cause', sa.String(length=24), nullable=False),
    sa.Column('actor', sa.String(length=64), nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('at', hall.store.tables.base.Moment(timezone=True), nullable=False),
    sa.CheckConstraint("coalesce(before, '') = after OR coalesce(before, '') || '>' || after IN ('>DRAFT', 'DRAFT>CONFIRMED', 'CONFIRMED>AWAIT_PAY', 'AWAIT_PAY>PAID', 'AWAIT_PAY>EXPIRED', 'AWAIT_PAY>CANCELLED', 'EXPIRED>REFUNDING', 'CANCELLED>REFUNDING', 'PAID>SUBMITTING', 'SUBMITTING>PROCESSING', 'SUBMITTING>SUCCEEDED', 'SUBMITTING>FAILED', 'SUBMITTING>PARTIAL', 'PROCESSING>SUCCEEDED', 'PROCESSING>FAILED', 'PROCESSING>PARTIAL', 'FAILED>REFUNDING', 'PARTIAL>REFUNDING', 'REFUNDING>REFUNDED', 'REFUNDING>REFUND_STUCK', 'REFUND_STUCK>REFUNDING', 'REFUND_STUCK>REFUNDED')", name=op.f('ck_order_events_step')),
    sa.PrimaryKeyConstraint('order_no', 'version', name=op.f('pk_order_events'))
    )
    op.create_table('payments',
    sa.Column('payment_no', sa.String(length=14), nullable=False),
    sa.Column('conversation', sa.String(length=160), nullable=False),
    sa.Column('provider', sa.String(length=16), nullable=False),
    sa.Column('way', sa.String(length=16), nullable=False),
    sa.Column('amount_fen', sa.Integer(), nullable=False),
    sa.Column('created_at', hall.store.tables.base.Moment(timezone=True), nullable=False),
    sa.CheckConstraint('amount_fen > 0', name=op.f('ck_payments_amount')),
    sa.PrimaryKeyConstraint('payment_no', name=op.f('pk_payments'))
    )
    op.create_table('refunds',
    sa.Column('refund_no', sa.String(length=32), nullable=False),
    sa.Column('order_no', sa.String(length=64), nullable=False),
    sa.Column('conversation', sa.String(length=160), nullable=False),
    sa.Column('provider', sa.String(length=16), nullable=False),
    sa.Column('provider_no', sa.String(length=64), nullable=False),
    sa.Column('paid_fen', sa.Integer(), nullable=False),
    sa.Column('amount_fen', sa.Integer(), nullable=False),
    sa.Column('cause', sa.String(length=24), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('asked_at', hall.store.tables.base.Moment(timezone=True), nullable=False),
    sa.Column('created_at', hall.store.tables.base.Moment(timezone=True), nullable=False),
    sa.Column('done_at', hall.store.tables.base.Moment(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('asked', 'done', 'stuck')", name=op.f('ck_refunds_state')),
    sa.CheckConstraint('amount_fen > 0 AND amount_fen <= paid_fen', name=op.f('ck_refunds_amount')),
    sa.PrimaryKeyConstraint('refund_no', name=op.f('pk_refunds')),
    sa.UniqueConstraint('provider', 'provider_no', name=op.f('uq_refunds_provider_provider_no'))
    )
    op.create_index('ix_refunds_order_no', 'refunds', ['order_no'], unique=False)
    op.create_index('uq_refunds_of_order', 'refunds', ['order_no'], unique=True, sqlite_where=sa.text("cause IN ('failed', 'partial', 'paid_late')"), postgresql_where=sa.text("cause IN ('failed', 'partial', 'paid_late')"))


def _create_former() -> None:
    op.create_table('orders',
    sa.Column('order_no', sa.String(length=14), nullable=False),
    sa.Column('conversation', sa.String(length=160), nullable=False),
    sa.Column('confirmation', sa.String(length=200), nullable=False),
    sa.Column('payer', sa.String(length=11), nullable=True),
    sa.Column('msisdn', sa.String(length=11), nullable=False),
    sa.Column('sku', sa.String(length=16), nullable=False),
    sa.Column('scope', sa.String(length=16), nullable=False),
    sa.Column('data_mb', sa.Integer(), nullable=False),
    sa.Column('valid', sa.String(length=16), nullable=False),
    sa.Column('price_fen', sa.Integer(), nullable=False),
    sa.Column('way', sa.String(length=16), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('paid_fen', sa.Integer(), nullable=False),
    sa.Column('delivered_fen', sa.Integer(), nullable=False),
    sa.Column('refunded_fen', sa.Integer(), nullable=False),
    sa.Column('supplier_no', sa.String(length=64), nullable=True),
    sa.Column('reason', sa.String(length=64), nullable=True),
    sa.Column('stuck', sa.String(length=32), nullable=True),
    sa.Column('expires_at', hall.store.tables.base.Moment(timezone=True), nullable=False),
    sa.Column('created_at', hall.store.tables.base.Moment(timezone=True), nullable=False),
    sa.Column('changed_at', hall.store.tables.base.Moment(timezone=True), nullable=False),
    sa.CheckConstraint("state <> 'REFUNDED' OR refunded_fen + delivered_fen = paid_fen", name=op.f('ck_orders_refund_whole')),
    sa.CheckConstraint("state <> 'SUCCEEDED' OR (refunded_fen = 0 AND paid_fen = price_fen)", name=op.f('ck_orders_succeeded')),
    sa.CheckConstraint("state IN ('AWAIT_PAY', 'PAID', 'SUBMITTING', 'PROCESSING', 'SUCCEEDED', 'FAILED', 'PARTIAL', 'REFUNDING', 'REFUNDED', 'REFUND_STUCK', 'EXPIRED', 'CANCELLED')", name=op.f('ck_orders_state')),
    sa.CheckConstraint("state NOT IN ('AWAIT_PAY', 'EXPIRED', 'CANCELLED') OR paid_fen = 0", name=op.f('ck_orders_unpaid')),
    sa.CheckConstraint('paid_fen IN (0, price_fen)', name=op.f('ck_orders_paid')),
    sa.CheckConstraint('price_fen > 0', name=op.f('ck_orders_price')),
    sa.CheckConstraint('refunded_fen >= 0 AND refunded_fen + delivered_fen <= paid_fen', name=op.f('ck_orders_refunded')),
    sa.PrimaryKeyConstraint('order_no', name=op.f('pk_orders')),
    sa.UniqueConstraint('confirmation', name=op.f('uq_orders_confirmation'))
    )
    op.create_index('ix_orders_conversation', 'orders', ['conversation', 'created_at'], unique=False)
    op.create_index('ix_orders_msisdn', 'orders', ['msisdn', 'sku', 'created_at'], unique=False)
    op.create_index('ix_orders_payer', 'orders', ['payer', 'created_at'], unique=False)
    op.create_table('order_events',
    sa.Column('order_no', sa.String(length=14), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('conversation', sa.String(length=160), nullable=False),
    sa.Column('before', sa.String(length=16), nullable=True),
    sa.Column('after', sa.String(length=16), nullable=False),
    sa.Column('cause', sa.String(length=24), nullable=False),
    sa.Column('actor', sa.String(length=64), nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('at', hall.store.tables.base.Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('order_no', 'version', name=op.f('pk_order_events'))
    )
    op.create_table('payments',
    sa.Column('payment_no', sa.String(length=14), nullable=False),
    sa.Column('conversation', sa.String(length=160), nullable=False),
    sa.Column('provider', sa.String(length=16), nullable=False),
    sa.Column('way', sa.String(length=16), nullable=False),
    sa.Column('amount_fen', sa.Integer(), nullable=False),
    sa.Column('provider_no', sa.String(length=64), nullable=True),
    sa.Column('created_at', hall.store.tables.base.Moment(timezone=True), nullable=False),
    sa.Column('paid_at', hall.store.tables.base.Moment(timezone=True), nullable=True),
    sa.CheckConstraint('amount_fen > 0', name=op.f('ck_payments_amount')),
    sa.PrimaryKeyConstraint('payment_no', name=op.f('pk_payments'))
    )
    op.create_table('refunds',
    sa.Column('refund_no', sa.String(length=14), nullable=False),
    sa.Column('order_no', sa.String(length=14), nullable=False),
    sa.Column('conversation', sa.String(length=160), nullable=False),
    sa.Column('amount_fen', sa.Integer(), nullable=False),
    sa.Column('cause', sa.String(length=24), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('created_at', hall.store.tables.base.Moment(timezone=True), nullable=False),
    sa.Column('done_at', hall.store.tables.base.Moment(timezone=True), nullable=True),
    sa.CheckConstraint('amount_fen > 0', name=op.f('ck_refunds_amount')),
    sa.PrimaryKeyConstraint('refund_no', name=op.f('pk_refunds')),
    sa.UniqueConstraint('order_no', name=op.f('uq_refunds_order_no'))
    )
