"""What every SMS edge does with a verified message: the texts for its response, or none where they are pushed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.messages import InboundMessage, Reply
from channels import inbound as door
from channels.http import Refused
from channels.sms.rendering import Words, render

if TYPE_CHECKING:
    from bot.app import App

log = logging.getLogger(__name__)


async def answer(app: App, inbound: InboundMessage, *, pushes: bool, most: int | None = None) -> list[str] | None:
    """The texts to answer with, or None when the turn took longer than the channel waits.

    `pushes`: there is a road to push what is not answered, so what was or will be pushed is not
    answered too. Without one the answer is the only way, and a repeat always gets it again.
    `most`: how many texts a response can carry; a longer reply is pushed as a whole, at once, so that
    its texts stay together, in order. Raises Refused, StoreUnavailable.
    """
    words = Words.of(app)

    def fits(replies: Sequence[Reply]) -> bool:
        return most is None or len(render(replies, words)) <= most

    response = await door.answer(app, inbound, app.settings.sms_answer_limit, fits, can_push=pushes)
    if response.state == "committing":  # it may be committed as answered: a repeat gets it
        raise Refused(503, "not_ready", "the answer is being written: come again with the same id", retry_after=2)
    if response.state == "late":
        return None
    texts = render(response.replies, words)
    if most is not None and len(texts) > most:
        left = len(texts) - most
        log.warning("sms: %s of %s texts do not fit the answer and there is no road to push them", left, len(texts))
    return texts[:most]
