"""A number of somebody else's that a customer has to check is shown in full, and kept so only for a while.

What is kept of it (the log, the replies of the inbox and the outbox) is masked after `AFTER`: as long as a page may
be loaded again, or a gateway may ask again, before the customer has confirmed or paid.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from hall.msisdn import spaced
from hall.privacy import mask
from hall.store.outbox import Dispatcher, Done, OutboxMessage, enqueue
from hall.store.tables.core import inbox, messages, outbox

if TYPE_CHECKING:
    from bot.conversations.record import Conversation
    from bot.messages import Reply
    from hall.store.unit import Store, Unit

KIND = "numbers.fade"
AFTER = timedelta(minutes=30)
_LIKELY = re.compile(r"1[3-9]\d ?\d{4} ?\d{4}")


def later(unit: Unit, now: datetime, talk: Conversation, message_id: str, replies: Sequence[Reply]) -> None:
    """Stage that the numbers in these replies, the last lines of the log, fade; one's own is the conversation's."""
    if any(_shows_another(reply.text, talk.msisdn) for reply in replies):
        body = {"message_id": message_id, "first": talk.last_seq - len(replies) + 1, "last": talk.last_seq}
        enqueue(
            unit, now, key=f"fade:{message_id}", kind=KIND, body=body, conversation=talk.conversation, at=now + AFTER
        )


def register(dispatcher: Dispatcher, store: Store) -> None:
    """Let the courier mask what has been kept for long enough."""

    async def fade(message: OutboxMessage) -> Done:
        unit, where = store.unit(), message.conversation
        await _log(store, unit, where, message.body["first"], message.body["last"])
        await _inbox(store, unit, where, message.body["message_id"])
        await _outbox(store, unit, where, (f"reply:{message.body['message_id']}", f"message:{message.body['last']}"))
        await unit.commit()
        return Done()

    dispatcher.handle(KIND, fade)


def _shows_another(text: str, own: str | None) -> bool:
    if own is not None:
        text = text.replace(own, "").replace(spaced(own), "")
    return _LIKELY.search(text) is not None


async def _log(store: Store, unit: Unit, conversation: str, first: int, last: int) -> None:
    lines = (messages.c.conversation == conversation) & messages.c.seq.between(first, last)
    for row in await store.all(select(messages.c.seq, messages.c.text, messages.c.buttons).where(lines)):
        this = (messages.c.conversation == conversation) & (messages.c.seq == row.seq)
        unit.stage(update(messages).where(this).values(text=mask(row.text), buttons=_masked(row.buttons)))


async def _inbox(store: Store, unit: Unit, conversation: str, message_id: str) -> None:
    this = (inbox.c.conversation == conversation) & (inbox.c.message_id == message_id)
    row = await store.one(select(inbox.c.replies).where(this))
    if row is not None:
        unit.stage(update(inbox).where(this).values(replies=_masked(row.replies)))


async def _outbox(store: Store, unit: Unit, conversation: str, keys: Sequence[str]) -> None:
    """What has not gone out yet stays as it is: the customer has to see it."""
    gone = outbox.c.state.in_(("sent", "delivered", "dead"))
    these = (outbox.c.conversation == conversation) & outbox.c.key.in_(keys) & gone
    for row in await store.all(select(outbox.c.key, outbox.c.body).where(these)):
        this = (outbox.c.conversation == conversation) & (outbox.c.key == row.key)
        body = row.body | {"replies": _masked(row.body["replies"])}
        unit.stage(update(outbox).where(this).values(body=body))


def _masked(value: Any) -> Any:
    """JSON with the numbers in its texts masked; a choice that holds one has had its time, too."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list):
        return [_masked(item) for item in value]
    return {name: _masked(item) for name, item in value.items()} if isinstance(value, dict) else value
