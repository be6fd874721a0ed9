"""which programs may work on the database: older ones stop by themselves

Revision ID: 0021_program_floor
Revises: 0020_notices
"""
import sqlalchemy as sa
from alembic import op

revision = '0021_program_floor'
down_revision = '0020_notices'
branch_labels = None
depends_on = None

BESIDE = True  # the release before may go on beside it


def upgrade() -> None:
    op.create_table('program_floor',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('oldest', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_program_floor'))
    )


def downgrade() -> None:
    op.drop_table('program_floor')
