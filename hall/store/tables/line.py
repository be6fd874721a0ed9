"""Tables of the demonstration: what is set on a line (hall/bss/line_state.py, forwarding.py, family.py)."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, String, Table

from hall.store.tables.base import Moment, metadata

bss_line_states = Table(  # lines that are not simply in use
    "bss_line_states",
    metadata,
    Column("msisdn", String(11), primary_key=True),
    Column("state", String(16), nullable=False),  # suspended | lost
    Column("since", Moment, nullable=False),
    Column("until", Moment),
)

bss_forwardings = Table(
    "bss_forwardings",
    metadata,
    Column("msisdn", String(11), primary_key=True),
    Column("kind", String(16), primary_key=True),  # always | busy | no_answer | unreachable
    Column("target", String(16), nullable=False),
    Column("since", Moment, nullable=False),
)

bss_family = Table(
    "bss_family",
    metadata,
    Column("msisdn", String(11), primary_key=True),
    Column("member", String(11), primary_key=True),
    Column("since", Moment, nullable=False),
)

bss_line_acts = Table(  # every change of the above, by its key: the same again does nothing
    "bss_line_acts",
    metadata,
    Column("key", String(192), primary_key=True),
    Column("msisdn", String(11), nullable=False),
    Column("what", String(32), nullable=False),
    Column("detail", JSON, nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_bss_line_acts_line", "msisdn", "at"),
)
