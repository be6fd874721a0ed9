"""Who looked at what at the desk. Rows are only added; retention alone takes them away again."""

from __future__ import annotations

from sqlalchemy import DDL, Column, Index, String, Table, event

from hall.store.tables.base import Moment, metadata

desk_access = Table(
    "desk_access",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("agent", String(64), nullable=False),
    Column("act", String(24), nullable=False),  # read_talk | read_waiting | read_order | read_ticket
    Column("subject", String(160), nullable=False),  # a hand-off's id, an order's or a ticket's number
    Column("reason", String(200), nullable=False),  # what the agent wrote, where somebody else has it; masked
    Column("address", String(80), nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_desk_access_subject", "subject", "at"),
    Index("ix_desk_access_agent", "agent", "at"),
)

APPEND_ONLY = {
    "sqlite": (
        "CREATE TRIGGER desk_access_no_update BEFORE update ON desk_access "
        "BEGIN SELECT RAISE(ABORT, 'the access log is append-only'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION desk_access_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION 'the access log is append-only' "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$",
        "CREATE TRIGGER desk_access_append_only BEFORE UPDATE ON desk_access "
        "FOR EACH ROW EXECUTE FUNCTION desk_access_append_only()",
    ),
}
for _dialect, _statements in APPEND_ONLY.items():
    for _statement in _statements:
        ddl = DDL(_statement)  # type: ignore[no-untyped-call]
        event.listen(desk_access, "after_create", ddl.execute_if(dialect=_dialect))
