"""The inbox: customers' messages and the hall's events, one row each until its turn is committed.

new: accepted, it waits for its turn; done: answered, with its replies kept for a repeat; failed: the turn could not
be run, the customer was told so.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, bindparam, cast, extract, func, select, update

from hall.store.notification import changed
from hall.store.prepared import Prepared, given, inserting_once
from hall.store.tables.core import conversations, inbox
from hall.store.unit import Unit

AT_ONCE = 20  # messages of one conversation that are read together

# Nanoseconds. Processes on one PostgreSQL have clocks of their own; what orders their messages is the database's.
ARRIVAL = cast(extract("epoch", func.clock_timestamp()) * 1_000_000_000, BigInteger)

# The unique key (conversation, message id) de-duplicates: a repeat inserts nothing.
ACCEPT = inserting_once(
    inbox,
    *("conversation", "message_id", "kind", "text", "body", "arrival", "received_at", "state", "attempts"),
    postgres={"arrival": ARRIVAL},
)

_MESSAGE = (
    inbox.c.conversation,
    inbox.c.message_id,
    inbox.c.kind,
    inbox.c.text,
    inbox.c.body,
    inbox.c.received_at,
)

# What waits in a conversation, in order, each with the conversation as it is now.
WAITING = Prepared(
    select(*_MESSAGE, *(column for column in conversations.c if column.name != "conversation"))
    .outerjoin(conversations, conversations.c.conversation == inbox.c.conversation)
    .where(given(inbox.c.conversation), inbox.c.state == "new")
    .order_by(inbox.c.arrival, inbox.c.message_id)
    .limit(AT_ONCE)
)

# A turn that finds its message done by another one has run for nothing.
FINISH = Prepared(
    update(inbox).where(given(inbox.c.conversation), given(inbox.c.message_id), inbox.c.state == "new"),
    *("state", "text", "body", "done_at", "attempts", "replies", "error"),
)

OF_ONE = Prepared(select(inbox.c.state, inbox.c.replies).where(given(inbox.c.conversation), given(inbox.c.message_id)))

# Conversations in which something waits, those that wait longest first.
UNANSWERED = Prepared(
    select(inbox.c.conversation)
    .where(inbox.c.state == "new", inbox.c.arrival < bindparam("before", type_=inbox.c.arrival.type))
    .group_by(inbox.c.conversation)
    .order_by(func.min(inbox.c.arrival))
    .limit(bindparam("most", type_=inbox.c.attempts.type))
)

OLDEST = Prepared(select(func.min(inbox.c.received_at).label("received_at")).where(inbox.c.state == "new"))


@dataclass(frozen=True, slots=True)
class HallEvent:
    """A message from the hall to a customer, which the bot puts into words in a turn of its own.

    `response` is a key of bot/domain, `facts` what it says. The same `key` again does nothing. With `resume` the bot
    then asks its open question again; with `rate` it asks how the service was.
    """

    conversation: str
    key: str
    response: str
    facts: dict[str, Any]
    resume: bool = False
    rate: bool = False


def post_event(unit: Unit, now: datetime, event: HallEvent) -> None:
    """Stage an event of the hall, in the order of its conversation; the reply goes out by its channel."""
    values = new_row(event.conversation, f"event:{event.key}", "event", now, time.time_ns())
    values["body"] = {"response": event.response, "facts": event.facts, "resume": event.resume}
    values["body"] |= {"rate": True} if event.rate else {}
    unit.stage(ACCEPT, values)
    unit.notify_after_commit(changed(event.conversation))


def new_row(conversation: str, message_id: str, kind: str, now: datetime, arrival: int) -> dict[str, Any]:
    """The values of a row that waits, for `ACCEPT`; `text` and `body` are empty."""
    return {
        "conversation": conversation,
        "message_id": message_id,
        "kind": kind,
        "text": "",
        "body": {},
        "arrival": arrival,
        "received_at": now,
        "state": "new",
        "attempts": 0,
    }


def ended(
    row: Any, now: datetime, *, replies: list[dict[str, Any]], error: str | None, attempts: int
) -> dict[str, Any]:
    """The values of FINISH for a row: kept without what the customer wrote, and with the replies for a repeat."""
    return key_of(row.conversation, row.message_id) | {
        "state": "failed" if error else "done",
        "text": "",
        "body": {key: value for key, value in row.body.items() if key not in ("payload", "facts")},
        "done_at": now,
        "attempts": attempts,
        "replies": replies,
        "error": error,
    }


def key_of(conversation: str, message_id: str) -> dict[str, Any]:
    """The values that name one row, for `OF_ONE` and `FINISH`."""
    return {"its_conversation": conversation, "its_message_id": message_id}
