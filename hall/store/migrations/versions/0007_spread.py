"""one distribution key: orders, hand-offs and reviews by their conversation, with directories that lead to them

Revision ID: 0007_spread
Revises: 0006_paid_orders
"""
import sqlalchemy as sa
from alembic import op

import hall.store.tables.base

revision = '0007_spread'
down_revision = '0006_paid_orders'
branch_labels = None
depends_on = None

PAID = sa.text('paid_fen > 0')
COUNTED = sa.text('counts IS NOT NULL')
OF_THE_ORDER = sa.text("cause IN ('failed', 'partial', 'paid_late')")
# the primary keys as they are, and as they were
KEYS = {
    'orders': (['order_no', 'conversation'], ['order_no']),
    'order_events': (['order_no', 'version', 'conversation'], ['order_no', 'version']),
    'order_calls': (['order_no', 'id', 'conversation'], ['id']),
    'payments': (['payment_no', 'conversation'], ['payment_no']),
    'refunds': (['refund_no', 'conversation'], ['refund_no']),
    'handoffs': (['id', 'conversation'], ['id']),
    'reviews': (['id', 'conversation'], ['id']),
}


def upgrade() -> None:
    op.execute("UPDATE reviews SET conversation = '' WHERE conversation IS NULL")
    _take_indexes()
    for name, (key, _) in KEYS.items():
        _key(name, key, to_spread=True)
    op.create_index(
        'uq_refunds_of_order', 'refunds', ['order_no', 'conversation'], unique=True,
        sqlite_where=OF_THE_ORDER, postgresql_where=OF_THE_ORDER,
    )
    _create_directories()
    _fill_directories()


def downgrade() -> None:
    for name in ('handoff_queue', 'line_orders', 'order_numbers'):
        op.drop_table(name)
    op.drop_index('uq_refunds_of_order', 'refunds')
    _count_calls()
    for name, (_, key) in KEYS.items():
        _key(name, key, to_spread=False)
    op.execute("UPDATE reviews SET conversation = NULL WHERE conversation = ''")
    op.create_index('ix_order_calls_order', 'order_calls', ['order_no', 'id'])
    op.create_index('ix_orders_payer', 'orders', ['payer', 'created_at'])
    for name, column in (('ix_orders_paid_for', 'msisdn'), ('ix_orders_paid_by', 'payer')):
        op.create_index(name, 'orders', [column, 'created_at'], sqlite_where=PAID, postgresql_where=PAID)
    op.create_index(
        'uq_refunds_of_order', 'refunds', ['order_no'], unique=True,
        sqlite_where=OF_THE_ORDER, postgresql_where=OF_THE_ORDER,
    )


def _count_calls() -> None:
    """Their numbers would not fit any more: from 1 on, in the same order."""
    op.execute('CREATE TABLE call_numbers AS SELECT order_no, id, row_number() OVER (ORDER BY id, order_no) AS n FROM order_calls')
    same = 'call_numbers.order_no = order_calls.order_no AND call_numbers.id = order_calls.id'
    op.execute(f'UPDATE order_calls SET id = -(SELECT n FROM call_numbers WHERE {same})')
    op.execute('UPDATE order_calls SET id = -id')
    op.drop_table('call_numbers')


def _take_indexes() -> None:
    op.drop_index('uq_refunds_of_order', 'refunds')
    op.drop_index('ix_order_calls_order', 'order_calls')
    for name in ('ix_orders_payer', 'ix_orders_paid_for', 'ix_orders_paid_by'):
        op.drop_index(name, 'orders')


def _key(name: str, key: list[str], *, to_spread: bool) -> None:
    """Gives a table its primary key, and what goes with it. SQLite copies it, PostgreSQL builds an index."""
    with op.batch_alter_table(name) as table:
        table.drop_constraint(f'pk_{name}', type_='primary')
        if name == 'reviews':
            table.alter_column('conversation', existing_type=sa.String(160), nullable=to_spread is False)
        if name == 'order_calls':
            table.alter_column('id', existing_type=sa.Integer(), type_=sa.BigInteger() if to_spread else sa.Integer())
        table.create_primary_key(f'pk_{name}', key)
        if name == 'orders':
            _unique(table, name, ['confirmation'], ['conversation', 'confirmation'], to_spread)
        if name == 'refunds':
            _unique(table, name, ['provider', 'provider_no'], ['provider', 'provider_no', 'conversation'], to_spread)
    if name == 'order_calls' and op.get_bind().dialect.name == 'postgresql':
        _number_by_itself(not to_spread)


def _unique(table, name: str, former: list[str], spread: list[str], to_spread: bool) -> None:
    old, new = (former, spread) if to_spread else (spread, former)
    table.drop_constraint(f"uq_{name}_{'_'.join(old)}", type_='unique')
    table.create_unique_constraint(f"uq_{name}_{'_'.join(new)}", new)


def _number_by_itself(does: bool) -> None:
    if does:
        op.execute('CREATE SEQUENCE order_calls_id_seq AS integer OWNED BY order_calls.id')
        op.execute("SELECT setval('order_calls_id_seq', (SELECT coalesce(max(id), 0) + 1 FROM order_calls), false)")
        op.execute("ALTER TABLE order_calls ALTER id SET DEFAULT nextval('order_calls_id_seq')")
    else:
        op.execute('ALTER TABLE order_calls ALTER id DROP DEFAULT')
        op.execute('DROP SEQUENCE order_calls_id_seq')


def _create_directories() -> None:
    moment = hall.store.tables.base.Moment(timezone=True)
    op.create_table('order_numbers',
    sa.Column('order_no', sa.String(length=14), nullable=False),
    sa.Column('conversation', sa.String(length=160), nullable=False),
    sa.PrimaryKeyConstraint('order_no', name=op.f('pk_order_numbers'))
    )
    op.create_table('line_orders',
    sa.Column('msisdn', sa.String(length=11), nullable=False),
    sa.Column('order_no', sa.String(length=14), nullable=False),
    sa.Column('conversation', sa.String(length=160), nullable=False),
    sa.Column('pays', sa.Boolean(), nullable=False),
    sa.Column('gets', sa.Boolean(), nullable=False),
    sa.Column('sku', sa.String(length=16), nullable=False),
    sa.Column('counts', sa.String(length=16), nullable=True),
    sa.Column('created_at', moment, nullable=False),
    sa.CheckConstraint("counts IN ('running', 'delivered')", name=op.f('ck_line_orders_counts')),
    sa.CheckConstraint('pays OR gets', name=op.f('ck_line_orders_why')),
    sa.PrimaryKeyConstraint('msisdn', 'order_no', name=op.f('pk_line_orders'))
    )
    op.create_table('handoff_queue',
    sa.Column('skill', sa.String(length=32), nullable=False),
    sa.Column('conversation', sa.String(length=160), nullable=False),
    sa.Column('handoff', sa.String(length=32), nullable=False),
    sa.Column('requested_at', moment, nullable=False),
    sa.PrimaryKeyConstraint('skill', 'conversation', name=op.f('pk_handoff_queue'))
    )


def _fill_directories() -> None:
    op.execute('INSERT INTO order_numbers (order_no, conversation) SELECT order_no, conversation FROM orders')
    counts = "CASE WHEN state IN ('PAID', 'SUBMITTING', 'PROCESSING') THEN 'running' WHEN state = 'SUCCEEDED' THEN 'delivered' END"
    insert = 'INSERT INTO line_orders (msisdn, order_no, conversation, pays, gets, sku, counts, created_at) '
    op.execute(
        f"{insert}SELECT msisdn, order_no, conversation, coalesce(payer = msisdn, false), true, sku, {counts}, created_at FROM orders"
    )
    op.execute(
        f"{insert}SELECT payer, order_no, conversation, true, false, sku, {counts}, created_at FROM orders WHERE payer <> msisdn"
    )
    op.execute(
        'INSERT INTO handoff_queue (skill, conversation, handoff, requested_at) '
        "SELECT skill, conversation, id, requested_at FROM handoffs WHERE state = 'waiting'"
    )
    op.create_index('ix_line_orders_line', 'line_orders', ['msisdn', 'created_at'])
    op.create_index(
        'ix_line_orders_counted', 'line_orders', ['msisdn', 'created_at'], sqlite_where=COUNTED, postgresql_where=COUNTED
    )
