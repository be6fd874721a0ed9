"""Requests that are still open and can carry the reply in their HTTP response.

Most SMS are answered in the response. Where the request that brought the message is still open when its turn is
committed, the turn commits the reply as sent inline, and neither a read nor a commit is needed to claim it. A request
that ends before its response was given returns the reply: it is held then, as one that nobody waited for.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from bot.messages import Accepted, Reply
from hall.errors import StoreUnavailable
from hall.store import outbox
from hall.store.unit import Store

log = logging.getLogger(__name__)

TIME_TO_COMMIT = 1.0  # seconds that must be left to commit a turn and to give the response

Key = tuple[str, str]  # conversation, message id
Fits = Callable[[Sequence[Reply]], bool]


@dataclass(slots=True)
class OpenRequest:
    """One request that waits.

    reserved: a turn is being committed with its reply given by this request; confirmed: it was committed;
    abandoned: the request ends without the reply although it is reserved.
    """

    until: float  # monotonic seconds
    fits: Fits
    reserved: bool = False
    confirmed: bool = False
    abandoned: bool = False


class InlineReplies:
    """The open requests, by message."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._open: dict[Key, list[OpenRequest]] = {}
        self._abandoned: set[Key] = set()  # by the last request, while a turn counted on it
        self._tasks: set[asyncio.Task[None]] = set()

    @contextmanager
    def wait(self, accepted: Accepted, within: float, fits: Fits) -> Iterator[OpenRequest]:
        """Be open for so many seconds, for replies that fit into the response. An exception gives no response."""
        key, request = (accepted.conversation, accepted.message_id), OpenRequest(time.monotonic() + within, fits)
        self._open.setdefault(key, []).append(request)
        try:
            yield request
        except BaseException:
            self._close(key, request, empty_handed=True)
            raise
        self._close(key, request, empty_handed=request.abandoned)

    def reserve(self, key: Key, replies: Sequence[Reply]) -> bool:
        """Whether a turn may commit its reply as given: a request will be open, and the replies fit."""
        self._abandoned.discard(key)
        now = time.monotonic()
        for request in self._open.get(key, ()):
            request.reserved = request.until - now >= TIME_TO_COMMIT and request.fits(replies)
        return any(request.reserved for request in self._open.get(key, ()))

    def confirm(self, key: Key) -> None:
        """The turn is committed."""
        for request in self._open.get(key, ()):
            request.confirmed = request.reserved
        if key in self._abandoned:
            self._abandoned.discard(key)
            self._return_soon(key)

    def _close(self, key: Key, request: OpenRequest, *, empty_handed: bool) -> None:
        others = self._open[key]
        others.remove(request)
        if not others:
            del self._open[key]
        if not empty_handed or any(other.reserved for other in others):
            return
        if request.confirmed:
            self._return_soon(key)
        elif request.reserved:
            self._abandoned.add(key)

    def _return_soon(self, key: Key) -> None:
        task = asyncio.get_running_loop().create_task(self._return(key))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _return(self, key: Key) -> None:
        """Tried once: later on, a repeat of the message may have got the reply."""
        try:
            await outbox.return_undelivered(self._store, *key)
        except StoreUnavailable as error:
            log.warning("inline replies: a reply is left to the gateway's repeat: %s", error)
