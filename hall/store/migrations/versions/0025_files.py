"""files that customers send about a case

Revision ID: 0025_files
Revises: 0024_exports
"""
import sqlalchemy as sa
from alembic import op

from hall.store.tables.base import Moment

revision = '0025_files'
down_revision = '0024_exports'
branch_labels = None
depends_on = None

BESIDE = True  # the release before may go on beside it: it takes no files


def upgrade() -> None:
    op.create_table('files',
    sa.Column('conversation', sa.String(length=160), nullable=False),
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('ticket_no', sa.String(length=16), nullable=True),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('at', Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('conversation', 'id', name=op.f('pk_files'))
    )


def downgrade() -> None:
    op.drop_table('files')
