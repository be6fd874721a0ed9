"""people at the desk: names, presence, offers, notes, what came of a conversation

Revision ID: 0023_desk_people
Revises: 0022_desk_access
"""
import sqlalchemy as sa
from alembic import op

from hall.store.tables.base import Moment

revision = '0023_desk_people'
down_revision = '0022_desk_access'
branch_labels = None
depends_on = None

BESIDE = True  # the release before may go on beside it

AGENTS = ('display_name', 'languages', 'at_once', 'presence', 'presence_at', 'heard_at')
HANDOFFS = ('offered_to', 'offered_until', 'passed_by', 'read_seq', 'replied_at', 'code')


def upgrade() -> None:
    op.add_column('agents', sa.Column('display_name', sa.String(length=32), server_default='', nullable=False))
    op.add_column('agents', sa.Column('languages', sa.JSON(), server_default='[]', nullable=False))
    op.add_column('agents', sa.Column('at_once', sa.Integer(), nullable=True))
    op.add_column('agents', sa.Column('presence', sa.String(length=8), server_default='off', nullable=False))
    op.add_column('agents', sa.Column('presence_at', Moment(timezone=True), nullable=True))
    op.add_column('agents', sa.Column('heard_at', Moment(timezone=True), nullable=True))
    op.add_column('handoffs', sa.Column('offered_to', sa.String(length=64), nullable=True))
    op.add_column('handoffs', sa.Column('offered_until', Moment(timezone=True), nullable=True))
    op.add_column('handoffs', sa.Column('passed_by', sa.JSON(), server_default='[]', nullable=False))
    op.add_column('handoffs', sa.Column('read_seq', sa.Integer(), server_default='0', nullable=False))
    op.add_column('handoffs', sa.Column('replied_at', Moment(timezone=True), nullable=True))
    op.add_column('handoffs', sa.Column('code', sa.String(length=24), nullable=True))
    op.create_index('ix_handoffs_closed', 'handoffs', ['state', 'closed_at'], unique=False)
    op.create_table('handoff_notes',
    sa.Column('conversation', sa.String(length=160), nullable=False),
    sa.Column('handoff', sa.String(length=32), nullable=False),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('agent', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('at', Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('conversation', 'handoff', 'key', name=op.f('pk_handoff_notes'))
    )


def downgrade() -> None:
    op.drop_table('handoff_notes')
    op.drop_index('ix_handoffs_closed', table_name='handoffs')
    for table, columns in (('handoffs', HANDOFFS), ('agents', AGENTS)):
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column)
