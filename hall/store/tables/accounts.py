"""Tables of the demonstration's operator records (bss_*) and of identity."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKeyConstraint, Index, Integer, String, Table, true

from hall.store.tables.base import BY_LINE, Moment, metadata

bss_subscribers = Table(
    "bss_subscribers",
    metadata,
    Column("msisdn", String(11), primary_key=True),
    Column("carrier", String(16), nullable=False),
    Column("name", String(64), nullable=False),  # masked
    Column("city", String(32), nullable=False),
    Column("tier", String(16), nullable=False),
    Column("age", Integer),  # null for a company
    Column("balance_fen", Integer, nullable=False),
    Column("arrears_fen", Integer, nullable=False),
    Column("real_name", Boolean, nullable=False),
    Column("flags", JSON, nullable=False),  # [str]
    Column("plan", String(64), nullable=False),
    Column("points", Integer, nullable=False),
    Column("anchor", String(7), nullable=False),  # the month in which the demonstration first ran
)

bss_bills = Table(
    "bss_bills",
    metadata,
    Column("msisdn", String(11), primary_key=True),
    Column("month", String(7), primary_key=True),
    Column("closed", Boolean, nullable=False),
)

bss_bill_items = Table(
    "bss_bill_items",
    metadata,
    Column("msisdn", String(11), primary_key=True),
    Column("month", String(7), primary_key=True),
    Column("code", String(32), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("name", String(64), nullable=False),
    Column("amount_fen", Integer, nullable=False),
    Column("category", String(16), nullable=False),
    Column("quantity", Integer),
    ForeignKeyConstraint(("msisdn", "month"), ("bss_bills.msisdn", "bss_bills.month")),
)

bss_usage = Table(
    "bss_usage",
    metadata,
    Column("msisdn", String(11), primary_key=True),
    Column("month", String(7), primary_key=True),
    Column("kind", String(16), primary_key=True),  # data_mb | minutes | sms
    Column("name", String(64), nullable=False),
    Column("total", Integer, nullable=False),
    Column("used", Integer, nullable=False),
)

bss_services = Table(
    "bss_services",
    metadata,
    Column("msisdn", String(11), primary_key=True),
    Column("code", String(32), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("fee_fen", Integer, nullable=False),  # a month
    Column("since", Moment, nullable=False),
    Column("until", Moment),  # null: it goes on
    Column("fee_from", String(7)),  # the first month with a fee, of a trial; null: that of `since`
    Column("ordered_by", String(16), nullable=False, server_default="sms"),  # sms | web | hall | phone
    Column("confirmed", Boolean, nullable=False, server_default=true()),  # the line confirmed it a second time
)

bss_orders = Table(  # what was ordered, changed or ended on lines, and by whom
    "bss_orders",
    metadata,
    Column("key", String(200), primary_key=True),  # idempotency
    Column("msisdn", String(11), nullable=False),
    Column("what", String(64), nullable=False),  # start:CRBT, end:CRBT, plan:…
    Column("by", String(16), nullable=False),  # the channel
    Column("at", Moment, nullable=False),
    Index("ix_bss_orders_line", "msisdn", "at"),
)

bss_plan_changes = Table(
    "bss_plan_changes",
    metadata,
    Column("msisdn", String(11), primary_key=True),
    Column("key", String(200), primary_key=True),  # idempotency
    Column("name", String(64), nullable=False),
    Column("was", String(64), nullable=False),
    Column("month", String(7), nullable=False),  # from which on it is so
    Column("ends_contract", Boolean, nullable=False),
    Column("state", String(16), nullable=False),  # pending | done | undone
    Column("at", Moment, nullable=False),
)

bss_payments = Table(
    "bss_payments",
    metadata,
    Column("msisdn", String(11), primary_key=True),
    Column("at", Moment, primary_key=True),
    Column("amount_fen", Integer, nullable=False),
    Column("way", String(32), nullable=False),
)

bss_credits = Table(  # data that was bought and put on a line
    "bss_credits",
    metadata,
    Column("key", String(128), primary_key=True),  # idempotency
    Column("msisdn", String(11), nullable=False),
    Column("sku", String(32), nullable=False),
    Column("data_mb", Integer, nullable=False),
    Column("valid_until", Moment, nullable=False),
    Column("month", String(7), nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_bss_credits_line", "msisdn", "sku", "month"),
)

bss_passwords = Table(  # service passwords that were set; a line without a row has the one that came with its card
    "bss_passwords",
    metadata,
    Column("msisdn", String(11), primary_key=True),
    Column("salt", String(32), nullable=False),
    Column("hash", String(128), nullable=False),  # scrypt
    Column("key", String(64), nullable=False),  # of the change: again it changes nothing
    Column("changed_at", Moment, nullable=False),
)

bss_invoices = Table(
    "bss_invoices",
    metadata,
    Column("msisdn", String(11), primary_key=True),
    Column("of", String(40), primary_key=True),  # a month, or `paid:` and the moment of a payment
    Column("number", String(20), nullable=False),
    Column("title", String(64), nullable=False),
    Column("tax_number", String(20), nullable=False),
    Column("amount_fen", Integer, nullable=False),
    Column("key", String(64), nullable=False),
    Column("issued_at", Moment, nullable=False),
)

bss_redemptions = Table(  # points that were given for something
    "bss_redemptions",
    metadata,
    Column("key", String(160), primary_key=True),  # idempotency
    Column("msisdn", String(11), nullable=False),
    Column("gift", String(16), nullable=False),
    Column("name", String(64), nullable=False),
    Column("points", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_bss_redemptions_line", "msisdn"),
)

declined_offers = Table(  # what was offered and not wanted: it is not offered again
    "declined_offers",
    metadata,
    Column("msisdn", String(11), primary_key=True),
    Column("offer", String(80), primary_key=True),  # plan:…
    Column("at", Moment, nullable=False),
    info=BY_LINE,
)

identity_codes = Table(  # the code that is open in a conversation, for one line
    "identity_codes",
    metadata,
    Column("msisdn", String(11), primary_key=True),
    Column("conversation", String(160), primary_key=True),
    Column("code_hash", String(64), nullable=False),
    Column("expires_at", Moment, nullable=False),
    info=BY_LINE,
)

identity_lines = Table(  # what was tried on a line, from whatever conversation
    "identity_lines",
    metadata,
    Column("msisdn", String(11), primary_key=True),
    Column("wrong", Integer, nullable=False),  # in a row
    Column("wrong_at", Moment),
    Column("locked_until", Moment),
    Column("sends", Integer, nullable=False),  # since sends_since
    Column("sends_since", Moment),
    Column("sent_at", Moment),
    Column("version", Integer, nullable=False),  # compare-and-set
    info=BY_LINE,
)
