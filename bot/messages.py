"""What goes in and out of the bot, whatever the channel."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One message of a customer, decoded and verified by its channel.

    `msisdn` is the line that the channel vouches for (an SMS gateway, a trusted REST caller);
    None where nobody does. `payload` is what a button carried; `text` is never a command.
    """

    channel: str  # sms | web | rest
    account: str  # the provider or caller there: kannel, signed, demo, widget, …
    sender: str  # the address there: an MSISDN, a session's id
    message_id: str  # the provider's; de-duplicates
    text: str
    payload: str | None = None
    msisdn: str | None = None
    to: str = ""
    origin: str = (
        ""  # who is counted together with others there: a hash of the browser's address, "" where none is known
    )

    @property
    def conversation(self) -> str:
        """The key of the conversation."""
        return f"{self.channel}:{self.account}:{self.sender}"


def has_outbox(channel: str) -> bool:
    """Whether replies are sent to the customer by the outbox; elsewhere they are in the response or read in the log."""
    return channel == "sms"


@dataclass(frozen=True, slots=True)
class Accepted:
    """What `accept` gives back: the message is durable now. `fresh` is False for a repeat."""

    conversation: str
    message_id: str
    fresh: bool
    answer: asyncio.Future[tuple[Reply, ...]] | None = field(default=None, compare=False, repr=False)
    turn: str = field(default="", compare=False)  # its name, see bot/conversations/turn_id.py


@dataclass(frozen=True, slots=True)
class Button:
    """A choice. Pressing it sends `payload`; where there are no buttons its number is typed."""

    title: str
    payload: str

    def as_dict(self) -> dict[str, str]:
        return {"title": self.title, "payload": self.payload}


@dataclass(frozen=True, slots=True)
class Reply:
    """One message to the customer, in the order of the list it came in."""

    text: str
    buttons: tuple[Button, ...] = ()
    image: str | None = None
    card: dict[str, Any] | None = field(default=None, compare=False)  # drawn where it can be, see bot/answers/cards.py

    def as_dict(self) -> dict[str, Any]:
        data: dict[str, Any] = {"text": self.text}
        if self.buttons:
            data["buttons"] = [button.as_dict() for button in self.buttons]
        if self.image:
            data["image"] = self.image
        if self.card:
            data["card"] = self.card
        return data

    @classmethod
    def of(cls, data: dict[str, Any]) -> Reply:
        """The reverse of `as_dict`."""
        buttons = tuple(Button(b["title"], b["payload"]) for b in data.get("buttons") or ())
        return cls(data["text"], buttons, data.get("image"), data.get("card"))
