"""The running hall: everything that channels need, opened, reloaded and closed together."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from dataclasses import dataclass, field
from functools import cached_property

from bot.conversations.service import Conversations
from bot.engine.engine import Engine
from bot.engine.loading import settle
from bot.engine.training import ensure_model_apart, model_path
from bot.learning.lesson import Lessons, training
from bot.learning.review_file import reviewed_file
from bot.settings import PREFIX, Settings, SettingsError
from hall import erasure, notices
from hall.bss.demo import seed
from hall.context import Hall
from hall.error_location import location_of
from hall.errors import StoreUnavailable
from hall.handoff.routing import Router
from hall.store import migrations
from hall.store.dispatcher import Dispatcher
from hall.store.notification import MISSED, NEW_MODEL, Notification

log = logging.getLogger(__name__)

LOOK_AT_SCHEMA = 2.0  # seconds between two looks whether this program may still work on the database
STOP_WITHIN = 10.0  # seconds for turns that run; a database that is gone must not keep the process


@dataclass
class App:
    """The running program: settings, hall, engine, conversations, dispatcher, lessons."""

    settings: Settings
    hall: Hall
    engine: Engine
    conversations: Conversations
    dispatcher: Dispatcher
    stopping: bool = False
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _reloads: set[asyncio.Task[None]] = field(default_factory=set)

    @cached_property
    def lessons(self) -> Lessons:
        """The lessons that reviewers start."""
        return Lessons(training(self.settings.data_dir), self.hall.clock, self._learnt)

    async def open(self) -> None:
        """Bring the database up to date, answer what waits."""
        await prepare(self.hall)
        self.hall.store.listen(self._hear)
        await self.hall.store.cluster.listen()
        await erasure.schedule(self.hall)
        await notices.schedule(self.hall)
        await self.conversations.resume()
        self._tasks += [
            asyncio.create_task(self.conversations.scheduler.run(), name="the look for waiting messages"),
            asyncio.create_task(self._leave_when_too_old(), name="the look at the schema"),
        ]

    def deliver(self) -> None:
        """Start the dispatcher, once the port is open: the demonstration's provider sends its notices to it."""
        self._tasks.append(asyncio.create_task(self.dispatcher.run(), name="the dispatcher"))
        self._tasks.append(asyncio.create_task(Router(self.hall).run(), name="the desk's router"))

    async def _leave_when_too_old(self) -> None:
        """Stop as at SIGTERM, once a newer program has said that older ones may not work on the database any more."""
        why = ""
        while not why:
            await asyncio.sleep(LOOK_AT_SCHEMA)
            with contextlib.suppress(StoreUnavailable):
                why = await migrations.too_old(self.hall.store)
        log.error("stopping: %s", why)
        self.stopping = True
        os.kill(os.getpid(), signal.SIGTERM)

    async def health(self) -> tuple[bool, str]:
        """Whether messages are taken, answered and delivered, and if not, why."""
        if stopped := [task.get_name() for task in self._tasks if task.done()]:
            return False, f"{' and '.join(stopped)} stopped"
        return await self.conversations.health()

    async def readiness(self) -> tuple[bool, str]:
        """Whether this process takes messages, and if not, why. Others may be stuck meanwhile."""
        if self.stopping:
            return False, "this process is stopping"
        return await self.conversations.writable()

    async def reload(self) -> None:
        """Take the model for the present training data, trained if need be, between two turns.

        The old one answers meanwhile; it goes on when the new one cannot be loaded.
        """
        try:
            engine = await asyncio.to_thread(self._newest_engine)
        except Exception as error:  # whatever is wrong with the new model, go on with the old one
            log.error("reload: the old model stays: %s", location_of(error))
            return
        self.engine = self.conversations.engine = engine
        settle()
        log.info("reload: %s", engine.model_path.name)

    async def _learnt(self) -> None:
        """Take what was learnt, and tell the other processes."""
        await self.reload()
        self.hall.store.notify(NEW_MODEL)

    def _hear(self, notification: Notification) -> None:
        if notification in (NEW_MODEL, MISSED):
            self._keep(asyncio.get_running_loop().create_task(self.take_newer()))

    async def take_newer(self) -> None:
        """Take the model for the present training data if another process has made it: this one trains nothing."""
        path = await asyncio.to_thread(model_path, reviewed_file(self.settings.data_dir))
        if path.exists() and path.name != self.engine.model_path.name:
            await self.reload()

    def _newest_engine(self) -> Engine:
        return Engine(ensure_model_apart(reviewed=reviewed_file(self.settings.data_dir)), self.engine.operator)

    def reload_on_hangup(self) -> None:
        """`kill -HUP` loads a new model."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, lambda: self._keep(loop.create_task(self.reload())))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._reloads.add(task)
        task.add_done_callback(self._reloads.discard)

    async def close(self) -> None:
        """Finish the turns that run; what is left stays in the inbox and the outbox."""
        await self.lessons.stop()
        for task in (*self._tasks, *self._reloads):
            while not task.done():  # a cancellation that meets a wake is forgotten by wait_for of Python 3.10
                task.cancel()
                await asyncio.wait({task}, timeout=0.1)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self.conversations.settle(), STOP_WITHIN)
        await self.hall.store.close()


async def prepare(business: Hall) -> None:
    """Migrate the database and, in the demonstration, fill it with the demonstration's customers."""
    try:
        await migrations.upgrade(business.store)
        if business.demonstration:
            await seed(business.store, business.clock, business.people)
    except StoreUnavailable as error:
        raise SettingsError(f"{PREFIX}DATABASE_URL: the database cannot be used: {error}") from None
    except migrations.NewerDatabase as error:
        raise SettingsError(f"{PREFIX}DATABASE_URL: {error}") from None
