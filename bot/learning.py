"""`yingting train` and `yingting review`: from what was reviewed to the next model, and what it changed."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from bot import review
from bot.engine.engine import Engine
from bot.engine.training import ensure_model, train
from bot.gains import TEST_SETS, compare, labelled
from bot.review import reviewed_file
from bot.settings import PREFIX, ROOT, Settings, SettingsError, data_folder
from hall.errors import StoreUnavailable
from hall.hall import Hall
from hall.review import decided
from hall.store import migrations


async def learn(data_dir: Path | None = None, say: Callable[[str], None] = print) -> Path:
    """Train a model with the reviewed sentences of the database and say what they changed.

    Without a database, or with one that cannot be read, what was reviewed before is taken as it stands.
    """
    folder = data_folder(data_dir)
    path = reviewed_file(folder)
    sentences = await _reviewed(folder, say)
    if sentences is not None and review.write_training_data(path, sentences):
        say(f"{len(sentences)} reviewed sentences: {path}")
    if not path.exists():
        return train(say)
    without = ensure_model(say)
    model = train(say, path)
    if sentences:
        gains = await compare(Engine(without), Engine(model), sentences, labelled(TEST_SETS))
        for line in gains.lines():
            say(line)
    return model


async def review_file(what: str, file: Path, data_dir: Path | None = None) -> str:
    """Export to, or import from, a table; what was done. Raises BadFile, OSError, StoreUnavailable, SettingsError."""
    async with _hall(data_folder(data_dir)) as hall:
        if what == "export":
            return f"{await review.export(hall, file)} messages: {file}"
        changed = await review.take_in(hall, file, intents())
        return f"{changed} messages changed; `yingting train` takes them in"


def intents() -> set[str]:
    """Every intent of the domain."""
    from ruamel.yaml import YAML

    domains = (YAML(typ="safe").load(path) or {} for path in sorted((ROOT / "bot" / "domain").glob("*.yml")))
    return {name for domain in domains for name in domain.get("intents") or ()}


async def _reviewed(folder: Path, say: Callable[[str], None]) -> list[tuple[str, str]] | None:
    if not os.environ.get(PREFIX + "DATABASE_URL") and not (folder / "yingting.sqlite").exists():
        return None
    try:
        async with _hall(folder) as hall:
            return await decided(hall)
    except (SettingsError, StoreUnavailable) as error:
        say(f"the database was not read, what was reviewed before counts: {error}")
        return None


@asynccontextmanager
async def _hall(folder: Path) -> AsyncIterator[Hall]:
    """The hall of a data directory, whose database is up to date. Raises SettingsError, StoreUnavailable."""
    from bot.app import build_hall

    hall = build_hall(Settings.load(data_dir=folder))
    try:
        if problem := await migrations.check(hall.store):
            raise SettingsError(problem)
        yield hall
    finally:
        await hall.store.close()
