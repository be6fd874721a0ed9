"""bookings of business halls, in the demonstration

Revision ID: 0017_stores
Revises: 0016_points
"""
import sqlalchemy as sa
from alembic import op

from hall.store.tables.base import Moment

revision = '0017_stores'
down_revision = '0016_points'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('bss_store_bookings',
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('no', sa.String(length=16), nullable=False),
    sa.Column('msisdn', sa.String(length=11), nullable=False),
    sa.Column('store', sa.String(length=16), nullable=False),
    sa.Column('at', Moment(timezone=True), nullable=False),
    sa.Column('seat', sa.Integer(), nullable=True),
    sa.Column('business', sa.String(length=32), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_bss_store_bookings')),
    sa.UniqueConstraint('store', 'at', 'seat', name=op.f('uq_bss_store_bookings_store_at_seat'))
    )
    op.create_index('ix_bss_store_bookings_line', 'bss_store_bookings', ['msisdn', 'at'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_bss_store_bookings_line', table_name='bss_store_bookings')
    op.drop_table('bss_store_bookings')
