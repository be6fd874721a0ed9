"""`yingting train`: from what was reviewed to the next model, and what it changed."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path

from bot.engine.engine import Engine
from bot.engine.training import ensure_model, train
from bot.learning import review_file
from bot.learning.evaluation import TEST_SETS, compare, labelled
from bot.learning.review_file import reviewed_file
from bot.settings import PREFIX, SettingsError, data_folder
from hall.errors import StoreUnavailable
from hall.private_files import write_private
from hall.review import decided
from yingting.wiring import migrated_hall

NICE = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the data are."""
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--report", type=Path, help="write what changed there, as JSON")
    parser.add_argument(
        "--unless-worse", action="store_true", help="put the sentences of before back where the test set suffers"
    )


def run(options: argparse.Namespace) -> None:
    """Train and say what changed."""
    if options.report is not None:
        os.nice(NICE)  # beside a hall that serves customers, who go first
    told = asyncio.run(learn(options.data_dir, unless_worse=options.unless_worse))[1]
    if options.report is not None:
        write_private(options.report, json.dumps(told, ensure_ascii=False).encode())


async def learn(
    data_dir: Path | None = None, say: Callable[[str], None] = print, *, unless_worse: bool = False
) -> tuple[Path, dict[str, object]]:
    """Train a model with the reviewed sentences of the database and say what they changed; gives the figures, too.

    Without a database, or with one that cannot be read, what was reviewed before is taken as it stands. With
    `unless_worse` a model that loses on the test set is not kept (`put_back` in the figures).
    """
    folder = data_folder(data_dir)
    path = reviewed_file(folder)
    before = path.read_bytes() if path.exists() else None
    sentences = await _reviewed(folder, say)
    if sentences is not None and review_file.write_training_data(path, sentences, say):
        say(f"{len(sentences)} reviewed sentences: {path}")
    if not path.exists():
        return train(say), {}
    without = ensure_model(say)
    model = _trained(path, before, say)
    if not sentences:
        return model, {}
    gains = await compare(Engine(without), Engine(model), sentences, labelled(TEST_SETS))
    for line in gains.lines():
        say(line)
    if not (unless_worse and gains.is_worse):
        return model, gains.figures()
    _put_back(path, before)
    say("worse: the model of before goes on")
    return without, gains.figures() | {"put_back": True}


def _trained(path: Path, before: bytes | None, say: Callable[[str], None]) -> Path:
    """The model with what was reviewed. What cannot be trained on does not stay where the next start finds it."""
    try:
        return train(say, path)
    except BaseException:
        _put_back(path, before)
        raise


def _put_back(path: Path, before: bytes | None) -> None:
    if before is None:
        path.unlink()
    else:
        write_private(path, before)


async def _reviewed(folder: Path, say: Callable[[str], None]) -> list[tuple[str, str]] | None:
    if not os.environ.get(PREFIX + "DATABASE_URL") and not (folder / "yingting.sqlite").exists():
        return None
    try:
        async with migrated_hall(folder) as hall:
            return await decided(hall)
    except (SettingsError, StoreUnavailable) as error:
        say(f"the database was not read, what was reviewed before counts: {error}")
        return None
