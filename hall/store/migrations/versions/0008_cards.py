"""cards beside the texts of the log

Revision ID: 0008_cards
Revises: 0007_spread
"""
import sqlalchemy as sa
from alembic import op

revision = '0008_cards'
down_revision = '0007_spread'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('messages', sa.Column('card', sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('messages') as table:
        table.drop_column('card')
