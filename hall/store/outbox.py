"""What leaves the house: one row a thing to do, done with retries until it is done or dead.

A unit of work stages the row with `post`; the `Dispatcher` hands it, after the commit, to the handler
of its kind. Handlers must be idempotent by `OutboxMessage.key`: after a crash a parcel may come again. While
a process lives it does not: what was delivered is noted as soon as the database takes it, a reply is
no longer held before it is pushed, and what nobody can take back is lent to one process for a while.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from secrets import token_hex
from typing import Any

from sqlalchemy import BigInteger, bindparam, cast, delete, extract, func, or_, select, update

from hall.clock import Clock
from hall.error_location import location_of
from hall.errors import Conflict, StoreUnavailable
from hall.store.database import Write
from hall.store.prepared import Prepared, given, inserting_once
from hall.store.tables.core import inbox, outbox
from hall.store.unit import Store, Unit

log = logging.getLogger(__name__)

POST = inserting_once(outbox, "conversation", "key", "kind", "body", "state", "attempts", "next_at", "created_at")
POST_ANSWERED = inserting_once(
    outbox, "conversation", "key", "kind", "body", "state", "attempts", "next_at", "created_at", "sent_at", "receipt"
)
# Nanoseconds. Processes on one PostgreSQL have clocks of their own; what orders their messages is the database's.
ARRIVAL = cast(extract("epoch", func.clock_timestamp()) * 1_000_000_000, BigInteger)
ACCEPT = inserting_once(
    inbox, "conversation", "message_id", "kind", "text", "body", "arrival", "received_at", "state", "attempts",
    postgres={"arrival": ARRIVAL},
)  # fmt: skip


@lru_cache(64)
def due_messages(but: frozenset[str]) -> Prepared:
    """What is due, but for kinds of which none can be begun now. Held, it is due once its channel had its time."""
    return Prepared(
        select(outbox)
        .where(
            or_(outbox.c.state == "due", outbox.c.state == "held"),
            outbox.c.next_at <= bindparam("now", type_=outbox.c.next_at.type),
            *(outbox.c.kind != kind for kind in sorted(but)),
        )
        .order_by(outbox.c.next_at)
        .limit(bindparam("most", type_=outbox.c.attempts.type))
    )


_AS_IT_WAS = (
    given(outbox.c.conversation), given(outbox.c.key), given(outbox.c.state), given(outbox.c.next_at),
)  # fmt: skip
STILL_DUE = Prepared(select(outbox.c.state).where(*_AS_IT_WAS))
TAKE_UP = Prepared(update(outbox).where(*_AS_IT_WAS), "state", "next_at", "error")

MOST = 200  # parcels that are begun in one go
LEASE = timedelta(seconds=60)  # for which a parcel is lent to the process that sends it
LISTEN = timedelta(seconds=15)  # after a start: what nobody was there to be told is told again
LENT = "being sent"  # in `error`, until it is known how that ended
TIME_LIMIT = 50.0  # seconds for a handler: less than the lease
PAUSES = (0.1, 1.0)  # seconds before a delivery is noted again: at first, at most
BACK_OFF = (1, 2, 5, 15, 60, 300, 900, 3600)  # seconds; the last one is repeated
MAX_ATTEMPTS = 30
WAKE = "outbox"
IN_THE_ANSWER = "answered"  # in `receipt`: it went out in the answer to the message, no report comes


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """One thing to deliver or to do. `created_at` and `attempts` let a handler decide to give up.

    `receipt`: what was reported of it, when an earlier process sent it and died before it noted that.
    """

    conversation: str
    key: str
    kind: str
    body: dict[str, Any]
    attempts: int
    created_at: datetime
    receipt: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """The parcel is finished. `body` replaces what was stored (to scrub a one-time code)."""

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


def enqueue(
    unit: Unit,
    now: datetime,
    *,
    key: str,
    kind: str,
    body: dict[str, Any],
    conversation: str = "",
    at: datetime | None = None,
    held: bool = False,
    answered: bool = False,
) -> None:
    """Stage a parcel; the same (conversation, key) again does nothing. `at`: not before then.

    `held` marks a reply that its channel may still give in its answer: whoever turns the row from
    `held` to `sent` first delivers it; after `at` the courier does. `answered`: its channel is there to
    give it as soon as the unit is committed.
    """
    values = {
        "conversation": conversation, "key": key, "kind": kind, "body": body, "state": "held" if held else "due",
        "attempts": 0, "next_at": at or now, "created_at": now,
    }  # fmt: skip
    if answered:
        unit.stage(POST_ANSWERED, values | {"state": "sent", "sent_at": now, "receipt": IN_THE_ANSWER})
        return
    unit.stage(POST, values)
    if at is None or at <= now:  # what is due later is found when it is
        unit.wakes(WAKE, here=True)  # should this process die, others look once a second


def post_event(
    unit: Unit, now: datetime, arrival: int, *, conversation: str, key: str, response: str, facts: dict[str, Any],
    resume: bool = False,
) -> None:  # fmt: skip
    """Stage a message from the hall to a customer, in the order of the conversation.

    The bot's turn renders `response` (a key of bot/domain) with `facts` and delivers it by the
    conversation's channel; the same `key` again does nothing. With `resume` the bot then asks its
    open question again.
    """
    values = {
        "conversation": conversation, "message_id": f"event:{key}", "kind": "event", "text": "",
        "body": {"response": response, "facts": facts, "resume": resume}, "arrival": arrival, "received_at": now,
        "state": "new", "attempts": 0,
    }  # fmt: skip
    unit.stage(ACCEPT, values)
    unit.wakes(conversation)


async def prove(store: Store, now: datetime) -> None:
    """Write a parcel for nobody, as durably as a reply, and take it back; raises StoreUnavailable when that fails.

    From a full disk everything can be read.
    """
    key = {"conversation": "", "key": f"proof:{token_hex(8)}"}
    values = key | {"kind": "proof", "body": {}, "state": "sent", "attempts": 0, "next_at": now, "created_at": now}
    this = (outbox.c.conversation == key["conversation"]) & (outbox.c.key == key["key"])
    await store.commit((Write(POST, values), Write(delete(outbox).where(this))))


class Dispatcher:
    """Delivers due parcels until stopped, at most `parallel` of a kind at once: one that hangs delays no other kind.

    Within a kind they begin in the order in which they are due, and one that takes long keeps one location_of.
    """

    def __init__(self, store: Store, clock: Clock, *, parallel: int = 16) -> None:
        self._store, self._clock, self._parallel = store, clock, parallel
        self._began = clock.now()
        self._handlers: dict[str, Handler] = {}
        self._lent: set[str] = set()
        self._places: dict[str, asyncio.Semaphore] = {}
        self._jobs: dict[tuple[str, str], asyncio.Task[None]] = {}  # by the parcel's conversation and key
        self._busy: Counter[str] = Counter()  # jobs by kind, those that wait for a location_of too
        self._nobodys: set[str] = set()
        self._bell = asyncio.Event()
        store.listen(lambda name: self._bell.set() if name == WAKE else None)

    def handle(self, kind: str, handler: Handler, *, once: bool = False) -> None:
        """Register who delivers parcels of `kind`, in at most `TIME_LIMIT` seconds.

        `once`: where they go nobody knows them again, so a parcel is lent to one process (a commit more). Only one
        that dies while it sends leaves it to be sent again, after `LEASE`; and after `LISTEN`, or reports of it
        that nobody took would come too late.
        """
        self._handlers[kind] = handler
        self._places[kind] = asyncio.Semaphore(self._parallel)
        if once:
            self._lent.add(kind)

    async def run(self) -> None:
        """Deliver for ever; looks for due parcels at each wake and once a second. Ends with a fault of ours."""
        jobs: list[asyncio.Task[None]] = []
        try:
            while True:
                self._bell.clear()
                try:
                    jobs += await self._begin()
                except StoreUnavailable as error:
                    log.warning("outbox: %s", error)
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._bell.wait(), 1.0)
                for job in [job for job in jobs if job.done()]:
                    jobs.remove(job)
                    job.result()
        finally:
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)

    async def round(self) -> int:
        """Deliver what is due now, to the end; returns how many parcels were tried."""
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
            due_messages(full | self._nobodys), {"now": self._clock.now(), "most": MOST + len(self._jobs)}
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
            self._bell.set()

    def _complain(self, kinds: Iterable[str]) -> None:
        for kind in set(kinds) - self._nobodys:
            log.error("outbox: nobody delivers %s; its parcels wait", kind)
            self._nobodys.add(kind)

    async def _deliver(self, row: Any) -> None:
        async with self._places[row.kind]:
            await self._claimed(row, self._handlers[row.kind])

    async def _claimed(self, row: Any, handler: Handler) -> None:
        """Deliver it when no other process does: one that dies lets it go."""
        cluster, claim = self._store.cluster, f"parcel:{row.conversation}:{row.key}"
        try:
            if not await cluster.claim(claim):
                return
        except StoreUnavailable as error:
            log.warning("outbox: %s", error)
            return
        try:
            if await self._is_ours(row):
                message = OutboxMessage(
                    row.conversation, row.key, row.kind, dict(row.body), row.attempts, row.created_at, row.receipt
                )
                await self._finish(row, await self._try(handler, message))
        finally:
            cluster.release(claim)

    async def _is_ours(self, row: Any) -> bool:
        """Whether nobody delivered it between our look and our claim, nor may from now on.

        A held reply must not be held any longer, or an answer would give it while we push it. The claim ends with
        the connection that holds it, so it is not enough for what may go out only once.
        """
        cluster, lent, now = self._store.cluster, row.kind in self._lent, self._clock.now()
        listens = self._began + LISTEN
        unheard = lent and row.error == LENT and now < listens
        seen = {f"its_{name}": getattr(row, name) for name in ("conversation", "key", "state", "next_at")}
        try:
            if row.state == "held" or lent:
                until = listens if unheard else now + LEASE if lent else row.next_at
                taken = seen | {"state": "due", "next_at": until, "error": LENT if lent else row.error}
                return await self._store.commit((Write(TAKE_UP, taken),)) == [1] and not unheard
            return not cluster.many or await self._store.one(STILL_DUE, seen) is not None
        except StoreUnavailable as error:
            log.warning("outbox: %s", error)
            return False

    async def _try(self, handler: Handler, message: OutboxMessage) -> Result:
        try:
            return await asyncio.wait_for(handler(message), TIME_LIMIT)
        except (Conflict, StoreUnavailable) as error:
            return Retry(type(error).__name__)
        except Exception as error:  # a handler's fault must not stop the courier: it is kept and tried again
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
        await self._note(row, values)

    async def _note(self, row: Any, values: dict[str, Any]) -> None:
        """Write down how it ended, however long the database is away: forgotten, it would be delivered again."""
        this = (outbox.c.conversation == row.conversation) & (outbox.c.key == row.key) & (outbox.c.state == "due")
        pause, most = PAUSES
        while True:
            unit = self._store.unit()
            unit.stage(update(outbox).where(this).values(**values))
            try:
                return await unit.commit()
            except StoreUnavailable as error:
                log.warning("outbox: %s, noting a delivery again", error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, most)
