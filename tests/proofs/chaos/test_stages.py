"""kill -9 at every stage of a turn and of an order: of the server, of a worker, of PostgreSQL."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from testing.postgres import OwnPostgres, own_postgres
from tests.proofs.chaos import audit
from tests.proofs.chaos.conftest import FULL, Report
from tests.proofs.chaos.customers import Ledger, top_up, top_up_by_sms
from tests.proofs.chaos.gateway import Gateway, gateway
from tests.proofs.chaos.nursery import Hall, Nursery, Worker
from tests.proofs.chaos.stages import DEATHS, STAGES
from tests.proofs.chaos.test_kills import open_store, settled

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

PACE = 10  # times as fast as ours: what is put off for seconds comes soon
LATER = timedelta(seconds=15)  # from one life to the next
LINE = "13900139777"  # of the customer with a handset
SHORT = ("accepted",)  # the stages of a short run


class Scene:
    """One hall, its workers, its PostgreSQL if that is the victim; whoever dies is started again."""

    def __init__(self, hall: Hall, workers: list[Worker], victim: OwnPostgres | None, stage: str) -> None:
        self.hall, self._workers, self.victim = hall, workers, victim
        self._armed: list[Hall] = [*workers] or [hall]
        self.stage = stage
        for process in (hall, *workers):
            process.pace = PACE
        self._due = {process: list(STAGES[stage].passes) for process in self._armed}

    @property
    def kills(self) -> int:
        """How often the stage killed."""
        files = [process.folder / DEATHS for process in self._armed]
        return sum(file.stat().st_size for file in files if file.exists())

    async def subscribe(self) -> None:
        """Start again whoever has died."""
        while True:
            for process in [self.hall, *self._workers]:
                if not process.lives():  # or was not started yet
                    process.later(LATER)
                    await asyncio.to_thread(self._start, process)
            if self.victim is not None and not self.victim.lives:
                await asyncio.to_thread(self.victim.start)
            await asyncio.sleep(0.01)

    def skip(self) -> None:
        """Kill the server; the next one is an hour later."""
        self.hall.later(timedelta(hours=1))
        self.hall.kill()

    def end(self) -> None:
        """Kill all that are left."""
        for process in [self.hall, *self._workers]:
            process.kill()

    def _start(self, process: Hall) -> None:
        due, victim = self._due.get(process, []), str(self.victim.folder) if self.victim else ""
        if victim:
            due = due[self.kills :]  # or every life of the server would kill it anew, and none get on
        process.stage = (self.stage, due if victim else due[:1], victim) if due else None
        if not victim:
            del due[:1]
        process.start(wait=False)


@pytest.fixture(scope="module")
def doomed() -> Iterator[OwnPostgres]:
    """The PostgreSQL that is killed while another one serves those who are killed on it."""
    with own_postgres() as found:
        yield found


@pytest.mark.parametrize("name", STAGES if FULL else SHORT)
async def test_killed_at_a_stage(
    name: str, children: Nursery, server: OwnPostgres, doomed: OwnPostgres, tmp_path: Path, report: Report
) -> None:
    stage, urls = STAGES[name], {"DATABASE_URL": server.database(f"stage_{name}")}
    plays = {
        "the server on SQLite": _play(children, tmp_path / "sqlite", name),
        "the server on PostgreSQL": _play(children, tmp_path / "postgres", name, **urls),
    }
    if not stage.doors:
        urls = {"DATABASE_URL": server.database(f"worker_{name}")}
        plays["a worker"] = _play(children, tmp_path / "workers", name, workers=2, **urls)
    if stage.running:
        urls = {"DATABASE_URL": doomed.database(f"doomed_{name}")}
        plays["PostgreSQL"] = _play(children, tmp_path / "doomed", name, victim=doomed, **urls)
    ends = dict(zip(plays, await asyncio.gather(*plays.values()), strict=True))
    assert {who: wrong for who, (_, _, wrong) in ends.items() if wrong} == {}
    assert all(kills for who, (kills, _, _) in ends.items() if who != "a worker" or "turn" in stage.words), ends
    report.add(
        f"kill −9: {stage.words}",
        ", ".join(f"of {who} {kills} ×" for who, (kills, _, _) in ends.items()),
        f"{sum(seen.messages for _, seen, _ in ends.values())} messages, each answered once; "
        f"{sum(len(seen.ordered) for _, seen, _ in ends.values())} orders, each placed, paid and ended once",
    )


async def _play(
    children: Nursery, folder: Path, stage: str, *, workers: int = 0, victim: OwnPostgres | None = None, **urls: str
) -> tuple[int, Ledger, list[str]]:
    """Three customers top up while the stage kills; the kills, what they saw, and what is wrong."""
    seen, dice = Ledger(), random.Random(stage)
    async with gateway() as sms:
        hall = Hall(children, folder / "hall", AT_ONCE="0" if workers else "64", **sms.settings, **urls)
        own = sms.settings | urls | {"PUBLIC_URL": hall.url}
        scene = Scene(hall, [Worker(children, folder / str(n), **own) for n in range(workers)], victim, stage)
        watch = asyncio.create_task(scene.subscribe())
        customers = asyncio.create_task(_customers(scene, sms, seen, dice))
        try:
            await asyncio.wait({watch, customers}, return_when=asyncio.FIRST_COMPLETED)
            wrong = await customers if customers.done() else await watch or []
        finally:
            watch.cancel()
            customers.cancel()
            await asyncio.wait({watch, customers})
            scene.end()
    return scene.kills, seen, wrong


async def _customers(scene: Scene, sms: Gateway, seen: Ledger, dice: random.Random) -> list[str]:
    hall = scene.hall
    await asyncio.gather(
        top_up(hall.url, "succeeds", seen, dice, "succeed"),
        top_up(hall.url, "fails", seen, dice, "fail"),
        top_up_by_sms(sms, hall.port, LINE, seen, dice, "succeed"),
    )
    wrong = await settled(hall, seen, skip=scene.skip, skips_after=3.0)
    async with open_store(hall) as store:
        return wrong + await audit.went_out(store, sms)
