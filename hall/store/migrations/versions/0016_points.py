"""points that were given for something

Revision ID: 0016_points
Revises: 0015_documents
"""
import sqlalchemy as sa
from alembic import op

from hall.store.tables.base import Moment

revision = '0016_points'
down_revision = '0015_documents'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('bss_redemptions',
    sa.Column('key', sa.String(length=160), nullable=False),
    sa.Column('msisdn', sa.String(length=11), nullable=False),
    sa.Column('gift', sa.String(length=16), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('points', sa.Integer(), nullable=False),
    sa.Column('at', Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_bss_redemptions'))
    )
    op.create_index('ix_bss_redemptions_line', 'bss_redemptions', ['msisdn'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_bss_redemptions_line', table_name='bss_redemptions')
    op.drop_table('bss_redemptions')
