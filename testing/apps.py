"""Apps for tests: the real one, on a copy of a database that was filled once."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.app import App, prepare
from bot.engine.engine import Engine
from bot.settings import Settings
from hall.store.dispatcher import Done
from hall.store.outbox import OutboxMessage
from yingting.wiring import build

NOON = "2026-11-15T10:00"


def settings(folder: Path, start: Any = None, **environment: str) -> Settings:
    """The demonstration's settings on a folder, with the clock at `start` (Shanghai time)."""
    values = {f"YINGTING_{name}": value for name, value in environment.items()}
    return Settings.load({"YINGTING_CLOCK": str(start or NOON).replace(" ", "T"), **values}, data_dir=folder)


PATIENCE = 60.0  # seconds that the operator's systems may take: a busy machine is not a fault


@asynccontextmanager
async def demo_app(
    engine: Engine, folder: Path, seeded: Path, start: Any = None, **environment: str
) -> AsyncIterator[tuple[App, Any]]:
    """An app in the demonstration, and the operator behind it with its switch for faults.

    Messages are delivered when the test says so, not by a task in the background.
    """
    shutil.copy(seeded, folder / "yingting.sqlite")
    app = build(settings(folder, start, **environment), engine)
    for kind in ("sms:demo", "sms.text"):
        app.dispatcher.handle(kind, _delivered)
    await prepare(app.hall)
    app.hall.bss.wait(PATIENCE)
    try:
        yield app, app.hall.bss
    finally:
        await app.close()


async def _delivered(_message: OutboxMessage) -> Done:
    return Done()


async def fill(folder: Path, **environment: str) -> Path:
    """A database with the customers of a demonstration, to be copied."""
    from yingting.wiring import build_hall

    hall = build_hall(settings(folder, **environment))
    await prepare(hall)
    await hall.store.close()
    return folder / "yingting.sqlite"
