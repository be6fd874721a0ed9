"""Redaction: a number of somebody else's that a customer has to check is shown in full, and kept so only for a while.

What is kept of it (the log, the replies of the inbox and the outbox) is masked after `AFTER`: as long as a page may
be loaded again, or a gateway may ask again, before the customer has confirmed or paid.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from hall.msisdn import spaced
from hall.privacy import mask_json
from hall.store.dispatcher import Dispatcher, Done
from hall.store.outbox import NewMessage, OutboxMessage, enqueue, reply_key, rewrite_finished, unasked_key
from hall.store.tables.core import inbox, messages

if TYPE_CHECKING:
    from bot.conversations.record import Conversation
    from bot.messages import Reply
    from hall.store.unit import Store, Unit

KIND = "numbers.fade"
AFTER = timedelta(minutes=30)
_KEPT = (messages.c.seq, messages.c.text, messages.c.buttons, messages.c.card)
_MAYBE_NUMBER = re.compile(r"1[3-9]\d ?\d{4} ?\d{4}")


def schedule(unit: Unit, now: datetime, conversation: Conversation, message_id: str, replies: Sequence[Reply]) -> None:
    """Stage the redaction of these replies, the last lines of the log, if they show a number that is not one's own."""
    if any(_shows_another(reply.text, conversation.msisdn) for reply in replies):
        last = conversation.last_seq
        body = {"message_id": message_id, "first": last - len(replies) + 1, "last": last}
        enqueue(unit, now, NewMessage(f"fade:{message_id}", KIND, body, conversation.key, now + AFTER))


def register(dispatcher: Dispatcher, store: Store) -> None:
    """Let the dispatcher redact what has been kept for long enough."""

    async def handle(message: OutboxMessage) -> Done:
        await redact(store, message)
        return Done()

    dispatcher.handle(KIND, handle)


async def redact(store: Store, message: OutboxMessage) -> None:
    """Mask the numbers in the log, the inbox and the outbox that `schedule` named. Again it changes nothing."""
    unit, conversation = store.unit(), message.conversation
    await _log(unit, conversation, message.body["first"], message.body["last"])
    await _inbox(unit, conversation, message.body["message_id"])
    keys = reply_key(message.body["message_id"]), unasked_key(message.body["last"])
    await rewrite_finished(unit, conversation, keys, lambda body: body | {"replies": mask_json(body["replies"])})
    await unit.commit()


def _shows_another(text: str, own: str | None) -> bool:
    if own is not None:
        text = text.replace(own, "").replace(spaced(own), "")
    return _MAYBE_NUMBER.search(text) is not None


async def _log(unit: Unit, conversation: str, first: int, last: int) -> None:
    lines = (messages.c.conversation == conversation) & messages.c.seq.between(first, last)
    for row in await unit.all(select(*_KEPT).where(lines)):
        this = (messages.c.conversation == conversation) & (messages.c.seq == row.seq)
        masked = {"text": mask_json(row.text), "buttons": mask_json(row.buttons), "card": mask_json(row.card)}
        unit.stage(update(messages).where(this).values(masked))


async def _inbox(unit: Unit, conversation: str, message_id: str) -> None:
    this = (inbox.c.conversation == conversation) & (inbox.c.message_id == message_id)
    row = await unit.one(select(inbox.c.replies).where(this))
    if row is not None:
        unit.stage(update(inbox).where(this).values(replies=mask_json(row.replies)))
