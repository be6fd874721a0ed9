"""Tables of data top-up: orders and their history, payments, notices, refunds.

`demo_*` are the records of the demonstration's payment provider and supplier: systems outside,
which know order numbers but no conversations.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, String, Table, Text, UniqueConstraint

from hall.store.tables.base import Moment, metadata

STATES = (
    "AWAIT_PAY", "PAID", "SUBMITTING", "PROCESSING", "SUCCEEDED", "FAILED", "PARTIAL",
    "REFUNDING", "REFUNDED", "REFUND_STUCK", "EXPIRED", "CANCELLED",
)  # fmt: skip

orders = Table(
    "orders",
    metadata,
    Column("order_no", String(14), primary_key=True),
    Column("conversation", String(160), nullable=False),  # that ordered, and is told of every end
    Column("confirmation", String(200), nullable=False, unique=True),  # made when the confirmation was shown
    Column("payer", String(11)),  # the line that the customer had proved, if any
    Column("msisdn", String(11), nullable=False),  # to be topped up
    Column("product", String(16), nullable=False, server_default="data"),  # data | credit
    Column("sku", String(16), nullable=False),
    Column("scope", String(16), nullable=False),  # of data, else empty
    Column("data_mb", Integer, nullable=False),  # of data, else 0
    Column("valid", String(16), nullable=False),  # of data, else empty
    Column("face_fen", Integer, nullable=False, server_default="0"),  # of credit: what is put on the line
    Column("price_fen", Integer, nullable=False),
    Column("way", String(16), nullable=False),  # to pay: wechat, alipay
    Column("state", String(16), nullable=False),
    Column("version", Integer, nullable=False),  # compare-and-set
    Column("paid_fen", Integer, nullable=False, default=0),
    Column("delivered_fen", Integer, nullable=False, default=0),  # worth of a partial delivery
    Column("refunded_fen", Integer, nullable=False, default=0),
    Column("supplier_no", String(64)),  # the supplier's own number, once it has accepted
    Column("reason", String(64)),  # of a failure, the supplier's word
    Column("stuck", String(32)),  # why a person must look at it
    Column("expires_at", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    CheckConstraint(f"state IN {STATES}", name="state"),
    CheckConstraint("price_fen > 0", name="price"),
    CheckConstraint("paid_fen IN (0, price_fen)", name="paid"),
    CheckConstraint("refunded_fen >= 0 AND refunded_fen + delivered_fen <= paid_fen", name="refunded"),
    CheckConstraint("state <> 'SUCCEEDED' OR (refunded_fen = 0 AND paid_fen = price_fen)", name="succeeded"),
    CheckConstraint("state <> 'REFUNDED' OR refunded_fen + delivered_fen = paid_fen", name="refund_whole"),
    CheckConstraint("state NOT IN ('AWAIT_PAY', 'EXPIRED', 'CANCELLED') OR paid_fen = 0", name="unpaid"),
    Index("ix_orders_conversation", "conversation", "created_at"),
    Index("ix_orders_payer", "payer", "created_at"),
    Index("ix_orders_msisdn", "msisdn", "sku", "created_at"),
)

order_events = Table(
    "order_events",
    metadata,
    Column("order_no", String(14), primary_key=True),
    Column("version", Integer, primary_key=True),  # of the order after it
    Column("conversation", String(160), nullable=False),
    Column("before", String(16)),  # state; null: placed
    Column("after", String(16), nullable=False),
    Column("cause", String(24), nullable=False),  # hall/topup/saga.py
    Column("actor", String(64), nullable=False),  # customer, notice:…, query:…, supplier, clock, agent:…
    Column("note", Text),
    Column("at", Moment, nullable=False),
)

payments = Table(
    "payments",
    metadata,
    Column("payment_no", String(14), primary_key=True),  # the order's number: one payment an order
    Column("conversation", String(160), nullable=False),
    Column("provider", String(16), nullable=False),
    Column("way", String(16), nullable=False),
    Column("amount_fen", Integer, nullable=False),
    Column("provider_no", String(64)),  # the provider's number of the transaction, once paid
    Column("created_at", Moment, nullable=False),
    Column("paid_at", Moment),
    CheckConstraint("amount_fen > 0", name="amount"),
)

notices = Table(
    "notices",
    metadata,
    Column("provider", String(16), primary_key=True),
    Column("notice_id", String(64), primary_key=True),  # the provider's: de-duplicates
    Column("conversation", String(160), nullable=False),
    Column("payment_no", String(64), nullable=False),
    Column("amount_fen", Integer, nullable=False),
    Column("outcome", String(24), nullable=False),  # paid | late | repeat | amount_differs | unknown_order
    Column("at", Moment, nullable=False),
)

refunds = Table(
    "refunds",
    metadata,
    Column("refund_no", String(14), primary_key=True),
    Column("order_no", String(14), nullable=False),
    Column("conversation", String(160), nullable=False),
    Column("amount_fen", Integer, nullable=False),
    Column("cause", String(24), nullable=False),  # failed | partial | paid_late
    Column("state", String(16), nullable=False),  # asked | done | stuck
    Column("created_at", Moment, nullable=False),
    Column("done_at", Moment),
    UniqueConstraint("order_no"),  # one refund an order
    CheckConstraint("amount_fen > 0", name="amount"),
)

demo_payments = Table(
    "demo_payments",
    metadata,
    Column("payment_no", String(14), primary_key=True),
    Column("way", String(16), nullable=False),
    Column("amount_fen", Integer, nullable=False),
    Column("state", String(16), nullable=False),  # open | paid
    Column("provider_no", String(64)),
    Column("expires_at", Moment, nullable=False),
    Column("paid_at", Moment),
)

demo_refunds = Table(
    "demo_refunds",
    metadata,
    Column("refund_no", String(14), primary_key=True),
    Column("payment_no", String(14), nullable=False),
    Column("amount_fen", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("payment_no"),
)

demo_deliveries = Table(
    "demo_deliveries",
    metadata,
    Column("order_no", String(14), primary_key=True),
    Column("mode", String(16), nullable=False),  # succeed | fail | slow | silent
    Column("msisdn", String(11)),  # null: a mode was chosen, nothing was submitted yet
    Column("sku", String(16)),
    Column("data_mb", Integer),
    Column("valid", String(16)),
    Column("submitted_at", Moment),
    Column("done_at", Moment),
)
