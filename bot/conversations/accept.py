"""Accept: a message is stored and de-duplicated before anybody is told that we have it.

The inbox's unique key (conversation, message id) makes a repeat do nothing. What is stored is readable, without what
is never kept (identity numbers, cards, passwords …), and no longer than anybody reads.
"""

from __future__ import annotations

import asyncio
import time
from weakref import WeakValueDictionary

from bot.conversations.turn_id import turn_id
from bot.messages import InboundMessage
from hall import privacy
from hall.context import Hall
from hall.store import inbox
from hall.store.database import Write
from hall.text import readable

MAX_SENDER, MAX_MESSAGE_ID = 96, 128  # characters that the inbox's columns hold
MAX_TEXT = 1000  # characters that are kept, half of them from each end: twice what the bot reads, for a person
MAX_READ = 4 * MAX_TEXT  # … and that are looked at before what nobody sees is taken out


class BadMessage(ValueError):
    """A message that the inbox cannot hold."""


class Acceptor:
    """Puts messages into the inbox, those of a conversation in the order in which they came."""

    def __init__(self, hall: Hall) -> None:
        self._store, self._clock, self._secret = hall.store, hall.clock, hall.secret
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._last_arrival = 0

    async def accept(self, inbound: InboundMessage) -> bool:
        """Keep a message; False for a repeat. When this returns it will be answered, whatever happens.

        Raises StoreUnavailable when it cannot be kept (the sender must try again), BadMessage when
        it has no sender or id.
        """
        _check(inbound)
        row = inbox.new_row(
            inbound.conversation, inbound.message_id, "text", self._clock.now(), self._next_arrival()
        ) | {"text": kept(inbound.text), "body": _body(inbound, self.turn_id(inbound))}
        async with self._lock(inbound.conversation):
            return await self._store.commit((Write(inbox.ACCEPT, row),)) == [1]

    def turn_id(self, inbound: InboundMessage) -> str:
        """The name of the turn that answers it."""
        return turn_id(self._secret, inbound.conversation, inbound.message_id)

    def _lock(self, conversation: str) -> asyncio.Lock:
        """One message of a conversation at a time: a later one must not be there, and answered, before it."""
        lock = self._locks.get(conversation)
        if lock is None:
            lock = self._locks[conversation] = asyncio.Lock()
        return lock

    def _next_arrival(self) -> int:
        """Orders messages where this process has the database to itself: the time, and never the same twice."""
        self._last_arrival = max(self._last_arrival + 1, time.time_ns())
        return self._last_arrival


def kept(text: str) -> str:
    """What is kept of a message: what can be read of it, masked, its beginning and its end."""
    return _ends(privacy.at_intake(readable(_ends(text, MAX_READ))), MAX_TEXT)


def _ends(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most // 2]}{text[-(most // 2) :]}"


def _check(inbound: InboundMessage) -> None:
    if not 0 < len(inbound.sender) <= MAX_SENDER or not 0 < len(inbound.message_id) <= MAX_MESSAGE_ID:
        raise BadMessage(f"a message needs a sender and an id of at most {MAX_SENDER} and {MAX_MESSAGE_ID} characters")


def _body(inbound: InboundMessage, turn: str) -> dict[str, str | None]:
    return {
        "turn": turn,
        "origin": inbound.origin,
        "channel": inbound.channel,
        "account": inbound.account,
        "sender": inbound.sender,
        "to": inbound.to,
        "msisdn": inbound.msisdn,
        "payload": inbound.payload and privacy.mask_ids(readable(inbound.payload))[0],
    }
