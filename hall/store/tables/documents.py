"""Links to what customers look at on a page: call details, PUK, invoices, all that is kept of a line."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, String, Table

from hall.store.tables.base import BY_CODE, Moment, metadata

document_links = Table(
    "document_links",
    metadata,
    Column("code", String(16), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("msisdn", String(11), nullable=False),  # "": not known
    Column("ref", String(64), nullable=False),  # of the document: a month, a number of an invoice, a file's id
    Column("conversation", String(160), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("opened_at", Moment),
    CheckConstraint("kind IN ('details', 'puk', 'invoice', 'export', 'file')", name="kind"),
    info=BY_CODE,
)
