"""Schedule: one worker a conversation, many at once, the rest in the inbox.

Any number of processes may do this on one database. A conversation is claimed before its messages
are read (hall/store/cluster.py); whoever cannot have it notifies its holder to look again. What a
process that died has left behind, and what did not fit into this one's backlog, is found by a look into
the inbox every other second.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from hall.error_location import location_of
from hall.errors import StoreUnavailable
from hall.store import inbox
from hall.store.notification import answered, changed
from hall.store.unit import Store

log = logging.getLogger(__name__)

AT_ONCE = 64  # conversations that are worked on at the same time
MAX_BACKLOG = 5000  # conversations that wait for a worker here; more stay in the inbox only
LOOK_EVERY = 2.0  # seconds
PAUSES = (0.1, 5.0)  # seconds before a conversation is tried again: at first, at most
ANY_TIME = 2**62  # nanoseconds: later than every arrival


class Scheduler:
    """Answers conversations with waiting messages, at most `at_once` at the same time; 0: only takes messages."""

    def __init__(self, store: Store, answer: Callable[[str], Awaitable[None]], at_once: int = AT_ONCE) -> None:
        self._store, self._answer, self._at_once = store, answer, at_once
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()  # something came while it was worked on
        self._backlog: dict[str, None] = {}
        self._unannounced: set[str] = set()  # other processes do not know of these messages yet
        self._awaited_elsewhere: set[str] = set()  # another process may wait for what is answered in these
        self._look_now = asyncio.Event()
        self._overflow = False

    def wake(self, conversation: str, *, announced: bool = False) -> None:
        """See that its waiting messages are answered. `announced`: the other processes know of them already."""
        if not announced:
            self._unannounced.add(conversation)
        elif self._at_once:
            self._awaited_elsewhere.add(conversation)
        if conversation in self._running:
            self._again.add(conversation)
        elif len(self._running) < self._at_once:
            self._running[conversation] = asyncio.create_task(self._work(conversation))
        else:
            self._put_off(conversation)

    def _put_off(self, conversation: str) -> None:
        if conversation in self._unannounced:  # more than we can do at once: somebody else may have time
            self._unannounced.discard(conversation)
            self._store.cluster.notify(changed(conversation))
        if not self._at_once:
            return
        if len(self._backlog) < MAX_BACKLOG:
            self._backlog[conversation] = None
        else:
            self._awaited_elsewhere.discard(conversation)
            self._overflow = True

    def announce_answer(self, conversation: str, *, watched: bool) -> None:
        """Notify the other processes, where one may wait for it: it asked for it, or somebody may watch there."""
        if watched or conversation in self._awaited_elsewhere:
            self._store.cluster.notify(answered(conversation), now=True)

    async def run(self) -> None:
        """Look for ever for messages of which this process was not notified."""
        while True:
            try:
                await asyncio.wait_for(self._look_now.wait(), LOOK_EVERY)
                waited = 0.0
            except TimeoutError:
                waited = LOOK_EVERY
            self._look_now.clear()
            try:
                await self.look(waited)
            except StoreUnavailable as error:
                log.warning("scheduler: %s", error)

    def look_soon(self) -> None:
        """Something may have been missed."""
        self._look_now.set()

    async def look(self, waited: float = 0.0) -> None:
        """Wake the conversations in which something has waited in the inbox for so many seconds."""
        self._overflow = False
        if not self._at_once:
            return
        before = time.time_ns() - int(waited * 1e9) if waited else ANY_TIME
        for row in await self._store.all(inbox.UNANSWERED, {"before": before, "most": MAX_BACKLOG}):
            if row.conversation not in self._running:  # its worker looks again by itself
                self.wake(row.conversation, announced=True)

    async def settle(self) -> None:
        """Wait until nothing is being worked on: for tests and for a clean stop."""
        while self._running:
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _work(self, conversation: str) -> None:
        """Work on a conversation, and then on those of the backlog."""
        name: str | None = conversation
        while name is not None:
            try:
                await self._drain(name)
            finally:
                task = self._running.pop(name)
            name = next(iter(self._backlog), None)
            if name is not None:
                del self._backlog[name]
                self._running[name] = task
        if self._overflow:
            self._look_now.set()

    async def _drain(self, conversation: str) -> None:
        pause, most = PAUSES
        while True:
            self._again.discard(conversation)
            try:
                await self._answer_claimed(conversation)
            except Exception as error:  # the conversation waits for the database, or for a fault to be mended
                log.warning("scheduler: trying again: %s", location_of(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, most)
                continue
            if conversation not in self._again:
                self._awaited_elsewhere.discard(conversation)
                return

    async def _answer_claimed(self, conversation: str) -> None:
        unannounced = conversation in self._unannounced
        self._unannounced.discard(conversation)
        if not await self._store.cluster.claim(conversation):
            if unannounced:
                self._store.cluster.notify(changed(conversation), now=True)
            return
        try:
            await self._answer(conversation)
            while conversation in self._again:
                self._again.discard(conversation)
                self._unannounced.discard(conversation)
                await self._answer(conversation)
            self.announce_answer(conversation, watched=False)  # it may have been answered before we were asked
        finally:
            self._store.cluster.release(conversation)
