"""Delivers what is due in the outbox: handed to the handler of its kind, with retries, until it is done or dead.

Handlers must be idempotent by `OutboxMessage.key`: after a crash a message may come again. While a process lives it
does not: a delivery is recorded as soon as the database takes it, a reply is no longer held before it is pushed, and
what the receiver cannot de-duplicate is leased to one process first.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hall.clock import Clock
from hall.error_location import location_of
from hall.errors import Conflict, StoreUnavailable
from hall.store import outbox
from hall.store.database import Write
from hall.store.outbox import OutboxMessage
from hall.store.unit import Store

log = logging.getLogger(__name__)

BATCH = 200  # messages that are begun in one go
LOOK_EVERY = 1.0  # seconds
LEASE = timedelta(seconds=60)  # for which a message belongs to the process that sends it
LISTEN = timedelta(seconds=15)  # after a start: reports of what was sent, which nobody was there to take, come again
LEASED = "being sent"  # in `error`, until it is known how that ended
TIME_LIMIT = 50.0  # seconds for a handler: less than the lease
PAUSES = (0.1, 1.0)  # seconds before an end is recorded again: at first, at most
BACK_OFF = (1, 2, 5, 15, 60, 300, 900, 3600)  # seconds; the last one is repeated
MAX_ATTEMPTS = 30


@dataclass(frozen=True, slots=True)
class Done:
    """The message is finished. `body` replaces what was stored (to remove a one-time code)."""

    body: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """Come again after `seconds` (None: by the usual back-off). `why` is kept, and `body`: how far it came."""

    why: str
    seconds: float | None = None
    body: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """Give up: nothing more is tried. `why` is kept for a person."""

    why: str


Result = Done | Retry | Failed
Handler = Callable[[OutboxMessage], Awaitable[Result]]


class Dispatcher:
    """Delivers due messages until stopped, at most `parallel` of a kind at once: one that hangs delays no other kind.

    Within a kind they begin in the order in which they are due, and one that takes long keeps one slot.
    """

    def __init__(self, store: Store, clock: Clock, *, parallel: int = 16) -> None:
        self._store, self._clock, self._parallel = store, clock, parallel
        self._started_at = clock.now()
        self._handlers: dict[str, Handler] = {}
        self._at_most_once: set[str] = set()
        self._slots: dict[str, asyncio.Semaphore] = {}
        self._jobs: dict[tuple[str, str], asyncio.Task[None]] = {}  # by the message's conversation and key
        self._busy: Counter[str] = Counter()  # jobs by kind, those that wait for a slot too
        self._unhandled: set[str] = set()
        self._wake = asyncio.Event()
        store.listen(lambda notification: self._wake.set() if notification == outbox.DUE else None)

    def handle(self, kind: str, handler: Handler, *, at_most_once: bool = False) -> None:
        """Register who delivers messages of `kind`, in at most `TIME_LIMIT` seconds.

        `at_most_once`: the receiver cannot de-duplicate, so a message is leased to one process first (one more
        commit). If that process dies while it sends, the message is sent again after `LEASE`; not before `LISTEN`
        is over, or a report of it would come too late.
        """
        self._handlers[kind] = handler
        self._slots[kind] = asyncio.Semaphore(self._parallel)
        if at_most_once:
            self._at_most_once.add(kind)

    async def run(self) -> None:
        """Deliver for ever; looks for due messages when notified and once a second. Ends with a fault of ours."""
        jobs: list[asyncio.Task[None]] = []
        try:
            while True:
                self._wake.clear()
                try:
                    jobs += await self._begin()
                except StoreUnavailable as error:
                    log.warning("outbox: %s", error)
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), LOOK_EVERY)
                for job in [job for job in jobs if job.done()]:
                    jobs.remove(job)
                    job.result()
        finally:
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)

    async def round(self) -> int:
        """Deliver what is due now, to the end; returns how many messages were tried."""
        jobs = await self._begin()
        await asyncio.gather(*jobs)
        return len(jobs)

    async def settle(self, *, rounds: int = 50) -> None:
        """Deliver until nothing is due: for tests and for a clean stop."""
        for _ in range(rounds):
            if not await self.round():
                return

    async def _begin(self) -> list[asyncio.Task[None]]:
        """Begin what is due and not begun, of kinds that somebody delivers and that have not enough to do."""
        full = frozenset(kind for kind, jobs in self._busy.items() if jobs >= self._parallel)
        due = await self._store.all(
            outbox.due_messages(full | self._unhandled), {"now": self._clock.now(), "most": BATCH + len(self._jobs)}
        )
        fresh = [row for row in due if row.kind in self._handlers and (row.conversation, row.key) not in self._jobs]
        self._complain(row.kind for row in due if row.kind not in self._handlers)
        return [self._start(row) for row in fresh]

    def _start(self, row: Any) -> asyncio.Task[None]:
        name = (row.conversation, row.key)
        job = self._jobs[name] = asyncio.create_task(self._deliver(row))
        self._busy[row.kind] += 1
        job.add_done_callback(lambda _: self._ended(name, row.kind))
        return job

    def _ended(self, name: tuple[str, str], kind: str) -> None:
        del self._jobs[name]
        self._busy[kind] -= 1
        if self._busy[kind] == self._parallel - 1:  # there may be more of them than were begun
            self._wake.set()

    def _complain(self, kinds: Iterable[str]) -> None:
        for kind in set(kinds) - self._unhandled:
            log.error("outbox: nobody delivers %s; its messages wait", kind)
            self._unhandled.add(kind)

    async def _deliver(self, row: Any) -> None:
        async with self._slots[row.kind]:
            await self._deliver_claimed(row, self._handlers[row.kind])

    async def _deliver_claimed(self, row: Any, handler: Handler) -> None:
        """Deliver it when no other process does: the claim of one that dies is free again."""
        cluster, name = self._store.cluster, f"outbox:{row.conversation}:{row.key}"
        try:
            if not await cluster.claim(name):
                return
        except StoreUnavailable as error:
            log.warning("outbox: %s", error)
            return
        try:
            if await self._take(row):
                await self._finish(row, await self._try(handler, OutboxMessage.of(row)))
        finally:
            cluster.release(name)

    async def _take(self, row: Any) -> bool:
        """Whether nobody delivered it between our look and our claim, nor may from now on.

        A held reply must not be held any longer, or a response would give it while we push it. A claim ends with
        the connection that holds it, so it is not enough for what may go out at most once: that is leased.
        """
        seen = {f"its_{name}": getattr(row, name) for name in ("conversation", "key", "state", "next_at")}
        try:
            if row.kind in self._at_most_once:
                return await self._lease(row, seen)
            if row.state == "held":
                taken = seen | {"state": "due", "next_at": row.next_at, "error": row.error}
                return await self._store.commit((Write(outbox.LEASE_ROW, taken),)) == [1]
            return not self._store.cluster.many or await self._store.one(outbox.STILL_DUE, seen) is not None
        except StoreUnavailable as error:
            log.warning("outbox: %s", error)
            return False

    async def _lease(self, row: Any, seen: dict[str, Any]) -> bool:
        """Whether the row is leased to us. One that a dead process may have sent first waits for its report."""
        now, listens = self._clock.now(), self._started_at + LISTEN
        unheard = row.error == LEASED and now < listens
        leased = seen | {"state": "due", "next_at": listens if unheard else now + LEASE, "error": LEASED}
        return await self._store.commit((Write(outbox.LEASE_ROW, leased),)) == [1] and not unheard

    async def _try(self, handler: Handler, message: OutboxMessage) -> Result:
        try:
            return await asyncio.wait_for(handler(message), TIME_LIMIT)
        except (Conflict, StoreUnavailable) as error:
            return Retry(type(error).__name__)
        except Exception as error:  # a handler's fault must not stop the dispatcher: it is kept and tried again
            log.error("outbox: %s failed: %s", message.kind, location_of(error))
            return Retry(type(error).__name__)

    async def _finish(self, row: Any, result: Result) -> None:
        now, attempts = self._clock.now(), row.attempts + 1
        values: dict[str, Any] = {"attempts": attempts}
        if isinstance(result, Done):
            values |= {"state": "sent", "sent_at": now, "error": None}
        elif isinstance(result, Failed) or attempts >= MAX_ATTEMPTS:
            values |= {"state": "dead", "error": result.why}
        else:
            wait = result.seconds if result.seconds is not None else BACK_OFF[min(attempts, len(BACK_OFF)) - 1]
            values |= {"state": "due", "next_at": now + timedelta(seconds=wait), "error": result.why}
        if not isinstance(result, Failed) and result.body is not None:
            values["body"] = result.body
        await self._record(row, values)

    async def _record(self, row: Any, values: dict[str, Any]) -> None:
        """Record how it ended, however long the database is away: forgotten, it would be delivered again."""
        pause, most = PAUSES
        while True:
            unit = self._store.unit()
            outbox.record_attempt(unit, row, values)
            try:
                return await unit.commit()
            except StoreUnavailable as error:
                log.warning("outbox: %s, recording a delivery again", error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, most)
