"""The command `worker`: turns and deliveries without a port, beside any number of others on one PostgreSQL."""

from __future__ import annotations

import asyncio
import logging
import signal

from bot.app import House, build
from bot.settings import PREFIX, Settings, SettingsError
from channels.sms import push

log = logging.getLogger(__name__)


def work(settings: Settings) -> None:
    """Run until stopped by SIGTERM or SIGINT; SIGHUP loads a new model."""
    if settings.database_url.startswith("sqlite"):
        raise SettingsError(f"{PREFIX}DATABASE_URL: workers share a PostgreSQL; on SQLite `serve` does everything")
    house = build(settings)
    if settings.sms_kannel_sendsms_url:  # the demonstration's phone is in the memory of `serve`, which delivers to it
        push.register(house.courier, house)
    asyncio.run(_run(house))


async def _run(house: House) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await house.open()
    house.deliver()
    house.reload_on_hangup()
    print("the worker is ready", flush=True)
    try:
        await stop.wait()
    finally:
        await house.close()
