"""The running house: a new model without losing a message, and health that tells of what stopped."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.app import House
from bot.turns import Turns
from hall.hall import Hall
from hall.store.outbox import Courier
from tests.bot.parrot import Parrot, sms
from tests.houses import settings

WITHIN = 30.0  # seconds; far more than anything here takes


class Newer(Parrot):
    """The engine of the new model."""

    model_path = Path("newer.tar.gz")


@pytest_asyncio.fixture
async def house(hall: Hall, tmp_path: Path) -> AsyncIterator[House]:
    parrot: Any = Parrot(slow=0.002)
    house = House(settings(tmp_path), hall, parrot, Turns(hall, parrot), Courier(hall.store, hall.clock))
    house._tasks.append(asyncio.create_task(house.courier.run(), name="the courier"))
    yield house
    await house.close()


async def _until(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0.01)


async def test_a_new_model_takes_over_between_turns_and_no_message_is_lost(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = Newer(slow=0.002)
    monkeypatch.setattr("bot.app.ensure_model_apart", lambda reviewed: newer.model_path)
    monkeypatch.setattr("bot.app.Engine", lambda path: newer)
    house.reload_on_hangup()
    waiting = []
    for number in range(60):
        waiting.append(await house.turns.accept(sms("x", f"{number}", f"138001380{number % 6:02}")))
        if number == 20:
            os.kill(os.getpid(), signal.SIGHUP)
    answers = await asyncio.gather(*(house.turns.replies(receipt, WITHIN) for receipt in waiting))
    assert [a[0].text for a in answers if a] == [f"{number // 6 + 1}:x" for number in range(60)]
    await asyncio.wait_for(_until(lambda: house.engine is newer), WITHIN)
    await house.turns.replies(await house.turns.accept(sms("y", "later")), WITHIN)
    assert newer.heard[-1] == "y"


async def test_a_model_that_cannot_be_loaded_changes_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(reviewed: Path) -> Path:
        raise RuntimeError("training failed")

    before = house.engine
    monkeypatch.setattr("bot.app.ensure_model_apart", broken)
    await house.reload()
    assert house.engine is house.turns.engine is before
    assert await house.turns.replies(await house.turns.accept(sms("x")), WITHIN)


async def test_health_tells_of_a_courier_that_stopped(house: House) -> None:
    assert await house.health() == (True, "")
    house._tasks[0].cancel()
    await asyncio.wait({house._tasks[0]})
    assert await house.health() == (False, "the courier stopped")


async def test_nothing_is_kept_of_messages_that_are_answered(house: House) -> None:
    """Memory stays flat: what the house holds of a message ends with the last who waits for its answer."""
    for number in range(50):
        receipt = await house.turns.accept(sms("x", f"{number}", f"13800138{number:03}"))
        await house.turns.replies(receipt, WITHIN)
    del receipt
    await house.turns.settle()
    workers = house.turns.workers
    kept = (house.turns._answers, house.turns._looks, workers._running, workers._noted, workers._again, workers._untold)
    assert [len(held) for held in kept] == [0] * len(kept)  # type: ignore[arg-type]
    assert not house.turns.hub._bells
