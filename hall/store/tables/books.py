"""Tables of the books: the ledger, what a person must decide, compensations.

A row of the ledger moves an amount from one account to another, so that no entry can be out of
balance; rows are only ever added.
"""

from __future__ import annotations

from sqlalchemy import DDL, JSON, CheckConstraint, Column, Index, Integer, String, Table, Text, event

from hall.store.tables.base import BY_LINE, Moment, metadata

ledger = Table(
    "ledger",
    metadata,
    Column("entry", String(128), primary_key=True),  # what happened, e.g. T2026111512345:paid: booked once
    Column("line", Integer, primary_key=True),
    Column("debit", String(32), nullable=False),  # accounts: hall/books/ledger.py
    Column("credit", String(32), nullable=False),
    Column("amount_fen", Integer, nullable=False),
    Column("subject", String(80), nullable=False),  # order, payment or compensation that it is about
    Column("conversation", String(160), nullable=False),
    Column("at", Moment, nullable=False),
    CheckConstraint("amount_fen > 0", name="amount"),
    CheckConstraint("debit <> credit", name="accounts"),
    Index("ix_ledger_subject", "subject"),
    Index("ix_ledger_at", "at"),
)

cases = Table(  # money about which a person must decide
    "cases",
    metadata,
    Column("id", String(32), primary_key=True),  # of kind, subject and occasion: the same again opens nothing
    Column("kind", String(32), nullable=False),  # hall/books/cases.py
    Column("subject", String(80), nullable=False),  # order, payment, refund, compensation
    Column("conversation", String(160), nullable=False),
    Column("facts", JSON, nullable=False),  # masked
    Column("state", String(16), nullable=False),  # open | closed
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("agent", String(64)),  # who closed it; null: it resolved itself
    Column("note", Text),
    CheckConstraint("state IN ('open', 'closed')", name="state"),
    Index("ix_cases_queue", "state", "opened_at"),
    Index("ix_cases_subject", "subject"),
)

statement_lines = Table(  # what providers and the supplier have told in their daily files
    "statement_lines",
    metadata,
    Column("party", String(32), primary_key=True),  # payment:<provider>, supplier
    Column("kind", String(16), primary_key=True),  # payment | refund | delivery
    Column("number", String(80), primary_key=True),  # of the payment at the provider; our refund's, our order's
    Column("amount_fen", Integer, nullable=False),
    Column("day", String(10), nullable=False),  # of the file in which it was first seen
    Index("ix_statement_lines_day", "day"),
)

money_acts = Table(  # what agents did about money
    "money_acts",
    metadata,
    Column("subject", String(80), primary_key=True),
    Column("key", String(80), primary_key=True),  # the same act again does nothing
    Column("agent", String(64), nullable=False),
    Column("act", String(24), nullable=False),
    Column("note", Text),
    Column("at", Moment, nullable=False),
)

compensations = Table(
    "compensations",
    metadata,
    Column("id", String(80), primary_key=True),  # idempotency, by who grants it
    Column("conversation", String(160), nullable=False),
    Column("msisdn", String(11), nullable=False),
    Column("month", String(7), nullable=False, server_default=""),  # YYYY-MM, Asia/Shanghai
    Column("nth", Integer, nullable=False, server_default="0"),  # of the line in the month: of two at once one fails
    Column("amount_fen", Integer, nullable=False),
    Column("reason", String(32), nullable=False),  # the operator's policy/compensation.yml
    Column("note", Text),
    Column("limit_fen", Integer, nullable=False),  # up to which nobody had to approve, then
    Column("state", String(16), nullable=False),  # waiting | granted | credited | refused | stuck
    Column("asked_by", String(64), nullable=False),  # hall, agent:…
    Column("decided_by", String(64)),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    CheckConstraint("amount_fen > 0", name="amount"),
    CheckConstraint("state IN ('waiting', 'granted', 'credited', 'refused', 'stuck')", name="state"),
    CheckConstraint(
        "amount_fen <= limit_fen OR state IN ('waiting', 'refused')"
        " OR (decided_by IS NOT NULL AND decided_by <> asked_by)",
        name="approved",
    ),
    Index("uq_compensations_line", "msisdn", "month", "nth", unique=True),
)

fee_refunds = Table(  # fees given back to a line, and what the operator adds to them
    "fee_refunds",
    metadata,
    Column("msisdn", String(11), primary_key=True),
    Column("id", String(16), primary_key=True),  # of the caller's key: the same again is this one
    Column("conversation", String(160), nullable=False),
    Column("kind", String(32), nullable=False),  # the operator's policy/refunds.yml
    Column("name", String(64), nullable=False),  # what it was charged for
    Column("first", String(7), nullable=False),  # months of the charges
    Column("last", String(7), nullable=False),
    Column("refund_fen", Integer, nullable=False),
    Column("compensation_fen", Integer, nullable=False),  # as much again, where the operator promises it
    Column("recourse", String(64), nullable=False),  # whom the operator charges for it; "" for nobody
    Column("limit_fen", Integer, nullable=False),  # up to which nobody had to approve, then
    Column("state", String(16), nullable=False),  # waiting | granted | credited | refused | stuck
    Column("asked_by", String(64), nullable=False),
    Column("decided_by", String(64)),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    CheckConstraint("refund_fen > 0", name="amount"),
    CheckConstraint("compensation_fen >= 0 AND compensation_fen <= refund_fen", name="double"),
    CheckConstraint("state IN ('waiting', 'granted', 'credited', 'refused', 'stuck')", name="state"),
    CheckConstraint(
        "refund_fen + compensation_fen <= limit_fen OR state IN ('waiting', 'refused')"
        " OR (decided_by IS NOT NULL AND decided_by <> asked_by)",
        name="approved",
    ),
    Index("ix_fee_refunds_id", "id"),
    info=BY_LINE,
)

fee_refund_charges = Table(  # what of a bill was given back: no charge twice, none above what was charged
    "fee_refund_charges",
    metadata,
    Column("msisdn", String(11), primary_key=True),
    Column("month", String(7), primary_key=True),
    Column("code", String(32), primary_key=True),  # of the item of the bill
    Column("refund", String(16), nullable=False),  # fee_refunds.id
    Column("charged_fen", Integer, nullable=False),
    Column("refund_fen", Integer, nullable=False),
    CheckConstraint("refund_fen > 0 AND refund_fen <= charged_fen", name="amount"),
    info=BY_LINE,
)

# the books are only written on: a mistake is booked back
APPEND_ONLY = {
    "sqlite": tuple(
        f"CREATE TRIGGER ledger_no_{what} BEFORE {what} ON ledger "
        "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        for what in ("update", "delete")
    ),
    "postgresql": (
        "CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        "CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE ON ledger "
        "FOR EACH ROW EXECUTE FUNCTION ledger_append_only()",
    ),
}
for _dialect, _statements in APPEND_ONLY.items():
    for _statement in _statements:
        ddl = DDL(_statement)  # type: ignore[no-untyped-call]
        event.listen(ledger, "after_create", ddl.execute_if(dialect=_dialect))
