"""The database is killed, gone, or has a long queue in it when the hall starts."""

from __future__ import annotations

import asyncio
import random
import signal
from pathlib import Path

import pytest

from benchmarks.client import Sender
from benchmarks.dialogues import BALANCE, LINE, TOPUP, check
from benchmarks.processes import peak_bytes
from bot.app import prepare
from bot.engine.engine import Engine
from bot.messages import InboundMessage
from testing.apps import settings as app_settings
from testing.postgres import OwnPostgres
from tests.proofs.chaos import audit
from tests.proofs.chaos.conftest import Report
from tests.proofs.chaos.customers import Crowd, Ledger, ask_once, persist
from tests.proofs.chaos.nursery import TOKEN, Hall, Nursery
from tests.proofs.chaos.test_kills import settled
from yingting.wiring import build

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]


async def test_postgres_killed(
    children: Nursery, server: OwnPostgres, tmp_path: Path, report: Report, full: bool
) -> None:
    kills = 10 if full else 1
    hall = Hall(children, tmp_path, DATABASE_URL=server.database("killed"))
    await asyncio.to_thread(hall.start)
    crowd, dice = Crowd(hall.url, 1), random.Random(1)
    for _ in range(kills):
        await asyncio.sleep(dice.uniform(0.2, 1.0))
        await asyncio.to_thread(server.stop, signal.SIGKILL)
        await asyncio.to_thread(server.start)
    seen = await crowd.leave()
    wrong = await settled(hall, seen)
    hall.kill()
    assert wrong == []
    report.add(
        "kill −9 of PostgreSQL",
        f"{kills} times, started again each time; the hall runs on",
        f"{seen.messages} messages, each answered once ({seen.repeats} sent again); {len(seen.ordered)} orders",
    )


async def test_postgres_gone(
    children: Nursery, server: OwnPostgres, tmp_path: Path, report: Report, full: bool
) -> None:
    gone = 30.0 if full else 2.0
    hall = Hall(children, tmp_path, DATABASE_URL=server.database("gone"))
    await asyncio.to_thread(hall.start)
    crowd = Crowd(hall.url, 2)
    await asyncio.sleep(1.0)
    await asyncio.to_thread(server.stop)
    await asyncio.sleep(gone / 2)
    well, answer = await asyncio.to_thread(hall.is_well), await ask_once(hall.url)
    await asyncio.sleep(gone / 2)
    await asyncio.to_thread(server.start)
    seen = await crowd.leave()
    wrong = await settled(hall, seen)
    hall.kill()
    assert wrong == []
    assert not well, "health must say that there is no database"
    assert answer == 503, "a message that is not kept must not be acknowledged"
    report.add(
        "database gone",
        f"PostgreSQL stopped for {gone:g} s under traffic",
        f"health 503 and messages refused with 503 meanwhile; then {seen.messages} messages, each answered once",
    )


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_a_long_queue_at_the_start(
    kind: str, children: Nursery, engine: Engine, request: pytest.FixtureRequest, tmp_path: Path, report: Report,
    full: bool,
) -> None:  # fmt: skip
    """Messages that came while nobody answered: each is answered, in order, and so is who comes after them."""
    senders = 2000 if full else 40
    settings = {}
    if kind == "postgres":
        settings["DATABASE_URL"] = request.getfixturevalue("server").database("queued")
    hall = Hall(children, tmp_path, **settings)
    await _queue(engine, tmp_path, senders, settings)
    began = asyncio.get_running_loop().time()
    await asyncio.to_thread(hall.start, wait=False)
    sender, seen = Sender(hall.url, "newcomer", LINE, TOKEN), Ledger()
    check(BALANCE[0], await persist(sender, BALANCE[0].message, "first", seen))
    wrong = await settled(hall)
    took, peak = asyncio.get_running_loop().time() - began, peak_bytes(hall.pid) / 1e6
    hall.kill()
    assert wrong == []
    count = senders * len(QUEUED)
    report.add(
        f"{count} messages queued while down, {kind}",
        f"{senders} senders with {len(QUEUED)} messages each, then a start",
        f"each answered once, in order, {took:.0f} s after the start; so is a newcomer; at most {peak:.0f} MB held",
    )


QUEUED = (*(line.message for line in TOPUP[:4]), "查话费")


async def _queue(engine: Engine, folder: Path, senders: int, settings: dict[str, str]) -> None:
    """Accept messages that no worker runs, as if the process had been killed just then."""
    app = build(app_settings(folder, SESSION_SECRET="chaos", **settings), engine)
    app.conversations.wake = lambda _conversation: None  # type: ignore[method-assign]
    await prepare(app.hall)
    for turn, text in enumerate(QUEUED):
        for sender in range(senders):
            inbound = InboundMessage("rest", "rest", f"queued-{sender}", f"{sender}-{turn}", text, msisdn=LINE)
            await app.conversations.accept(inbound)
    assert len(await audit.waiting(app.hall.store)) == senders * len(QUEUED)
    await app.close()
