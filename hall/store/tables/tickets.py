"""Tables of tickets: what somebody has to see to, and everything that was done about it."""

from __future__ import annotations

from sqlalchemy import JSON, CheckConstraint, Column, Index, Integer, String, Table, Text

from hall.store.tables.base import Moment, metadata

BY_OWNER = {"distribution": "owner"}

tickets = Table(
    "tickets",
    metadata,
    Column("owner", String(160), primary_key=True),  # the proved line, else the conversation
    Column("ticket_no", String(16), primary_key=True),  # of the caller's key: the same again is this one
    Column("conversation", String(160), nullable=False),  # is told of the result
    Column("msisdn", String(11)),  # the proved line
    Column("kind", String(16), nullable=False),  # of the operator's policy/tickets.yml
    Column("category", String(32), nullable=False),
    Column("state", String(16), nullable=False),  # open | working | done | closed | cancelled
    Column("summary", Text, nullable=False),  # masked
    Column("facts", JSON, nullable=False),  # [{"name", "value"}, …] of the records, masked
    Column("priority", Integer, nullable=False),  # the lowest goes first
    Column("escalated", Integer, nullable=False, default=0),  # steps of the policy's escalation that were taken
    Column("agent", String(64)),
    Column("result", Text),
    Column("satisfied", String(8)),  # yes | no
    Column("due_at", Moment, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("version", Integer, nullable=False, default=0),  # compare-and-set
    CheckConstraint("state IN ('open', 'working', 'done', 'closed', 'cancelled')", name="state"),
    Index("ix_tickets_no", "ticket_no"),
    Index("ix_tickets_queue", "state", "priority", "due_at"),
    info=BY_OWNER,
)

ticket_events = Table(  # only written on: the history of a ticket
    "ticket_events",
    metadata,
    Column("owner", String(160), primary_key=True),
    Column("ticket_no", String(16), primary_key=True),
    Column("key", String(80), primary_key=True),  # the same act again does nothing
    Column("conversation", String(160), nullable=False),
    Column("seq", Integer, nullable=False),  # of the ticket's version that it made
    Column("act", String(16), nullable=False),
    Column("actor", String(80), nullable=False),  # customer | agent:<name> | hall
    Column("text", Text, nullable=False, default=""),  # masked
    Column("at", Moment, nullable=False),
    info=BY_OWNER,
)
