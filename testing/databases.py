"""Databases for tests: SQLite files made once and copied, the demonstration's rules read once."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import create_engine

from hall.bss.demo import seed
from hall.clock import Clock
from hall.policy import Policy
from hall.store.tables import metadata
from hall.store.unit import Store


class SqliteTemplates:
    """SQLite files with all tables, empty or with the demonstration's customers; each test takes a copy."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._empty = folder / "empty.sqlite"
        engine = create_engine(f"sqlite:///{self._empty}")
        metadata.create_all(engine)
        engine.dispose()

    def empty(self, target: Path) -> str:
        """The URL of an empty database, copied to `target`."""
        shutil.copy(self._empty, target)
        return f"sqlite:///{target}"

    async def seeded(self, target: Path, clock: Clock) -> str:
        """The same with the demonstration's customers as of the clock's day."""
        template = self._folder / f"seeded-{clock.now():%Y%m%d%H%M}.sqlite"
        if not template.exists():
            store = Store(self.empty(template))
            await seed(store, clock)
            await store.close()  # the last connection folds the write-ahead log into the file
        shutil.copy(template, target)
        return f"sqlite:///{target}"


def read_once(load: Callable[..., Policy]) -> Callable[..., Policy]:
    """`Policy.load` that remembers the demonstration's rules: they do not change while tests run.

    Reading them takes longer than a short dialogue. Another operator's are read each time.
    """
    remembered = functools.cache(load)

    def load_once(folder: Path | str | None = None) -> Policy:
        return remembered() if folder is None else load(folder)

    return load_once
