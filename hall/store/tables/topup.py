"""Tables of top-up: orders, their history and calls, payments, notices, refunds.

`demo_*` are the records of the demonstration's payment provider and supplier: systems outside,
which know order numbers but no conversations.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from hall.store.tables.base import Moment, metadata

STATES = (
    "DRAFT", "CONFIRMED", "AWAIT_PAY", "PAID", "SUBMITTING", "PROCESSING", "SUCCEEDED", "FAILED", "PARTIAL",
    "REFUNDING", "REFUNDED", "REFUND_STUCK", "EXPIRED", "CANCELLED",
)  # fmt: skip
# what hall/topup/saga.py allows, for the database to check by itself; a test compares the two
STEPS = (
    "DRAFT>CONFIRMED", "CONFIRMED>AWAIT_PAY", "AWAIT_PAY>PAID", "AWAIT_PAY>EXPIRED", "AWAIT_PAY>CANCELLED",
    "EXPIRED>REFUNDING", "CANCELLED>REFUNDING", "PAID>SUBMITTING", "SUBMITTING>PROCESSING", "SUBMITTING>SUCCEEDED",
    "SUBMITTING>FAILED", "SUBMITTING>PARTIAL", "PROCESSING>SUCCEEDED", "PROCESSING>FAILED", "PROCESSING>PARTIAL",
    "FAILED>REFUNDING", "PARTIAL>REFUNDING", "REFUNDING>REFUNDED", "REFUNDING>REFUND_STUCK",
    "REFUND_STUCK>REFUNDING", "REFUND_STUCK>REFUNDED",
)  # fmt: skip
OF_THE_ORDER = ("failed", "partial", "paid_late")  # refunds that end an order; others are of money that came beside it
MOVING = text("state NOT IN ('SUCCEEDED', 'REFUNDED', 'EXPIRED', 'CANCELLED')")  # what has not come to its end
PAID = text("paid_fen > 0")
_OF_THE_ORDER = text(f"cause IN {OF_THE_ORDER}")

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
    CheckConstraint("product IN ('data', 'credit')", name="product"),
    CheckConstraint("price_fen > 0", name="price"),
    CheckConstraint("paid_fen IN (0, price_fen)", name="paid"),
    CheckConstraint("refunded_fen >= 0 AND refunded_fen + delivered_fen <= paid_fen", name="refunded"),
    CheckConstraint("state <> 'SUCCEEDED' OR (refunded_fen = 0 AND paid_fen = price_fen)", name="succeeded"),
    CheckConstraint("state <> 'REFUNDED' OR refunded_fen + delivered_fen = paid_fen", name="refund_whole"),
    CheckConstraint(
        "(state IN ('DRAFT', 'CONFIRMED', 'AWAIT_PAY', 'EXPIRED', 'CANCELLED')) = (paid_fen = 0)", name="unpaid"
    ),
    Index("ix_orders_conversation", "conversation", "created_at"),
    Index("ix_orders_payer", "payer", "created_at"),
    Index("ix_orders_changed_at", "changed_at"),
    Index("ix_orders_moving", "created_at", sqlite_where=MOVING, postgresql_where=MOVING),
    # the daily limits count what was paid: however many links to pay were asked for, they cost nothing here
    Index("ix_orders_paid_for", "msisdn", "created_at", sqlite_where=PAID, postgresql_where=PAID),
    Index("ix_orders_paid_by", "payer", "created_at", sqlite_where=PAID, postgresql_where=PAID),
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
    # `flagged` leaves the state as it is; everything else is a step of the table
    CheckConstraint(  # no state before: the first row
        f"coalesce(before, '') = after OR coalesce(before, '') || '>' || after IN {('>DRAFT', *STEPS)}", name="step"
    ),
)

order_calls = Table(  # what was asked of others about an order, and what they told by themselves
    "order_calls",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("order_no", String(14), nullable=False),
    Column("conversation", String(160), nullable=False),
    Column("call", String(16), nullable=False),  # notice, query_payment, submit, query, callback, refund, query_refund
    Column("party", String(32), nullable=False),  # payment:<provider>, supplier
    Column("said", String(32), nullable=False),  # their answer in the hall's words; lost: none came
    Column("note", Text),
    Column("at", Moment, nullable=False),
    Index("ix_order_calls_order", "order_no", "id"),
)

payments = Table(
    "payments",
    metadata,
    Column("payment_no", String(14), primary_key=True),  # the order's number: one payment an order
    Column("conversation", String(160), nullable=False),
    Column("provider", String(16), nullable=False),
    Column("way", String(16), nullable=False),
    Column("amount_fen", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
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
    Column("outcome", String(24), nullable=False),  # hall/topup/paying.py: Outcome
    Column("at", Moment, nullable=False),
)

receipts = Table(  # money that came in: one row a transaction of the provider
    "receipts",
    metadata,
    Column("provider", String(16), primary_key=True),
    Column("provider_no", String(64), primary_key=True),
    Column("conversation", String(160), nullable=False),  # "" where it is for no order
    Column("payment_no", String(64), nullable=False),  # as the provider tells it
    Column("amount_fen", Integer, nullable=False),
    Column("purpose", String(24), nullable=False),  # order | second | amount_differs | unknown_order | given_back
    Column("paid_at", Moment, nullable=False),
    Column("at", Moment, nullable=False),
    CheckConstraint("amount_fen > 0", name="amount"),
    CheckConstraint("purpose IN ('order', 'second', 'amount_differs', 'unknown_order', 'given_back')", name="purpose"),
    Index("ix_receipts_payment", "payment_no"),
    Index("ix_receipts_at", "at"),
    Index("ix_receipts_paid_at", "paid_at"),
    Index(  # an order has one payment; a second one is money beside it
        "uq_receipts_of_order",
        "payment_no",
        unique=True,
        sqlite_where=text("purpose = 'order'"),
        postgresql_where=text("purpose = 'order'"),
    ),
)

refunds = Table(
    "refunds",
    metadata,
    Column("refund_no", String(32), primary_key=True),
    Column("order_no", String(64), nullable=False),  # the payment's number; of no order of ours for unknown_order
    Column("conversation", String(160), nullable=False),
    Column("provider", String(16), nullable=False),
    Column("provider_no", String(64), nullable=False),  # of the payment that goes back
    Column("paid_fen", Integer, nullable=False),  # of that payment
    Column("amount_fen", Integer, nullable=False),
    Column("cause", String(24), nullable=False),  # failed | partial | paid_late, second | amount_differs | …
    Column("state", String(16), nullable=False),  # asked | done | stuck
    Column("tries", Integer, nullable=False),  # how often it was handed in
    Column("asked_at", Moment, nullable=False),  # the last time
    Column("created_at", Moment, nullable=False),
    Column("done_at", Moment),
    UniqueConstraint("provider", "provider_no"),  # one refund a payment
    Index("ix_refunds_order_no", "order_no"),
    Index("ix_refunds_done_at", "done_at"),
    Index("uq_refunds_of_order", "order_no", unique=True, sqlite_where=_OF_THE_ORDER, postgresql_where=_OF_THE_ORDER),
    CheckConstraint("amount_fen > 0 AND amount_fen <= paid_fen", name="amount"),
    CheckConstraint("state IN ('asked', 'done', 'stuck')", name="state"),
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
    Column("face_fen", Integer),  # of credit; 0 for data
    Column("submitted_at", Moment),
    Column("done_at", Moment),
)
