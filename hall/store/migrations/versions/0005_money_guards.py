"""What a day's comparison looks for, and what one line is granted in a month.

Revision ID: 0005_money_guards
Revises: 0004_review
"""
import sqlalchemy as sa
from alembic import op

revision = "0005_money_guards"
down_revision = "0004_review"
branch_labels = None
depends_on = None

MOVING = sa.text("state NOT IN ('SUCCEEDED', 'REFUNDED', 'EXPIRED', 'CANCELLED')")


def upgrade() -> None:
    op.create_index("ix_orders_changed_at", "orders", ["changed_at"])
    op.create_index("ix_orders_moving", "orders", ["created_at"], sqlite_where=MOVING, postgresql_where=MOVING)
    op.create_index("ix_receipts_at", "receipts", ["at"])
    op.create_index("ix_receipts_paid_at", "receipts", ["paid_at"])
    op.create_index("ix_refunds_done_at", "refunds", ["done_at"])


def downgrade() -> None:
    op.drop_index("ix_refunds_done_at", "refunds")
    op.drop_index("ix_receipts_paid_at", "receipts")
    op.drop_index("ix_receipts_at", "receipts")
    op.drop_index("ix_orders_moving", "orders")
    op.drop_index("ix_orders_changed_at", "orders")
