"""Files that customers sent about a case: their content, which is served to nobody but the people at the desk."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, String, Table

from hall.store.tables.base import Moment, metadata

files = Table(
    "files",
    metadata,
    Column("conversation", String(160), primary_key=True),
    Column("id", String(32), primary_key=True),  # of the sender's own id of it: the same again is this one
    Column("name", String(80), nullable=False),  # as the sender called it, masked
    Column("kind", String(32), nullable=False),  # image/jpeg, image/png, application/pdf: what it was found to be
    Column("size", Integer, nullable=False),  # bytes
    Column("ticket_no", String(16)),  # of the case that it is about, if there was one
    Column("content", LargeBinary, nullable=False),
    Column("at", Moment, nullable=False),
)
