"""The demonstration's supplier delivers credit, too.

Revision ID: 0003_credit
Revises: 0002_money
"""
from alembic import op
import sqlalchemy as sa

revision = "0003_credit"
down_revision = "0002_money"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("demo_deliveries", sa.Column("face_fen", sa.Integer()))


def downgrade() -> None:
    op.drop_column("demo_deliveries", "face_fen")
