"""daily limits look at paid orders only"""

import sqlalchemy as sa
from alembic import op

revision = '0006_paid_orders'
down_revision = '0005_money_guards'
branch_labels = None
depends_on = None

PAID = sa.text('paid_fen > 0')


def upgrade() -> None:
    for name, column in (('ix_orders_paid_for', 'msisdn'), ('ix_orders_paid_by', 'payer')):
        op.create_index(
            name, 'orders', [column, 'created_at'], unique=False, sqlite_where=PAID, postgresql_where=PAID
        )
    op.drop_index('ix_orders_msisdn', table_name='orders')


def downgrade() -> None:
    op.create_index('ix_orders_msisdn', 'orders', ['msisdn', 'sku', 'created_at'], unique=False)
    op.drop_index('ix_orders_paid_by', table_name='orders')
    op.drop_index('ix_orders_paid_for', table_name='orders')
