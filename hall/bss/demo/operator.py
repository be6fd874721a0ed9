"""The demonstration's operator: what its adapters share, a module a kind beside this one."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Table, select

from hall import months
from hall.bss.demo import records
from hall.bss.demo.records import Demo
from hall.bss.demo.seed import seed
from hall.bss.kinds import SECONDS, Bss, Records
from hall.clock import Clock
from hall.errors import Unavailable
from hall.store.prepared import Prepared, given
from hall.store.tables.accounts import bss_subscribers
from hall.store.unit import Store

SLOW = 60.0  # seconds: longer than any time limit of a caller
LINE = Prepared(select(bss_subscribers).where(given(bss_subscribers.c.msisdn)))


class DemoBss(Bss):
    """Answers from the tables bss_*; `seed` must have run once.

    `faults[part]` is "down" (refuses), "slow" (does not answer in time) or "garbage" (answers with
    what belongs to nobody): how the hall behaves then can be tried in tests and demonstrations.
    """

    def __init__(self, store: Store, clock: Clock, seconds: float = SECONDS, *, people: Demo | None = None) -> None:
        """`seconds`: how long a call may take; `people`: who is known, by default the demonstration's."""
        super().__init__(seconds=seconds)
        self.store, self.clock, self._people = store, clock, people
        self.faults: dict[str, str] = {}
        self._month = ""
        self._rolling: asyncio.Task[None] | None = None
        for adapter in _adapters():
            self.put(adapter(self))

    @property
    def people(self) -> Demo:
        """Who is known, and what is known beside their rows."""
        return self._people or records.load()

    @property
    def month(self) -> str:
        """The running month."""
        return months.of(self.clock.now())

    async def keep_up(self) -> None:
        """A month that began while the process ran gets its records, too.

        Shielded: a caller whose time is up must not stop it half-way for all others.
        """
        if self._month == self.month:
            return
        if self._rolling is None or self._rolling.done():
            self._rolling = asyncio.create_task(self._roll())
        await asyncio.shield(self._rolling)

    async def _roll(self) -> None:
        month = self.month
        await seed(self.store, self.clock, self._people)
        self._month = month

    async def fault(self, part: str) -> bool:
        """Act out the fault of a part; True when its answer is to be garbage."""
        fault = self.faults.get(part)
        if fault == "down":
            raise Unavailable(part, "switched off")
        if fault == "slow":
            await asyncio.sleep(SLOW)
        return fault == "garbage"

    async def line(self, msisdn: str) -> Row[Any] | None:
        """A line's row, or None."""
        return await self.store.one(LINE, {"its_msisdn": msisdn})

    async def rows(self, table: Table, msisdn: str, *where: Any, order: str) -> Sequence[Row[Any]]:
        """A line's rows of a table."""
        return await self.store.all(select(table).where(table.c.msisdn == msisdn, *where).order_by(table.c[order]))


class DemoAdapter(Records):
    """Base of the demonstration's adapters."""

    def __init__(self, demo: DemoBss) -> None:
        self._demo = demo


def _adapters() -> list[type[DemoAdapter]]:
    """The adapters of this folder: whoever adds a module need not say so anywhere."""
    package = importlib.import_module(__package__)
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{__package__}.{module.name}")
    return DemoAdapter.__subclasses__()
