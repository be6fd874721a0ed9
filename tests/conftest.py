"""What every test may ask for: a clock that stands still, a database, the demonstration's operator, a hall."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from hall.bss.demo import DemoBss, seed
from hall.bss.limits import Limited
from hall.clock import SHANGHAI, Clock
from hall.context import Hall
from hall.policy import Policy
from hall.store.tables import metadata
from hall.store.unit import Store
from testing.postgres import Postgres, postgres_server

if TYPE_CHECKING:
    from bot.engine.engine import Engine

ROOT = Path(__file__).resolve().parents[1]


class StillClock(Clock):
    """Moves only when it is told to."""

    def __init__(self, start: datetime) -> None:
        super().__init__()
        self._now = start

    def now(self) -> datetime:
        return self._now.astimezone(timezone.utc)

    def advance(self, step: timedelta) -> None:
        self._now += step

    def set(self, *parts: int) -> None:
        """Go to a year, month, day, hour … of Asia/Shanghai."""
        self._now = datetime(*parts, tzinfo=SHANGHAI)  # type: ignore[arg-type,misc]


@pytest.fixture
def clock() -> StillClock:
    """2026-11-15, ten in the morning, in Asia/Shanghai."""
    return StillClock(datetime(2026, 11, 15, 10, tzinfo=SHANGHAI))


@pytest_asyncio.fixture(params=["sqlite", "postgres"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty database with all tables: a file of SQLite, and a real PostgreSQL."""
    if request.param == "sqlite":
        store = Store(f"sqlite:///{tmp_path / 'hall.db'}")
        async with store.write() as connection:
            await connection.run_sync(metadata.create_all)
    else:
        store = Store(await request.getfixturevalue("postgres").fresh())
    yield store
    await store.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server of this test run."""
    with postgres_server() as server:
        yield server


@pytest_asyncio.fixture
async def demo(store: Store, clock: StillClock) -> DemoBss:
    """The demonstration's operator with its twelve customers; its `faults` can be switched on."""
    await seed(store, clock)
    return DemoBss(store, clock)


@pytest.fixture
def hall(store: Store, clock: StillClock, demo: DemoBss) -> Hall:
    """A hall on these, without payments and supplier."""
    return Hall(
        store=store, clock=clock, policy=Policy.load(), bss=Limited(demo, seconds=1.0),
        payments={}, supplier=None, secret=b"test secret",  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The model for the present training data, loaded once; trained first when there is none."""
    from bot.engine.engine import Engine
    from bot.engine.training import ensure_model

    return Engine(ensure_model())


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the demonstration's customers, to be copied."""
    from testing.apps import fill

    return asyncio.run(fill(tmp_path_factory.mktemp("seeded")))
