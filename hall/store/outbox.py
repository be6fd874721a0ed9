"""What leaves the process: one row for each thing to deliver or to do, and the row's life.

    held ──> due ──> sent ──> delivered
     └────────┼───────^
              └────> dead

held: a reply that its channel may still give in its response; due: the dispatcher (hall/store/dispatcher.py) delivers
it from `next_at` on, and so it does with a held one, whose channel's time is up then; sent: it went out; delivered: the
network reported so; dead: given up, kept for a person. Only this module and the dispatcher move a row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from functools import lru_cache
from secrets import token_hex
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, delete, or_, select, update

from hall.errors import NotFound
from hall.store.database import Write
from hall.store.notification import Notification
from hall.store.prepared import Prepared, given, inserting_once
from hall.store.tables.core import outbox
from hall.store.unit import Store, Unit

DUE = Notification("outbox")  # for dispatchers
SENT_INLINE = "answered"  # in `receipt`: it went out in the response to the message, no report comes
UNASKED = "message:"  # begins the keys of what the hall or an agent says by itself

_COLUMNS = ("conversation", "key", "kind", "body", "state", "attempts", "next_at", "created_at")
ENQUEUE = inserting_once(outbox, *_COLUMNS)
ENQUEUE_SENT = inserting_once(outbox, *_COLUMNS, "sent_at", "receipt")


class Report(IntEnum):
    """What the network says of a text, by the numbers that gateways use (Kannel's %d)."""

    DELIVERED = 1
    FAILED = 2
    BUFFERED = 4
    ACCEPTED = 8
    REJECTED = 16


_WEIGHT = {
    Report.DELIVERED: 3,
    Report.FAILED: 2,
    Report.REJECTED: 2,
    Report.ACCEPTED: 1,
    Report.BUFFERED: 0,
}  # a report takes the place of one that weighs no more, in whatever order they come


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to enqueue. (conversation, key) is its idempotency key; `at`: not before then."""

    key: str
    kind: str  # names the handler: sms:kannel, topup.submit, …
    body: dict[str, Any]
    conversation: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A message to deliver. `created_at` and `attempts` let a handler decide to give up.

    `receipt`: what was reported of it, when an earlier process sent it and died before it recorded that.
    """

    conversation: str
    key: str
    kind: str
    body: dict[str, Any]
    attempts: int
    created_at: datetime
    receipt: str | None = None

    @classmethod
    def of(cls, row: Any) -> OutboxMessage:
        """From a row of `outbox`."""
        return cls(row.conversation, row.key, row.kind, dict(row.body), row.attempts, row.created_at, row.receipt)


# -- a message begins ------------------------------------------------------------------------------------------------


def enqueue(unit: Unit, now: datetime, message: NewMessage) -> None:
    """Stage a message that is due at once, or at `message.at`; the same key again does nothing."""
    unit.stage(ENQUEUE, _row(message, now, "due"))
    if message.at is None or message.at <= now:  # what is due later is found when it is
        unit.notify_after_commit(DUE, here=True)  # should this process die, others look once a second


def enqueue_held(unit: Unit, now: datetime, message: NewMessage) -> None:
    """Stage a reply that its channel may still claim for its response; from `message.at` on it is due."""
    unit.stage(ENQUEUE, _row(message, now, "held"))


def enqueue_sent(unit: Unit, now: datetime, message: NewMessage) -> None:
    """Stage a reply that an open request carries in its response as soon as the unit is committed."""
    unit.stage(ENQUEUE_SENT, _row(message, now, "sent") | {"sent_at": now, "receipt": SENT_INLINE})


def reply_key(message_id: str) -> str:
    """The key of the replies to a customer's message."""
    return f"reply:{message_id}"


def unasked_key(seq: int) -> str:
    """The key of what is said without being asked, by its last line in the conversation's log."""
    return f"{UNASKED}{seq}"


def unasked_seq(key: str) -> int | None:
    """The reverse of `unasked_key`; None for every other key."""
    return int(key.removeprefix(UNASKED)) if key.startswith(UNASKED) else None


def _row(message: NewMessage, now: datetime, state: str) -> dict[str, Any]:
    return {
        "conversation": message.conversation,
        "key": message.key,
        "kind": message.kind,
        "body": message.body,
        "state": state,
        "attempts": 0,
        "next_at": message.at or now,
        "created_at": now,
    }


# -- a reply is given in the response, or is not ---------------------------------------------------------------------

_OF_REPLY = Prepared(
    select(outbox.c.state, outbox.c.body, outbox.c.receipt).where(given(outbox.c.conversation), given(outbox.c.key))
)
_CLAIM = Prepared(
    update(outbox).where(given(outbox.c.conversation), given(outbox.c.key), outbox.c.state == "held"),
    *("state", "receipt", "sent_at"),
)
_RETURN = Prepared(
    update(outbox).where(
        given(outbox.c.conversation), given(outbox.c.key), given(outbox.c.state), given(outbox.c.receipt)
    ),
    *("state", "receipt", "sent_at"),
)


async def claim_held(store: Store, now: datetime, conversation: str, message_id: str) -> dict[str, Any] | None:
    """Take a held reply for the response: its body, or None when it was or will be pushed.

    A reply that was given in a response before is given again: a repeat of the message asks for it.
    """
    key = _key_of(conversation, reply_key(message_id))
    row = await store.one(_OF_REPLY, key)
    if row is not None and row.state == "held":
        sent = {"state": "sent", "receipt": SENT_INLINE, "sent_at": now}
        if await store.commit((Write(_CLAIM, key | sent),)) == [1]:
            return dict(row.body)
        row = await store.one(_OF_REPLY, key)
    return dict(row.body) if row is not None and row.receipt == SENT_INLINE else None


async def release_held(store: Store, now: datetime, conversation: str, message_id: str) -> None:
    """Stop holding a reply for its channel: the dispatcher has it now."""
    unit = store.unit()
    this = _is(conversation, reply_key(message_id)) & (outbox.c.state == "held")
    unit.stage(update(outbox).where(this).values(state="due", next_at=now))
    unit.notify_after_commit(DUE, here=True)
    await unit.commit()


async def return_undelivered(store: Store, conversation: str, message_id: str) -> None:
    """Hold a reply again that a request was to carry which went before its response."""
    seen = _key_of(conversation, reply_key(message_id)) | {"its_state": "sent", "its_receipt": SENT_INLINE}
    await store.commit((Write(_RETURN, seen | {"state": "held", "receipt": None, "sent_at": None}),))


# -- it is delivered -------------------------------------------------------------------------------------------------

_AS_IT_WAS = (given(outbox.c.conversation), given(outbox.c.key), given(outbox.c.state), given(outbox.c.next_at))
STILL_DUE = Prepared(select(outbox.c.state).where(*_AS_IT_WAS))
LEASE_ROW = Prepared(update(outbox).where(*_AS_IT_WAS), "state", "next_at", "error")


@lru_cache(64)
def due_messages(but: frozenset[str]) -> Prepared:
    """Due messages, and held ones whose channel's time is up, except of kinds whose slots are all busy."""
    return Prepared(
        select(outbox)
        .where(
            or_(outbox.c.state == "due", outbox.c.state == "held"),
            outbox.c.next_at <= bindparam("now", type_=outbox.c.next_at.type),
            *(outbox.c.kind != kind for kind in sorted(but)),
        )
        .order_by(outbox.c.next_at)
        .limit(bindparam("most", type_=outbox.c.attempts.type))
    )


def record_attempt(unit: Unit, row: Any, values: dict[str, Any]) -> None:
    """Stage how an attempt to deliver a due message ended."""
    unit.stage(update(outbox).where(_is(row.conversation, row.key), outbox.c.state == "due").values(**values))


async def record_progress(store: Store, message: OutboxMessage, body: dict[str, Any]) -> None:
    """Keep another body of a message that is being delivered: how far it came, or what may still be known of it."""
    unit = store.unit()
    unit.stage(update(outbox).where(_is(message.conversation, message.key)).values(body=body))
    await unit.commit()


async def record_report(unit: Unit, conversation: str, key: str, index: int, report: Report) -> None:
    """Stage what the network says of text `index` of a message, in its `receipt`: one number a text, "1,8,-".

    Reports come in any order and again: delivered wins, then failed and rejected, then the rest. Raises NotFound
    for a message that was never sent; the commit raises Conflict when another report was quicker.
    """
    row = await unit.one(select(outbox).where(_is(conversation, key)))
    if row is None or row.receipt == SENT_INLINE:
        raise NotFound(key)
    marks = row.receipt.split(",") if row.receipt else []
    marks += ["-"] * (max(index + 1, row.body.get("texts", 1)) - len(marks))
    marks[index] = _better(marks[index], report)
    receipt = ",".join(marks)
    done = all(mark == str(Report.DELIVERED.value) for mark in marks)
    same = outbox.c.receipt == row.receipt if row.receipt else outbox.c.receipt.is_(None)
    state = case((outbox.c.state == "sent", "delivered"), else_=outbox.c.state) if done else outbox.c.state
    unit.stage(update(outbox).where(_is(conversation, key), same).values(receipt=receipt, state=state), expect=1)


def reported_texts(receipt: str | None) -> set[int]:
    """The texts of a message of which the network has said something."""
    return {index for index, mark in enumerate((receipt or "").split(",")) if mark.isdecimal()}


def _better(mark: str, report: Report) -> str:
    before = _WEIGHT[Report(int(mark))] if mark.isdecimal() else -1
    return str(report.value) if _WEIGHT[report] >= before else mark


# -- it is over ------------------------------------------------------------------------------------------------------


async def rewrite_finished(
    unit: Unit, conversation: str, keys: Sequence[str], rewrite: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    """Stage other bodies for messages that went out or were given up; what is still to go out stays as it is."""
    finished = outbox.c.state.in_(("sent", "delivered", "dead"))
    these = (outbox.c.conversation == conversation) & outbox.c.key.in_(keys) & finished
    for row in await unit.all(select(outbox.c.key, outbox.c.body).where(these)):
        unit.stage(update(outbox).where(_is(conversation, row.key)).values(body=rewrite(row.body)))


async def probe(store: Store, now: datetime) -> None:
    """Write a message for nobody, as durably as a reply, and delete it; raises StoreUnavailable when that fails.

    From a full disk everything can still be read.
    """
    message = NewMessage(f"probe:{token_hex(8)}", "probe", {})
    insert = Write(ENQUEUE, _row(message, now, "sent"))
    await store.commit((insert, Write(delete(outbox).where(_is(message.conversation, message.key)))))


def _key_of(conversation: str, key: str) -> dict[str, Any]:
    return {"its_conversation": conversation, "its_key": key}


def _is(conversation: str, key: str) -> ColumnElement[bool]:
    return (outbox.c.conversation == conversation) & (outbox.c.key == key)
