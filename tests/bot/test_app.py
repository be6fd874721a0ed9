"""The running app: a new model without losing a message, and health that tells of what stopped."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.app import App
from bot.conversations.service import Conversations
from hall.context import Hall
from hall.store.dispatcher import Dispatcher
from hall.store.notification import NEW_MODEL
from testing.apps import settings
from testing.echo_engine import EchoEngine, sms

WITHIN = 30.0  # seconds; far more than anything here takes


class Newer(EchoEngine):
    """The engine of the new model."""

    model_path = Path("newer.tar.gz")


@pytest_asyncio.fixture
async def app(hall: Hall, tmp_path: Path) -> AsyncIterator[App]:
    echo: Any = EchoEngine(slow=0.002)
    app = App(settings(tmp_path), hall, echo, Conversations(hall, echo), Dispatcher(hall.store, hall.clock))
    app._tasks.append(asyncio.create_task(app.dispatcher.run(), name="the dispatcher"))
    yield app
    await app.close()


async def _until(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0.01)


async def test_a_new_model_takes_over_between_turns_and_no_message_is_lost(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = Newer(slow=0.002)
    monkeypatch.setattr("bot.app.ensure_model_apart", lambda reviewed: newer.model_path)
    monkeypatch.setattr("bot.app.Engine", lambda path, operator: newer)
    app.reload_on_hangup()
    waiting = []
    for number in range(60):
        waiting.append(await app.conversations.accept(sms("x", f"{number}", f"138001380{number % 6:02}")))
        if number == 20:
            os.kill(os.getpid(), signal.SIGHUP)
    answers = await asyncio.gather(*(app.conversations.wait_for_reply(accepted, WITHIN) for accepted in waiting))
    assert [a[0].text for a in answers if a] == [f"{number // 6 + 1}:x" for number in range(60)]
    await asyncio.wait_for(_until(lambda: app.engine is newer), WITHIN)
    await app.conversations.wait_for_reply(await app.conversations.accept(sms("y", "later")), WITHIN)
    assert newer.heard[-1] == "y"


async def test_a_model_that_cannot_be_loaded_changes_nothing(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(reviewed: Path) -> Path:
        raise RuntimeError("training failed")

    before = app.engine
    monkeypatch.setattr("bot.app.ensure_model_apart", broken)
    await app.reload()
    assert app.engine is app.conversations.engine is before
    assert await app.conversations.wait_for_reply(await app.conversations.accept(sms("x")), WITHIN)


async def test_health_tells_of_a_dispatcher_that_stopped(app: App) -> None:
    assert await app.health() == (True, "")
    app._tasks[0].cancel()
    await asyncio.wait({app._tasks[0]})
    assert await app.health() == (False, "the dispatcher stopped")


async def test_nothing_is_kept_of_messages_that_are_answered(app: App) -> None:
    """Memory stays flat: what is held of a message ends with the last who waits for its reply."""
    for number in range(50):
        accepted = await app.conversations.accept(sms("x", f"{number}", f"13800138{number:03}"))
        await app.conversations.wait_for_reply(accepted, WITHIN)
    del accepted
    await app.conversations.settle()
    workers = app.conversations.scheduler
    kept = (
        app.conversations._replies._futures,
        app.conversations._replies._looks,
        workers._running,
        workers._backlog,
        workers._again,
        workers._unannounced,
    )
    assert [len(held) for held in kept] == [0] * len(kept)  # type: ignore[arg-type]
    assert not app.conversations.pubsub._events


async def test_what_another_process_has_learnt_is_taken_without_a_signal(
    app: App, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Given a model that another process trained and took, this one takes it; it trains nothing by itself."""
    newer, before = Newer(), app.engine
    before.model_path = Path("older.tar.gz")
    newer.model_path = tmp_path / "newer.tar.gz"
    monkeypatch.setattr("bot.app.model_path", lambda reviewed: newer.model_path)
    monkeypatch.setattr("bot.app.ensure_model_apart", lambda reviewed: newer.model_path)
    monkeypatch.setattr("bot.app.Engine", lambda path, operator: newer)
    app.hall.store.listen(app._hear)
    await app.take_newer()
    assert app.engine is before
    newer.model_path.touch()
    app.hall.store.notify(NEW_MODEL)
    await asyncio.wait_for(_until(lambda: app.engine is newer), WITHIN)
