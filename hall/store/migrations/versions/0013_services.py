"""services end, begin with a trial, and were ordered by somebody; what is ordered on lines

Revision ID: 0013_services
Revises: 0012_passwords
"""
import sqlalchemy as sa
from alembic import op

from hall.store.tables.base import Moment

revision = '0013_services'
down_revision = '0012_passwords'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('bss_services') as table:
        table.add_column(sa.Column('until', Moment(timezone=True), nullable=True))
        table.add_column(sa.Column('fee_from', sa.String(length=7), nullable=True))
        table.add_column(sa.Column('ordered_by', sa.String(length=16), nullable=False, server_default='sms'))
        table.add_column(sa.Column('confirmed', sa.Boolean(), nullable=False, server_default=sa.true()))
    op.create_table('bss_orders',
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('msisdn', sa.String(length=11), nullable=False),
    sa.Column('what', sa.String(length=64), nullable=False),
    sa.Column('by', sa.String(length=16), nullable=False),
    sa.Column('at', Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_bss_orders'))
    )
    op.create_index('ix_bss_orders_line', 'bss_orders', ['msisdn', 'at'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_bss_orders_line', table_name='bss_orders')
    op.drop_table('bss_orders')
    with op.batch_alter_table('bss_services') as table:
        for name in ('confirmed', 'ordered_by', 'fee_from', 'until'):
            table.drop_column(name)
