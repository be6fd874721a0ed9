"""Which programs may work on the database."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table

from hall.store.tables.base import metadata

program_floor = Table(  # one row, or none
    "program_floor",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("oldest", String(64), nullable=False),  # the revision that a program must know to work here
)
