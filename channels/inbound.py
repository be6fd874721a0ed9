"""The way of a verified message into the house, the same for every channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import Counter

from bot.messages import Accepted, InboundMessage
from channels.http import Refused
from hall import msisdn

if TYPE_CHECKING:
    from bot.app import App

MESSAGES = Counter("yingting_messages", "Customers' messages taken, by channel", ["channel", "account"])


async def hand_in(app: App, inbound: InboundMessage) -> Accepted:
    """Make the message durable; 400 for one that the house does not take. Raises StoreUnavailable."""
    try:
        accepted: Accepted = await app.conversations.accept(inbound)
    except ValueError as error:
        raise Refused(400, "bad_message", str(error)) from None
    if accepted.fresh:
        MESSAGES.labels(inbound.channel, inbound.account).inc()
    return accepted


def line_of(sender: str) -> str:
    """The 11 digits of a sender; 400 for short codes, landlines and others that cannot be answered."""
    digits = msisdn.normalise(sender)
    if digits is None:
        raise Refused(400, "bad_sender", "the sender is not an 11-digit mobile number")
    return digits
