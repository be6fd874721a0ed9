"""kill -9 of the server while customers top up: it starts again, and nothing was lost or done twice."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from hall.store.unit import Store
from tests.chaos import audit
from tests.chaos.conftest import Report
from tests.chaos.customers import Ledger, top_up
from tests.chaos.nursery import Hall, Nursery
from tests.postgres import OwnPostgres

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

CUSTOMERS = 6  # at once
LONGEST = 0.5  # seconds between a start and the next kill
SETTLES_WITHIN = 120.0  # seconds, after the last kill: paid orders reach their end


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_killed_at_random_points(
    kind: str, children: Nursery, request: pytest.FixtureRequest, tmp_path: Path, report: Report, full: bool
) -> None:
    kills = 105 if full else 6
    settings = {"DATABASE_URL": _database(request.getfixturevalue("server"))} if kind == "postgres" else {}
    hall, seen, dice = Hall(children, tmp_path, **settings), Ledger(), random.Random(20261115)
    hall.start()
    done = asyncio.Event()
    crowd = [asyncio.create_task(_customers(hall.url, place, seen, dice, done)) for place in range(CUSTOMERS)]
    for _ in range(kills):
        await asyncio.sleep(dice.uniform(0, LONGEST))
        hall.kill()
        await asyncio.to_thread(hall.start)
    done.set()
    await asyncio.gather(*crowd)
    wrong = await settled(hall)
    hall.kill()
    assert wrong == []
    assert len(seen.ordered) == len(seen.paid) >= kills // 10
    report.add(
        f"kill −9 of the server, {kind}",
        f"{kills} times at random points, {CUSTOMERS} customers topping up and paying",
        f"{seen.messages} messages, each answered once ({seen.repeats} were sent again); {len(seen.ordered)} orders, "
        "each placed and paid once",
    )


async def _customers(url: str, place: int, seen: Ledger, dice: random.Random, done: asyncio.Event) -> None:
    number = 0
    while not done.is_set():
        number += 1
        await top_up(url, f"{place}-{number}", seen, dice)


async def settled(hall: Hall) -> list[str]:
    """Wait until nothing waits any more; what the audit finds then."""
    store = Store(hall.database_url.replace("postgresql:", "postgresql+asyncpg:"))
    try:
        until = asyncio.get_running_loop().time() + SETTLES_WITHIN
        while await audit.waiting(store):
            assert asyncio.get_running_loop().time() < until, f"{await audit.waiting(store)} still wait"
            await asyncio.sleep(0.2)
        return await audit.problems(store)
    finally:
        await store.close()


def _database(server: OwnPostgres) -> str:
    return server.database("kills")
