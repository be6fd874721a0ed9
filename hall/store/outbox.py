"""What leaves the house: one row a thing to do, done with retries until it is done or dead.

A unit of work stages the row with `post`; the `Courier` hands it, after the commit, to the handler
of its kind. Handlers must be idempotent by `Parcel.key`: after a crash a parcel may come again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from hall.clock import Clock
from hall.errors import Conflict, StoreUnavailable
from hall.faults import place
from hall.store.tables.core import inbox, outbox
from hall.store.unit import Store, Unit

log = logging.getLogger(__name__)

BACK_OFF = (1, 2, 5, 15, 60, 300, 900, 3600)  # seconds; the last one is repeated
MAX_ATTEMPTS = 30
WAKE = "outbox"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One thing to deliver or to do. `created_at` and `attempts` let a handler decide to give up."""

    conversation: str
    key: str
    kind: str
    body: dict[str, Any]
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Done:
    """The parcel is finished. `body` replaces what was stored (to scrub a one-time code)."""

    body: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Later:
    """Come again after `seconds` (None: by the usual back-off). `why` is kept."""

    why: str
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Dead:
    """Give up: nothing more is tried. `why` is kept for a person."""

    why: str


Result = Done | Later | Dead
Handler = Callable[[Parcel], Awaitable[Result]]


def post(
    unit: Unit,
    now: datetime,
    *,
    key: str,
    kind: str,
    body: dict[str, Any],
    conversation: str = "",
    at: datetime | None = None,
    held: bool = False,
) -> None:
    """Stage a parcel; the same (conversation, key) again does nothing. `at`: not before then.

    `held` marks a reply that its channel may still give in its answer: whoever turns the row from
    `held` to `sent` first delivers it; after `at` the courier does.
    """
    unit.insert_once(
        outbox,
        conversation=conversation,
        key=key,
        kind=kind,
        body=body,
        state="held" if held else "due",
        attempts=0,
        next_at=at or now,
        created_at=now,
    )
    unit.wakes(WAKE)


def post_event(
    unit: Unit, now: datetime, arrival: int, *, conversation: str, key: str, response: str, facts: dict[str, Any],
    resume: bool = False,
) -> None:  # fmt: skip
    """Stage a message from the hall to a customer, in the order of the conversation.

    The bot's turn renders `response` (a key of bot/domain) with `facts` and delivers it by the
    conversation's channel; the same `key` again does nothing. With `resume` the bot then asks its
    open question again.
    """
    unit.insert_once(
        inbox,
        conversation=conversation,
        message_id=f"event:{key}",
        kind="event",
        text="",
        body={"response": response, "facts": facts, "resume": resume},
        arrival=arrival,
        received_at=now,
        state="new",
        attempts=0,
    )
    unit.wakes(conversation)


class Courier:
    """Delivers due parcels, one kind's handler at a time per parcel, until stopped."""

    def __init__(self, store: Store, clock: Clock, *, parallel: int = 16) -> None:
        self._store, self._clock = store, clock
        self._handlers: dict[str, Handler] = {}
        self._slots = asyncio.Semaphore(parallel)
        self._busy: set[tuple[str, str]] = set()
        self._nobodys: set[str] = set()
        self._bell = asyncio.Event()
        store.listen(lambda name: self._bell.set() if name == WAKE else None)

    def handle(self, kind: str, handler: Handler) -> None:
        """Register who delivers parcels of `kind`."""
        self._handlers[kind] = handler

    async def run(self) -> None:
        """Deliver for ever; looks for due parcels at each wake and once a second."""
        while True:
            self._bell.clear()
            try:
                await self.round()
            except StoreUnavailable as error:
                log.warning("outbox: %s", error)
            try:
                await asyncio.wait_for(self._bell.wait(), 1.0)
            except asyncio.TimeoutError:
                continue

    async def round(self) -> int:
        """Deliver everything that is due now; returns how many parcels were tried."""
        due = await self._store.all(
            select(outbox)
            .where(outbox.c.state.in_(("due", "held")), outbox.c.next_at <= self._clock.now())
            .order_by(outbox.c.next_at)
            .limit(200)
        )
        jobs = [
            self._deliver(row)
            for row in due
            if row.kind in self._handlers and (row.conversation, row.key) not in self._busy
        ]
        self._complain(row.kind for row in due if row.kind not in self._handlers)
        await asyncio.gather(*jobs)
        return len(jobs)

    async def settle(self, *, rounds: int = 50) -> None:
        """Deliver until nothing is due: for tests and for a clean stop."""
        for _ in range(rounds):
            if not await self.round():
                return

    def _complain(self, kinds: Iterable[str]) -> None:
        for kind in set(kinds) - self._nobodys:
            log.error("outbox: nobody delivers %s; its parcels wait", kind)
            self._nobodys.add(kind)

    async def _deliver(self, row: Any) -> None:
        name = (row.conversation, row.key)
        handler = self._handlers[row.kind]
        self._busy.add(name)
        try:
            async with self._slots:
                parcel = Parcel(row.conversation, row.key, row.kind, dict(row.body), row.attempts, row.created_at)
                await self._finish(row, await self._try(handler, parcel))
        finally:
            self._busy.discard(name)

    async def _try(self, handler: Handler, parcel: Parcel) -> Result:
        try:
            return await handler(parcel)
        except (Conflict, StoreUnavailable) as error:
            return Later(type(error).__name__)
        except Exception as error:  # a handler's fault must not stop the courier: it is kept and tried again
            log.error("outbox: %s failed: %s", parcel.kind, place(error))
            return Later(type(error).__name__)

    async def _finish(self, row: Any, result: Result) -> None:
        now, attempts = self._clock.now(), row.attempts + 1
        values: dict[str, Any] = {"attempts": attempts}
        if isinstance(result, Done):
            values |= {"state": "sent", "sent_at": now, "error": None}
            if result.body is not None:
                values["body"] = result.body
        elif isinstance(result, Dead) or attempts >= MAX_ATTEMPTS:
            values |= {"state": "dead", "error": result.why}
        else:
            wait = result.seconds if result.seconds is not None else BACK_OFF[min(attempts, len(BACK_OFF)) - 1]
            values |= {"state": "due", "next_at": now + timedelta(seconds=wait), "error": result.why}
        unit = self._store.unit()
        unit.stage(
            update(outbox)
            .where(outbox.c.conversation == row.conversation, outbox.c.key == row.key, outbox.c.state == row.state)
            .values(**values)
        )
        await unit.commit()
