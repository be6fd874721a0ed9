"""From a verified message to its acceptance and its reply, the same for every channel.

A channel that answers at once calls `answer`; one that acknowledges first (web chat) calls `accept`.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, TypeVar

from prometheus_client import Counter
from sanic import Request
from sanic.exceptions import ServerError

from bot.conversations.accept import BadMessage
from bot.conversations.inline_replies import Fits
from bot.conversations.reply import Response, any_reply
from bot.messages import Accepted, InboundMessage
from channels.http import Refused
from hall import msisdn

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from bot.app import App

MESSAGES = Counter("yingting_messages", "Customers' messages taken, by channel", ["channel", "account"])
T = TypeVar("T")


async def accept(app: App, inbound: InboundMessage) -> Accepted:
    """Make the message durable; 400 for one that can never be taken. Raises StoreUnavailable."""
    accepted = await _taken(app.conversations.accept(inbound))
    _count(inbound, accepted)
    return accepted


async def answer(
    app: App, inbound: InboundMessage, within: float, fits: Fits = any_reply, *, can_push: bool = False
) -> Response:
    """Make the message durable and get its reply for the response (bot/conversations/reply.py). Raises as `accept`."""
    response = await _taken(app.conversations.answer(inbound, within, fits, can_push=can_push))
    _count(inbound, response.accepted)
    return response


async def _taken[T](work: Awaitable[T]) -> T:
    try:
        return await work
    except BadMessage as error:
        raise Refused(400, "bad_message", str(error)) from None


def _count(inbound: InboundMessage, accepted: Accepted) -> None:
    with contextlib.suppress(ServerError, LookupError):  # the demonstration's phone has no request
        Request.get_current().ctx.turn = accepted.turn  # channels/headers.py tells it
    if accepted.fresh:
        MESSAGES.labels(inbound.channel, inbound.account).inc()


def line_of(sender: str) -> str:
    """The 11 digits of a sender; 400 for short codes, landlines and others that cannot be answered."""
    digits = msisdn.normalise(sender)
    if digits is None:
        raise Refused(400, "bad_sender", "the sender is not an 11-digit mobile number")
    return digits
