"""consents to notices, and the notices that were written, in the demonstration

Revision ID: 0020_notices
Revises: 0019_plans
"""
import sqlalchemy as sa
from alembic import op

from hall.store.tables.base import Moment

revision = '0020_notices'
down_revision = '0019_plans'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('bss_consents',
    sa.Column('msisdn', sa.String(length=11), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('agreed', sa.Boolean(), nullable=False),
    sa.Column('at', Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('msisdn', 'kind', name=op.f('pk_bss_consents'))
    )
    op.create_table('bss_notices',
    sa.Column('key', sa.String(length=128), nullable=False),
    sa.Column('msisdn', sa.String(length=11), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('at', Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_bss_notices'))
    )
    op.create_index('ix_bss_notices_line', 'bss_notices', ['msisdn', 'at'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_bss_notices_line', table_name='bss_notices')
    op.drop_table('bss_notices')
    op.drop_table('bss_consents')
