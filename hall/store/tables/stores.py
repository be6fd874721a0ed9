"""Table of the demonstration: bookings of business halls (hall/bss/stores.py)."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, UniqueConstraint

from hall.store.tables.base import Moment, metadata

bss_store_bookings = Table(
    "bss_store_bookings",
    metadata,
    Column("key", String(200), primary_key=True),  # idempotency
    Column("no", String(16), nullable=False),
    Column("msisdn", String(11), nullable=False),
    Column("store", String(16), nullable=False),
    Column("at", Moment, nullable=False),
    Column("seat", Integer),  # of the slot, from 0; null once it was given up
    Column("business", String(32), nullable=False),
    UniqueConstraint("store", "at", "seat"),  # no more people than a slot holds, whoever asks at once
    Index("ix_bss_store_bookings_line", "msisdn", "at"),
)
