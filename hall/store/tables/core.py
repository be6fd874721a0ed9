"""Conversations and what goes in and out of them. `conversation` is the distribution key."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, String, Table, Text

from hall.store.tables.base import BY_CONVERSATION, Moment, metadata

conversations = Table(
    "conversations",
    metadata,
    Column("conversation", String(160), primary_key=True),  # channel:account:sender
    Column("channel", String(16), nullable=False),
    Column("account", String(64), nullable=False),
    Column("sender", String(96), nullable=False),
    Column("msisdn", String(11)),  # the line that the customer has proved, or the gateway vouches for
    Column("level", Integer, nullable=False, default=0),  # 0 nobody, 1 proved line
    Column("proved_until", Moment),  # null: as long as the channel vouches for it
    Column("owner", String(16), nullable=False, default="bot"),  # bot | queued: the bot too | person
    Column("hall_number", String(32), nullable=False, default=""),  # the number that the customer wrote to
    Column("slots", JSON, nullable=False, default=dict),
    Column("dialogue", JSON, nullable=False, default=dict),  # the flows' state
    Column("last_seq", Integer, nullable=False, default=0),  # of messages
    Column("turn", Integer, nullable=False, default=0),  # of turns
    Column("version", Integer, nullable=False, default=0),  # compare-and-set
    Column("created_at", Moment, nullable=False),
    Column("touched_at", Moment, nullable=False),
    info=BY_CONVERSATION,
)

inbox = Table(
    "inbox",
    metadata,
    Column("conversation", String(160), primary_key=True),
    Column("message_id", String(128), primary_key=True),  # the provider's: de-duplicates
    Column("kind", String(16), nullable=False),  # text | payload | event
    Column("text", Text, nullable=False),  # masked once the turn is done
    Column("body", JSON, nullable=False, default=dict),  # channel, account, sender, to, msisdn, event, facts
    Column("arrival", BigInteger, nullable=False),  # orders a conversation's messages
    Column("received_at", Moment, nullable=False),
    Column("state", String(16), nullable=False),  # new | done | failed
    Column("attempts", Integer, nullable=False, default=0),
    Column("replies", JSON),  # served again on a repeat
    Column("done_at", Moment),
    Column("error", Text),
    Index("ix_inbox_waiting", "state", "conversation", "arrival"),
    info=BY_CONVERSATION,
)

turns = Table(
    "turns",
    metadata,
    Column("conversation", String(160), primary_key=True),
    Column("turn", Integer, primary_key=True),
    Column("message_id", String(128), nullable=False),
    Column("events", JSON, nullable=False),  # Rasa's, masked
    Column("at", Moment, nullable=False),
    info=BY_CONVERSATION,
)

messages = Table(
    "messages",
    metadata,
    Column("conversation", String(160), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("author", String(16), nullable=False),  # customer | bot | agent | system
    Column("text", Text, nullable=False),  # masked where the customer wrote it
    Column("buttons", JSON),  # [{"title", "payload"}]
    Column("image", Text),
    Column("card", JSON(none_as_null=True)),  # see bot/answers/cards.py
    Column("client_id", String(128)),  # the customer's own id of it
    Column("at", Moment, nullable=False),
    info=BY_CONVERSATION,
)

shown_lines = Table(  # up to which line a widget without receipts of its own has got what was said
    "shown_lines",
    metadata,
    Column("conversation", String(160), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("at", Moment, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("conversation", String(160), primary_key=True),  # "" where there is none
    Column("key", String(200), primary_key=True),  # idempotency
    Column("kind", String(48), nullable=False),  # who delivers it: sms:kannel, supplier.submit, …
    Column("body", JSON, nullable=False),
    Column("state", String(16), nullable=False),  # held | due | sent | delivered | dead
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_at", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("sent_at", Moment),
    Column("receipt", String(64)),  # delivery report of the gateway
    Column("error", Text),
    Index("ix_outbox_due", "state", "next_at"),
    info=BY_CONVERSATION,
)
