"""Tables of top-up: orders, their history and calls, payments, notices, refunds.

An order is its conversation's: every table of it is spread by that. Two directories lead to it, written in its own
transaction: `order_numbers` for who has a number, `line_orders` for what is asked of a line.

`demo_*` are the records of the demonstration's payment provider and supplier: systems outside,
which know order numbers but no conversations.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from hall.store.tables.base import BY_CODE, BY_CONVERSATION, BY_LINE, BY_NUMBER, Moment, metadata

STATES = (
    "DRAFT",
    "CONFIRMED",
    "AWAIT_PAY",
    "PAID",
    "SUBMITTING",
    "PROCESSING",
    "SUCCEEDED",
    "FAILED",
    "PARTIAL",
    "REFUNDING",
    "REFUNDED",
    "REFUND_STUCK",
    "EXPIRED",
    "CANCELLED",
)
# what hall/topup/states.py allows, for the database to check by itself; a test compares the two
STEPS = (
    "DRAFT>CONFIRMED",
    "CONFIRMED>AWAIT_PAY",
    "AWAIT_PAY>PAID",
    "AWAIT_PAY>EXPIRED",
    "AWAIT_PAY>CANCELLED",
    "EXPIRED>REFUNDING",
    "CANCELLED>REFUNDING",
    "PAID>SUBMITTING",
    "SUBMITTING>PROCESSING",
    "SUBMITTING>SUCCEEDED",
    "SUBMITTING>FAILED",
    "SUBMITTING>PARTIAL",
    "PROCESSING>SUCCEEDED",
    "PROCESSING>FAILED",
    "PROCESSING>PARTIAL",
    "FAILED>REFUNDING",
    "PARTIAL>REFUNDING",
    "REFUNDING>REFUNDED",
    "REFUNDING>REFUND_STUCK",
    "REFUND_STUCK>REFUNDING",
    "REFUND_STUCK>REFUNDED",
)
OF_THE_ORDER = ("failed", "partial", "paid_late")  # refunds that end an order; others are of money that came beside it
MOVING = text("state NOT IN ('SUCCEEDED', 'REFUNDED', 'EXPIRED', 'CANCELLED')")  # what has not come to its end
COUNTED = text("counts IS NOT NULL")
_OF_THE_ORDER = text(f"cause IN {OF_THE_ORDER}")

orders = Table(
    "orders",
    metadata,
    Column("order_no", String(14), primary_key=True),
    Column("conversation", String(160), primary_key=True),  # that ordered, and is told of every end
    Column("confirmation", String(200), nullable=False),  # made when the confirmation was shown; names the conversation
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
    UniqueConstraint("conversation", "confirmation"),
    Index("ix_orders_conversation", "conversation", "created_at"),
    Index("ix_orders_changed_at", "changed_at"),
    Index("ix_orders_moving", "created_at", sqlite_where=MOVING, postgresql_where=MOVING),
    info=BY_CONVERSATION,
)

order_numbers = Table(  # keeps numbers unique, and leads who has only a number to the order
    "order_numbers",
    metadata,
    Column("order_no", String(14), primary_key=True),
    Column("conversation", String(160), nullable=False),
    info=BY_NUMBER,
)

pay_links = Table(  # short addresses of payment pages, written when one is told; they stay valid when a key changes
    "pay_links",
    metadata,
    Column("code", String(16), primary_key=True),
    Column("payment_no", String(14), nullable=False),
    Column("created_at", Moment, nullable=False),
    info=BY_CODE,
)

line_orders = Table(  # the orders that a line pays or gets: what is counted and listed by line
    "line_orders",
    metadata,
    Column("msisdn", String(11), primary_key=True),
    Column("order_no", String(14), primary_key=True),
    Column("conversation", String(160), nullable=False),
    Column("pays", Boolean, nullable=False),  # its customer ordered, and may see it
    Column("gets", Boolean, nullable=False),  # it is topped up
    Column("sku", String(16), nullable=False),
    Column("counts", String(16)),  # towards the limits: running | delivered; null: it moves no money, yet or any more
    Column("created_at", Moment, nullable=False),
    CheckConstraint("counts IN ('running', 'delivered')", name="counts"),
    CheckConstraint("pays OR gets", name="why"),
    Index("ix_line_orders_line", "msisdn", "created_at"),
    # the limits count what was paid: however many links to pay were asked for, they cost nothing here
    Index("ix_line_orders_counted", "msisdn", "created_at", sqlite_where=COUNTED, postgresql_where=COUNTED),
    info=BY_LINE,
)

order_events = Table(
    "order_events",
    metadata,
    Column("order_no", String(14), primary_key=True),
    Column("version", Integer, primary_key=True),  # of the order after it
    Column("conversation", String(160), primary_key=True),
    Column("before", String(16)),  # state; null: placed
    Column("after", String(16), nullable=False),
    Column("cause", String(24), nullable=False),  # hall/topup/states.py
    Column("actor", String(64), nullable=False),  # customer, notice:…, query:…, supplier, clock, agent:…
    Column("note", Text),
    Column("at", Moment, nullable=False),
    # `flagged` leaves the state as it is; everything else is a step of the table
    CheckConstraint(  # no state before: the first row
        f"coalesce(before, '') = after OR coalesce(before, '') || '>' || after IN {('>DRAFT', *STEPS)}", name="step"
    ),
    info=BY_CONVERSATION,
)

order_calls = Table(  # what was asked of others about an order, and what they told by themselves
    "order_calls",
    metadata,
    Column("order_no", String(14), nullable=False),
    Column("id", BigInteger, nullable=False),  # orders an order's calls
    Column("conversation", String(160), nullable=False),
    Column("call", String(16), nullable=False),  # notice, query_payment, submit, query, callback, refund, query_refund
    Column("party", String(32), nullable=False),  # payment:<provider>, supplier
    Column("said", String(32), nullable=False),  # their answer in the hall's words; lost: none came
    Column("note", Text),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("order_no", "id", "conversation"),
    info=BY_CONVERSATION,
)

payments = Table(
    "payments",
    metadata,
    Column("payment_no", String(14), primary_key=True),  # the order's number: one payment an order
    Column("conversation", String(160), primary_key=True),
    Column("provider", String(16), nullable=False),
    Column("way", String(16), nullable=False),
    Column("amount_fen", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    CheckConstraint("amount_fen > 0", name="amount"),
    info=BY_CONVERSATION,
)

notices = Table(
    "notices",
    metadata,
    Column("provider", String(16), primary_key=True),
    Column("notice_id", String(64), primary_key=True),  # the provider's: de-duplicates
    Column("conversation", String(160), nullable=False),
    Column("payment_no", String(64), nullable=False),
    Column("amount_fen", Integer, nullable=False),
    Column("outcome", String(24), nullable=False),  # hall/topup/payment.py: Outcome
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
    Column("conversation", String(160), primary_key=True),  # the order's; "" where there is none
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
    UniqueConstraint("provider", "provider_no", "conversation"),  # one refund a payment, which is of one conversation
    Index("ix_refunds_order_no", "order_no"),
    Index("ix_refunds_done_at", "done_at"),
    Index(
        "uq_refunds_of_order",
        "order_no",
        "conversation",
        unique=True,
        sqlite_where=_OF_THE_ORDER,
        postgresql_where=_OF_THE_ORDER,
    ),
    CheckConstraint("amount_fen > 0 AND amount_fen <= paid_fen", name="amount"),
    CheckConstraint("state IN ('asked', 'done', 'stuck')", name="state"),
    info=BY_CONVERSATION,
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
