"""Who is there to give a reply in the answer to its message: a channel's request that waits in this process.

Most SMS are answered in the response. Where the request that brought the message still waits when the turn is written
down, the turn writes its reply as answered, and neither a look nor a commit is needed to claim it. Whoever goes before
the answer was given gives it back: it is held then, as one that nobody waited for.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import update

from bot.messages import Accepted, Reply
from hall.errors import StoreUnavailable
from hall.store.database import Write
from hall.store.outbox import IN_THE_ANSWER
from hall.store.prepared import Prepared, given
from hall.store.tables.core import outbox
from hall.store.unit import Store

log = logging.getLogger(__name__)

ENOUGH = 1.0  # seconds that must be left to write a turn down and to answer
GIVE_BACK = Prepared(
    update(outbox).where(
        given(outbox.c.conversation), given(outbox.c.key), given(outbox.c.state), given(outbox.c.receipt)
    ),
    "state", "receipt", "sent_at",
)  # fmt: skip

Key = tuple[str, str]  # conversation, message id
Fits = Callable[[Sequence[Reply]], bool]


@dataclass(slots=True)
class OpenRequest:
    """One request that waits. `reserved`: a turn is being written down as answered by it; `given`: it was."""

    until: float
    fits: Fits
    reserved: bool = False
    given: bool = False


class InlineReplies:
    """The requests that wait, by message."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._open: dict[Key, list[OpenRequest]] = {}
        self._left: set[Key] = set()  # by the last one, while a turn counted on it
        self._tasks: set[asyncio.Task[None]] = set()

    @contextmanager
    def wait(self, accepted: Accepted, within: float, fits: Fits) -> Iterator[OpenRequest]:
        """Be there for so many seconds, for replies that fit in the answer. By an exception it is not given."""
        key, giver = (accepted.conversation, accepted.message_id), OpenRequest(time.monotonic() + within, fits)
        self._open.setdefault(key, []).append(giver)
        try:
            yield giver
        except BaseException:
            self._leave(key, giver, empty_handed=True)
            raise
        self._leave(key, giver)

    def reserve(self, key: Key, replies: Sequence[Reply]) -> bool:
        """Whether a turn may be written as answered: somebody will be there, and they fit."""
        self._left.discard(key)
        now = time.monotonic()
        for giver in self._open.get(key, ()):
            giver.reserved = giver.until - now >= ENOUGH and giver.fits(replies)
        return any(giver.reserved for giver in self._open.get(key, ()))

    def confirm(self, key: Key) -> None:
        """The turn is written down."""
        for giver in self._open.get(key, ()):
            giver.given = giver.reserved
        if key in self._left:
            self._left.discard(key)
            self._give_back_soon(key)

    def _leave(self, key: Key, giver: OpenRequest, *, empty_handed: bool = False) -> None:
        others = self._open[key]
        others.remove(giver)
        if not others:
            del self._open[key]
        if not empty_handed or any(other.reserved for other in others):
            return
        if giver.given:
            self._give_back_soon(key)
        elif giver.reserved:
            self._left.add(key)

    def _give_back_soon(self, key: Key) -> None:
        task = asyncio.get_running_loop().create_task(self._give_back(key))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _give_back(self, key: Key) -> None:
        """Once: later on, a repeat of the message may have got it."""
        seen = {"its_conversation": key[0], "its_key": f"reply:{key[1]}"}
        seen |= {"its_state": "sent", "its_receipt": IN_THE_ANSWER}
        try:
            await self._store.commit((Write(GIVE_BACK, seen | {"state": "held", "receipt": None, "sent_at": None}),))
        except StoreUnavailable as error:
            log.warning("givers: a reply is left to the gateway's repeat: %s", error)
