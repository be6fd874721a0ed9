"""Tables of the demonstration: consents to notices, and the notices that were written (hall/bss/consents.py)."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, String, Table

from hall.store.tables.base import Moment, metadata

bss_consents = Table(
    "bss_consents",
    metadata,
    Column("msisdn", String(11), primary_key=True),
    Column("kind", String(16), primary_key=True),  # bill | allowance | offer
    Column("agreed", Boolean, nullable=False),
    Column("at", Moment, nullable=False),
)

bss_notices = Table(
    "bss_notices",
    metadata,
    Column("key", String(128), primary_key=True),  # idempotency
    Column("msisdn", String(11), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_bss_notices_line", "msisdn", "at"),
)
