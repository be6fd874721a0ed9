"""What every SMS edge does with a verified message: hand it in, wait, answer or leave it to be pushed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from sqlalchemy import update

from bot.messages import Accepted, InboundMessage, Reply
from channels.http import Refused
from channels.inbound import hand_in
from channels.sms.rendering import Words, render
from hall.store.outbox import WAKE
from hall.store.tables.core import outbox

if TYPE_CHECKING:
    from bot.app import App

log = logging.getLogger(__name__)


async def answer(app: App, inbound: InboundMessage, *, pushes: bool, most: int | None = None) -> list[str] | None:
    """The texts to answer with, or None when the turn took longer than the channel waits.

    `pushes`: there is a road to push what is not answered, so what was or will be pushed is not
    answered too. Without one the answer is the only way, and a repeat always gets it again.
    `most`: how many texts an answer can carry; a longer reply is pushed as a whole, at once, so that
    its texts stay together, in order. Raises Refused, StoreUnavailable.
    """
    clock, words = asyncio.get_running_loop().time, Words.of(app)
    until = clock() + app.settings.sms_answer_limit
    accepted = await hand_in(app, inbound)

    def fits(replies: Sequence[Reply]) -> bool:
        return most is None or len(render(replies, words)) <= most

    left = max(0.0, until - clock())
    with app.conversations.inline_replies.wait(accepted, left, fits) as giver:
        replies = await app.conversations.wait_for_reply(accepted, within=left)
        if replies is None and giver.reserved:  # it may be written as answered: a repeat gets it
            raise Refused(503, "not_ready", "the answer is being written: come again with the same id", retry_after=2)
        if replies is None:
            return None
        texts = render(replies, words)
        if pushes and most is not None and len(texts) > most:
            await _push_now(app, accepted)
            return []
        if not giver.given and not await app.conversations.claim_reply(accepted) and pushes:
            return []
    if most is not None and len(texts) > most:
        log.warning(
            "sms: %s of %s texts do not fit the answer and there is no road to push them", len(texts) - most, len(texts)
        )
    return texts[:most]


def moment(value: object) -> datetime | None:
    """A provider's time, ISO 8601 or seconds since 1970; None when it is neither. Without a zone it is UTC."""
    try:
        if isinstance(value, (int, float)) or (isinstance(value, str) and value.isdecimal()):
            return datetime.fromtimestamp(float(value), timezone.utc)
        time = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except (ValueError, OverflowError, OSError):
        return None
    return time if time.tzinfo else time.replace(tzinfo=timezone.utc)


async def _push_now(app: App, accepted: Accepted) -> None:
    """Stop holding the reply for the answer: the courier may have it."""
    unit = app.hall.store.unit()
    unit.stage(
        update(outbox)
        .where(
            outbox.c.conversation == accepted.conversation,
            outbox.c.key == f"reply:{accepted.message_id}",
            outbox.c.state == "held",
        )
        .values(state="due", next_at=app.hall.clock.now())
    )
    unit.wakes(WAKE, here=True)
    await unit.commit()
