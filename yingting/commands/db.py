"""`yingting db`: bring the database up to date, or say whether it is."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from bot.settings import Settings
from hall.errors import StoreUnavailable
from hall.store import migrations
from hall.store.unit import Store


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and where the data are."""
    parser.add_argument("what", choices=("upgrade", "check"))
    parser.add_argument("--data-dir", type=Path)


def run(options: argparse.Namespace) -> None:
    """Upgrade or check; ends with an error when the database is not up to date."""
    settings = Settings.load(data_dir=options.data_dir)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        problem = asyncio.run(_problem(settings, upgrade=options.what == "upgrade"))
    except (migrations.NewerDatabase, StoreUnavailable) as error:
        problem = str(error)
    if problem:
        sys.exit(f"yingting: {problem}")
    print("the database is up to date")


async def _problem(settings: Settings, *, upgrade: bool) -> str | None:
    store = Store(settings.database_url)
    try:
        if upgrade:
            await migrations.upgrade(store)
        return await migrations.check(store)
    finally:
        await store.close()
