"""Learning from the desk: a training in a process of its own, and the report of what it changed.

One at a time in a process. The report is kept in memory: it quotes masked words of customers.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.settings import ROOT
from hall.clock import Clock
from hall.error_location import location_of

log = logging.getLogger(__name__)

IDLE, RUNNING, DONE, WORSE, FAILED = "idle", "running", "done", "worse", "failed"
Takes = Callable[[], Awaitable[None]]  # load the model that was trained


class AlreadyLearning(Exception):
    """One training at a time."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """How it stands. `report`: the figures of `bot.learning.evaluation`, empty where nothing was compared."""

    state: str = IDLE
    by: str = ""
    began_at: datetime | None = None
    ended_at: datetime | None = None
    report: dict[str, Any] = field(default_factory=dict)


def training(data_dir: Path) -> tuple[str, ...]:
    """The command; it writes its report to the file that is named last."""
    return (sys.executable, "-m", "yingting", "train", "--data-dir", str(data_dir), "--unless-worse", "--report")


class Lessons:
    """The lessons of this process. `takes` is called after a training that made nothing worse."""

    def __init__(self, command: Sequence[str], clock: Clock, takes: Takes) -> None:
        self.now = Lesson()
        self._command, self._clock, self._takes = tuple(command), clock, takes
        self._task: asyncio.Task[None] | None = None

    def begin(self, by: str) -> Lesson:
        """Learn in the background. Raises AlreadyLearning."""
        if self.now.state == RUNNING:
            raise AlreadyLearning
        self.now = Lesson(RUNNING, by, self._clock.now())
        self._task = asyncio.create_task(self._learn(self.now))
        return self.now

    async def stop(self) -> None:
        """End a training that runs; nothing of it was taken."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _learn(self, lesson: Lesson) -> None:
        state, report = FAILED, dict[str, Any]()
        try:
            report = await self._trained()
            state = WORSE if report.pop("put_back", False) else DONE
            if state == DONE:
                await self._takes()
        except Exception as error:  # whatever went wrong, the model of before goes on and the page says so
            log.error("learning: the model of before goes on: %s", location_of(error))
            state = FAILED
        finally:
            self.now = Lesson(state, lesson.by, lesson.began_at, self._clock.now(), report)

    async def _trained(self) -> dict[str, Any]:
        with tempfile.TemporaryDirectory(prefix="yingting-learn-") as folder:
            path = Path(folder) / "report.json"
            process = await asyncio.create_subprocess_exec(
                *self._command,
                str(path),
                cwd=ROOT,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
            try:
                if await process.wait():
                    raise RuntimeError("training failed")
            finally:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
            return dict(json.loads(path.read_text("utf-8")))
