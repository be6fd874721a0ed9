"""`yingting review`: messages that were not understood, out as a table and back in."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from bot.dialogue.registry import intents
from bot.learning import review_file
from bot.learning.review_file import BadFile
from bot.settings import data_folder
from yingting.wiring import migrated_hall


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which way, and the file."""
    parser.add_argument("what", choices=("export", "import"))
    parser.add_argument("file", type=Path)
    parser.add_argument("--data-dir", type=Path)


def run(options: argparse.Namespace) -> None:
    """Export or import, and say what was done."""
    try:
        print(asyncio.run(review(options.what, options.file, options.data_dir)))
    except BadFile as error:
        sys.exit(f"yingting: {options.file} was not taken in, nothing was changed\n{error}")
    except OSError as error:
        sys.exit(f"yingting: {options.file}: {error.strerror}")


async def review(what: str, file: Path, data_dir: Path | None = None) -> str:
    """Export to, or import from, a table; what was done. Raises BadFile, OSError, StoreUnavailable, SettingsError."""
    async with migrated_hall(data_folder(data_dir)) as hall:
        if what == "export":
            return f"{await review_file.export(hall, file)} messages: {file}"
        changed = await review_file.take_in(hall, file, intents())
        return f"{changed} messages changed; `yingting train` takes them in"
