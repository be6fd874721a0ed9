"""kill -9 between a real Kannel's word that it has a text and the hall's note of it: the handset reads it once."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from hall.store.tables.core import outbox
from testing import kannel
from testing.postgres import free_port
from tests.proofs.chaos.conftest import Report
from tests.proofs.chaos.nursery import Hall, Nursery
from tests.proofs.chaos.stages import STAGES
from tests.proofs.chaos.test_kills import open_store, settled

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

PACE = 5  # times as fast as ours: a text is lent for a minute
LINES = tuple(f"1390013900{place}" for place in range(3))
QUIET = 3.0  # seconds in which nothing more comes to any handset


async def test_a_text_that_kannel_took_is_not_sent_again(children: Nursery, tmp_path: Path, report: Report) -> None:
    if not kannel.installed():
        if os.environ.get("CI") == "true":
            pytest.fail("Kannel is not installed here: apt-get install kannel kannel-extras")
        pytest.skip("Kannel is not installed")
    sendsms = free_port()
    address = f"http://127.0.0.1:{sendsms}/cgi-bin/sendsms?username=hall&password=hall-password"
    settings = {"SMS_KANNEL_KEY": kannel.KEY, "SMS_KANNEL_SENDSMS_URL": address, "SMS_ANSWER_LIMIT": "0"}
    hall = Hall(children, tmp_path / "hall", **settings)
    hall.pace, hall.stage = PACE, ("pushed", (1,), "")
    await asyncio.to_thread(hall.start)
    with kannel.kannel(tmp_path, hall.port, sendsms) as handsets:
        for line in LINES:
            handsets.write(line, "你好")
        while hall.lives():
            await asyncio.sleep(0.01)
        hall.stage = None
        await asyncio.to_thread(hall.start)
        wrong = await settled(hall)
        async with open_store(hall) as store:
            rows = await store.all(select(outbox.c.state, outbox.c.receipt).where(outbox.c.kind == "sms:kannel"))
        read: Counter[str] = Counter()
        while (line := await asyncio.to_thread(handsets.next_reader, QUIET)) is not None:
            read[line] += 1
        hall.kill()
    assert wrong == []
    assert read == Counter(LINES)
    assert [row.receipt for row in rows] == ["1"] * len(LINES)
    report.add(
        f"kill −9, a real Kannel: {STAGES['pushed'].words}",
        f"{len(LINES)} handsets write, the hall dies when Kannel has taken the first answer, and starts again",
        "each handset reads its answer once: Kannel's report came before the text was to be sent again",
    )
