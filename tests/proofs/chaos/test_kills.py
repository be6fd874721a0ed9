"""kill -9 of the server while customers top up: it starts again, and nothing was lost or done twice."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hall.errors import StoreUnavailable
from hall.store.unit import Store
from testing.postgres import OwnPostgres
from tests.proofs.chaos import audit
from tests.proofs.chaos.conftest import Report
from tests.proofs.chaos.customers import CUSTOMERS, Crowd, Ledger
from tests.proofs.chaos.nursery import Hall, Nursery

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

LONGEST = 0.5  # seconds between a start and the next kill
SETTLES_WITHIN = 240.0  # seconds, after the last fault: paid orders reach their end
SKIPS_AFTER = 15.0  # seconds


async def test_killed_at_random_points(
    children: Nursery, server: OwnPostgres, tmp_path: Path, report: Report, full: bool
) -> None:
    """On SQLite and on PostgreSQL at the same time: both mostly wait."""
    kills = 80 if full else 6
    halls = {
        "SQLite": Hall(children, tmp_path / "sqlite"),
        "PostgreSQL": Hall(children, tmp_path / "postgres", DATABASE_URL=server.database("kills")),
    }
    seen = dict(zip(halls, await asyncio.gather(*(_killed(hall, kills) for hall in halls.values())), strict=True))
    for kind, found in seen.items():
        report.add(
            f"kill −9 of the server, {kind}",
            f"{kills} times at random points, {CUSTOMERS} customers topping up and paying",
            f"{found.messages} messages, each answered once ({found.repeats} were sent again); {len(found.ordered)} "
            "orders, each placed and paid once",
        )


async def _killed(hall: Hall, kills: int) -> Ledger:
    dice = random.Random(20261115)
    await asyncio.to_thread(hall.start)
    crowd = Crowd(hall.url, 20261115)
    for _ in range(kills):
        await asyncio.sleep(dice.uniform(0, LONGEST))
        hall.kill()
        await asyncio.to_thread(hall.start)
    seen = await crowd.leave()
    wrong = await settled(hall, seen)
    hall.kill()
    assert wrong == []
    assert len(seen.ordered) == len(seen.paid) >= kills // 10
    return seen


async def settled(
    hall: Hall, seen: Ledger | None = None, *, skip: Callable[[], None] | None = None, skips_after: float = SKIPS_AFTER
) -> list[str]:
    """Wait until nothing waits any more; what the audit finds then, also beside what the customers saw.

    The clock skips what is put off for long (`skip`, by default a start an hour later).
    """
    now = asyncio.get_running_loop().time
    until, next_skip = now() + SETTLES_WITHIN, now() + skips_after
    async with open_store(hall) as store:
        while left := await _waiting(store):
            assert now() < until, f"still waiting: {left}"
            if now() > next_skip:
                await asyncio.to_thread(skip or (lambda: hall.skip(1.0)))
                next_skip = now() + skips_after
            await asyncio.sleep(0.1)
        return await audit.problems(store) + (await audit.seen(store, seen) if seen else [])


@asynccontextmanager
async def open_store(hall: Hall) -> AsyncIterator[Store]:
    """A look into a hall's database from outside."""
    store = Store(hall.database_url.replace("postgresql:", "postgresql+asyncpg:"))
    try:
        yield store
    finally:
        await store.close()


async def _waiting(store: Store) -> list[str]:
    try:
        return await audit.waiting(store)
    except StoreUnavailable as error:
        return [str(error)]
