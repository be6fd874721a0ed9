"""hand-offs that are put aside for a while, and their labels

Revision ID: 0028_aside
Revises: 0027_desk_links
"""
import sqlalchemy as sa
from alembic import op

from hall.store.tables.base import Moment

revision = '0028_aside'
down_revision = '0027_desk_links'
branch_labels = None
depends_on = None

BESIDE = True  # the release before may go on beside it: to it nothing is put aside, and nothing is labelled


def upgrade() -> None:
    with op.batch_alter_table('handoffs') as batch:
        batch.add_column(sa.Column('aside_until', Moment(timezone=True), nullable=True))
        batch.add_column(sa.Column('labels', sa.JSON(), nullable=False, server_default='[]'))


def downgrade() -> None:
    with op.batch_alter_table('handoffs') as batch:
        batch.drop_column('labels')
        batch.drop_column('aside_until')
