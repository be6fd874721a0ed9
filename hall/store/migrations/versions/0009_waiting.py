"""who waits for a person is served by the bot: ranks, messages for later, ratings; a person owns only what is taken

Revision ID: 0009_waiting
Revises: 0008_pay_links
"""
import sqlalchemy as sa
from alembic import op

revision = '0009_waiting'
down_revision = '0008_pay_links'
branch_labels = None
depends_on = None

WAITS = "conversation IN (SELECT conversation FROM handoffs WHERE state = 'waiting')"


def upgrade() -> None:
    with op.batch_alter_table('handoffs') as table:
        table.add_column(sa.Column('kind', sa.String(16), nullable=False, server_default='person'))
        table.add_column(sa.Column('rank', sa.Integer(), nullable=False, server_default='9'))
        table.add_column(sa.Column('message', sa.Text(), nullable=True))
        table.add_column(sa.Column('callback', sa.String(11), nullable=True))
        table.add_column(sa.Column('rating', sa.String(8), nullable=True))
    with op.batch_alter_table('handoff_queue') as table:
        table.add_column(sa.Column('rank', sa.Integer(), nullable=False, server_default='9'))
    for name in ('handoffs', 'handoff_queue'):  # who waited before there were ranks goes before who comes now
        op.execute(f'UPDATE {name} SET rank = 1')
    op.execute(f"UPDATE conversations SET owner = 'queued', version = version + 1 WHERE owner = 'person' AND {WAITS}")


def downgrade() -> None:
    op.execute("UPDATE conversations SET owner = 'person', version = version + 1 WHERE owner = 'queued'")
    with op.batch_alter_table('handoff_queue') as table:
        table.drop_column('rank')
    with op.batch_alter_table('handoffs') as table:
        for name in ('rating', 'callback', 'message', 'rank', 'kind'):
            table.drop_column(name)
