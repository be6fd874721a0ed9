"""accounts of agents: work number, first password, disabled

Revision ID: 0018_agent_accounts
Revises: 0017_stores
"""
import sqlalchemy as sa
from alembic import op

from hall.store.tables.base import Moment

revision = '0018_agent_accounts'
down_revision = '0017_stores'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('agents', sa.Column('work_number', sa.String(length=16), server_default='', nullable=False))
    op.add_column('agents', sa.Column('must_change', sa.Integer(), server_default='0', nullable=False))
    op.add_column('agents', sa.Column('disabled_at', Moment(timezone=True), nullable=True))
    op.create_table('agent_sessions',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('agent', sa.String(length=64), nullable=False),
    sa.Column('address', sa.String(length=80), nullable=False),
    sa.Column('began_at', Moment(timezone=True), nullable=False),
    sa.Column('seen_at', Moment(timezone=True), nullable=False),
    sa.Column('ended_at', Moment(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agent_sessions'))
    )
    op.create_index('ix_agent_sessions_agent', 'agent_sessions', ['agent'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_agent_sessions_agent', table_name='agent_sessions')
    op.drop_table('agent_sessions')
    with op.batch_alter_table('agents') as agents:
        agents.drop_column('disabled_at')
        agents.drop_column('must_change')
        agents.drop_column('work_number')
