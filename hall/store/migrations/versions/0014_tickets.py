"""tickets and their history

Revision ID: 0014_tickets
Revises: 0013_services
"""
import sqlalchemy as sa
from alembic import op

from hall.store.tables.base import Moment

revision = '0014_tickets'
down_revision = '0013_services'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('tickets',
    sa.Column('owner', sa.String(length=160), nullable=False),
    sa.Column('ticket_no', sa.String(length=16), nullable=False),
    sa.Column('conversation', sa.String(length=160), nullable=False),
    sa.Column('msisdn', sa.String(length=11), nullable=True),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('category', sa.String(length=32), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('summary', sa.Text(), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('priority', sa.Integer(), nullable=False),
    sa.Column('escalated', sa.Integer(), nullable=False),
    sa.Column('agent', sa.String(length=64), nullable=True),
    sa.Column('result', sa.Text(), nullable=True),
    sa.Column('satisfied', sa.String(length=8), nullable=True),
    sa.Column('due_at', Moment(timezone=True), nullable=False),
    sa.Column('opened_at', Moment(timezone=True), nullable=False),
    sa.Column('changed_at', Moment(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("state IN ('open', 'working', 'done', 'closed', 'cancelled')", name=op.f('ck_tickets_state')),
    sa.PrimaryKeyConstraint('owner', 'ticket_no', name=op.f('pk_tickets'))
    )
    op.create_index('ix_tickets_no', 'tickets', ['ticket_no'], unique=False)
    op.create_index('ix_tickets_queue', 'tickets', ['state', 'priority', 'due_at'], unique=False)
    op.create_table('ticket_events',
    sa.Column('owner', sa.String(length=160), nullable=False),
    sa.Column('ticket_no', sa.String(length=16), nullable=False),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('conversation', sa.String(length=160), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('act', sa.String(length=16), nullable=False),
    sa.Column('actor', sa.String(length=80), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('at', Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('owner', 'ticket_no', 'key', name=op.f('pk_ticket_events'))
    )


def downgrade() -> None:
    op.drop_table('ticket_events')
    op.drop_index('ix_tickets_queue', table_name='tickets')
    op.drop_index('ix_tickets_no', table_name='tickets')
    op.drop_table('tickets')
