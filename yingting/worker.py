"""The command `worker`: turns and deliveries without a port, beside any number of others on one PostgreSQL."""

from __future__ import annotations

import asyncio
import logging
import signal

from bot.app import App
from bot.settings import PREFIX, Settings, SettingsError
from channels.operations import Operations
from channels.sms import push
from yingting.wiring import build

log = logging.getLogger(__name__)


def work(settings: Settings) -> None:
    """Run until stopped by SIGTERM or SIGINT; SIGHUP loads a new model."""
    if settings.database_url.startswith("sqlite"):
        raise SettingsError(f"{PREFIX}DATABASE_URL: workers share a PostgreSQL; on SQLite `serve` does everything")
    app = build(settings)
    if settings.sms_kannel_sendsms_url:  # the demonstration's phone is in the memory of `serve`, which delivers to it
        push.register(app.dispatcher, app)
    asyncio.run(_run(app))


async def _run(app: App) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await app.open()
    app.deliver()
    app.reload_on_hangup()
    operations = Operations(app, *app.settings.operations) if app.settings.operations else None
    if operations is not None:
        await operations.open()
    print("the worker is ready", flush=True)
    try:
        await stop.wait()
    finally:
        app.stopping = True
        if operations is not None:
            await operations.close()
        await app.close()
