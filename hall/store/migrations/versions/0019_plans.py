"""changes of plan that take effect later; offers that were not wanted

Revision ID: 0019_plans
Revises: 0018_agent_accounts
"""
import sqlalchemy as sa
from alembic import op

from hall.store.tables.base import Moment

revision = '0019_plans'
down_revision = '0018_agent_accounts'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('bss_plan_changes',
    sa.Column('msisdn', sa.String(length=11), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('was', sa.String(length=64), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('ends_contract', sa.Boolean(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('at', Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('msisdn', 'key', name=op.f('pk_bss_plan_changes'))
    )
    op.create_table('declined_offers',
    sa.Column('msisdn', sa.String(length=11), nullable=False),
    sa.Column('offer', sa.String(length=80), nullable=False),
    sa.Column('at', Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('msisdn', 'offer', name=op.f('pk_declined_offers'))
    )


def downgrade() -> None:
    op.drop_table('declined_offers')
    op.drop_table('bss_plan_changes')
