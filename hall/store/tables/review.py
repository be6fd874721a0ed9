"""Tables of the review: messages that were not, or wrongly, understood, and what people say they meant."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, Index, Integer, String, Table, Text

from hall.store.tables.base import BY_CONVERSATION, Moment, metadata

reviews = Table(
    "reviews",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("conversation", String(160), primary_key=True),  # "": a sentence of the operator's own, from a file
    Column("text", Text, nullable=False),  # masked; messages that may hold a code are not here at all
    Column("reason", String(16), nullable=False),  # fallback | clarified | corrected | misunderstood | own
    Column("task", String(64), nullable=False, default=""),  # the flow that was open
    Column("intent", String(64), nullable=False),  # what was understood
    Column("confidence", Float, nullable=False),  # of it, 0…1
    Column("ranking", JSON, nullable=False, default=list),  # [[intent, confidence], …], the likeliest
    Column("chosen", String(64)),  # the intent that the customer then chose or said
    Column("at", Moment, nullable=False),
    Column("state", String(16), nullable=False),  # open | decided | dropped
    Column("verdict", String(64)),  # the intent that a reviewer gave
    Column("reviewer", String(64)),
    Column("reviewed_at", Moment),
    Column("version", Integer, nullable=False, default=0),  # compare-and-set
    Index("ix_reviews_state", "state", "at"),
    info=BY_CONVERSATION,
)

review_acts = Table(
    "review_acts",
    metadata,
    Column("review", String(32), primary_key=True),
    Column("version", Integer, primary_key=True),  # of the review, after the act
    Column("reviewer", String(64), nullable=False),
    Column("act", String(16), nullable=False),  # decide | drop | reopen
    Column("verdict", String(64)),
    Column("at", Moment, nullable=False),
)
