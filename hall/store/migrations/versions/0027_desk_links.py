"""hand-offs that are also open at another help desk

Revision ID: 0027_desk_links
Revises: 0026_shown_lines
"""
import sqlalchemy as sa
from alembic import op

from hall.store.tables.base import Moment

revision = '0027_desk_links'
down_revision = '0026_shown_lines'
branch_labels = None
depends_on = None

BESIDE = True  # the release before may go on beside it: what it hands off waits at our own desk


def upgrade() -> None:
    op.create_table('desk_links',
    sa.Column('conversation', sa.String(length=160), nullable=False),
    sa.Column('handoff', sa.String(length=32), nullable=False),
    sa.Column('desk', sa.String(length=16), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('theirs', sa.String(length=32), nullable=True),
    sa.Column('sent_seq', sa.Integer(), nullable=False),
    sa.Column('begun_at', Moment(timezone=True), nullable=False),
    sa.Column('failing_since', Moment(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('conversation', 'handoff', name=op.f('pk_desk_links'))
    )
    op.create_index('ix_desk_links_theirs', 'desk_links', ['desk', 'theirs'])
    op.create_index('ix_desk_links_state', 'desk_links', ['state'])


def downgrade() -> None:
    op.drop_table('desk_links')
