"""up to which line a widget of Rasa's protocol has got what was said

Revision ID: 0026_shown_lines
Revises: 0025_files
"""
import sqlalchemy as sa
from alembic import op

from hall.store.tables.base import Moment

revision = '0026_shown_lines'
down_revision = '0025_files'
branch_labels = None
depends_on = None

BESIDE = True  # the release before may go on beside it: it does not speak with such widgets


def upgrade() -> None:
    op.create_table('shown_lines',
    sa.Column('conversation', sa.String(length=160), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('at', Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('conversation', name=op.f('pk_shown_lines'))
    )


def downgrade() -> None:
    op.drop_table('shown_lines')
