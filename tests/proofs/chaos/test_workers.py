"""kill -9 of workers on one PostgreSQL: another takes over, and nothing was lost or done twice."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from testing.postgres import OwnPostgres
from tests.proofs.chaos.conftest import Report
from tests.proofs.chaos.customers import CUSTOMERS, Crowd
from tests.proofs.chaos.nursery import Hall, Nursery, Worker
from tests.proofs.chaos.test_kills import LONGEST, settled

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]


async def test_workers_killed_at_random_points(
    children: Nursery, server: OwnPostgres, tmp_path: Path, report: Report, full: bool
) -> None:
    """One process takes the messages and answers none of them; two workers do."""
    kills, database = 40 if full else 4, server.database("workers")
    hall = Hall(children, tmp_path / "hall", DATABASE_URL=database, AT_ONCE="0")
    own = {"DATABASE_URL": database, "PUBLIC_URL": hall.url}
    workers = [Worker(children, tmp_path / name, **own) for name in ("one", "two")]
    for process in (hall, *workers):
        await asyncio.to_thread(process.start)
    crowd, dice = Crowd(hall.url, 5), random.Random(5)
    for _ in range(kills):
        await asyncio.sleep(dice.uniform(0, LONGEST))
        worker = dice.choice(workers)
        worker.kill()
        await asyncio.to_thread(worker.start)
    seen = await crowd.leave()
    wrong = await settled(hall, seen)
    for process in (hall, *workers):
        process.kill()
    assert wrong == []
    report.add(
        "kill −9 of a worker, two on one PostgreSQL",
        f"{kills} times at random points, {CUSTOMERS} customers topping up and paying",
        f"{seen.messages} messages, each answered once ({seen.repeats} were sent again); {len(seen.ordered)} orders, "
        "each placed and paid once",
    )
