"""Which conversation is worked on when: one worker each, many at once, the rest in the inbox.

Any number of processes may do this on one database. A conversation is claimed before its messages
are read (hall/store/cluster.py); whoever cannot have it tells its holder to look again. What a
process that died has left behind, and what did not fit in this one's list, is found by a look into
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
from hall.store.unit import Store

log = logging.getLogger(__name__)

AT_ONCE = 64  # conversations that are worked on at the same time
NOTED = 5000  # conversations that wait for their turn here; more stay in the inbox only
LOOK_EVERY = 2.0  # seconds
PAUSES = (0.1, 5.0)  # seconds before a conversation is tried again: at first, at most
EVER = 2**62
ANSWERED = "~"  # before a conversation's name, in the news that it was answered


class Scheduler:
    """Answers conversations with waiting messages, at most `at_once` at the same time."""

    def __init__(self, store: Store, answer: Callable[[str], Awaitable[None]], at_once: int = AT_ONCE) -> None:
        self._store, self._answer, self._at_once = store, answer, at_once
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._noted: dict[str, None] = {}
        self._untold: set[str] = set()  # other processes do not know of these messages yet
        self._asked: set[str] = set()  # another process may wait for what is answered in these
        self._bell = asyncio.Event()
        self._overflow = False

    def wake(self, conversation: str, *, told: bool = False) -> None:
        """See that its waiting messages are answered. `told`: the other processes know of them already."""
        if not told:
            self._untold.add(conversation)
        elif self._at_once:
            self._asked.add(conversation)
        if conversation in self._running:
            self._again.add(conversation)
        elif len(self._running) < self._at_once:
            self._running[conversation] = asyncio.create_task(self._work(conversation))
        else:
            self._note(conversation)

    def _note(self, conversation: str) -> None:
        if conversation in self._untold:  # more than we can do at once: somebody else may have time
            self._untold.discard(conversation)
            self._store.cluster.tell(conversation)
        if not self._at_once:
            return  # this process only takes messages
        if len(self._noted) < NOTED:
            self._noted[conversation] = None
        else:
            self._asked.discard(conversation)
            self._overflow = True

    def answered(self, conversation: str, *, watched: bool) -> None:
        """Tell the other processes, where one may wait for it: it asked for it, or somebody may watch there."""
        if watched or conversation in self._asked:
            self._store.cluster.tell(ANSWERED + conversation, now=True)

    async def run(self) -> None:
        """Look for ever for what nobody here was told of."""
        while True:
            try:
                await asyncio.wait_for(self._bell.wait(), LOOK_EVERY)
                waited = 0.0
            except asyncio.TimeoutError:
                waited = LOOK_EVERY
            self._bell.clear()
            try:
                await self.look(waited)
            except StoreUnavailable as error:
                log.warning("turns: %s", error)

    def look_soon(self) -> None:
        """Something may have been missed."""
        self._bell.set()

    async def look(self, waited: float = 0.0) -> None:
        """Nudge what has waited in the inbox for so many seconds."""
        self._overflow = False
        if not self._at_once:
            return
        before = time.time_ns() - int(waited * 1e9) if waited else EVER
        for row in await self._store.all(inbox.UNANSWERED, {"before": before, "most": NOTED}):
            if row.conversation not in self._running:  # whoever runs it looks again by himself
                self.wake(row.conversation, told=True)

    async def settle(self) -> None:
        """Wait until nothing is being worked on: for tests and for a clean stop."""
        while self._running:
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _work(self, conversation: str) -> None:
        """Work on a conversation, and then on those that wait for a worker."""
        name: str | None = conversation
        while name is not None:
            try:
                await self._drain(name)
            finally:
                task = self._running.pop(name)
            name = next(iter(self._noted), None)
            if name is not None:
                del self._noted[name]
                self._running[name] = task
        if self._overflow:
            self._bell.set()

    async def _drain(self, conversation: str) -> None:
        pause, most = PAUSES
        while True:
            self._again.discard(conversation)
            try:
                await self._claimed(conversation)
            except Exception as error:  # the conversation waits for the database, or for a fault to be mended
                log.warning("turns: trying again: %s", location_of(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, most)
                continue
            if conversation not in self._again:
                self._asked.discard(conversation)
                return

    async def _claimed(self, conversation: str) -> None:
        untold = conversation in self._untold
        self._untold.discard(conversation)
        if not await self._store.cluster.claim(conversation):
            if untold:
                self._store.cluster.tell(conversation, now=True)
            return
        try:
            await self._answer(conversation)
            while conversation in self._again:
                self._again.discard(conversation)
                self._untold.discard(conversation)
                await self._answer(conversation)
            self.answered(conversation, watched=False)  # it was answered before we were asked, it may be
        finally:
            self._store.cluster.release(conversation)
