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
    op.add_column("compensations", sa.Column("month", sa.String(7), nullable=False, server_default=""))
    op.add_column("compensations", sa.Column("nth", sa.Integer(), nullable=False, server_default="0"))
    month = "to_char(created_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM')"
    if op.get_bind().dialect.name == "sqlite":
        month = "strftime('%Y-%m', created_at, '+8 hours')"
    op.execute(f"UPDATE compensations SET month = {month}")
    op.execute(
        "UPDATE compensations SET nth = (SELECT count(*) FROM compensations AS c WHERE c.msisdn = compensations.msisdn"
        " AND c.month = compensations.month AND (c.created_at, c.id) <= (compensations.created_at, compensations.id))"
    )
    op.drop_index("ix_compensations_line", "compensations")
    op.create_index("uq_compensations_line", "compensations", ["msisdn", "month", "nth"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_compensations_line", "compensations")
    op.create_index("ix_compensations_line", "compensations", ["msisdn", "created_at"])
    op.drop_column("compensations", "nth")
    op.drop_column("compensations", "month")
    op.drop_index("ix_refunds_done_at", "refunds")
    op.drop_index("ix_receipts_paid_at", "receipts")
    op.drop_index("ix_receipts_at", "receipts")
    op.drop_index("ix_orders_moving", "orders")
    op.drop_index("ix_orders_changed_at", "orders")
