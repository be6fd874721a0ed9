"""`yingting export LINE`: all that is kept about a line, as JSON, for its customer or a complaint."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path

from bot.settings import SettingsError, data_folder
from hall import msisdn, personal_data
from hall.private_files import write_private
from yingting.wiring import migrated_hall


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The line, and where to."""
    parser.add_argument("line", help="a mobile number")
    parser.add_argument("--out", type=Path, metavar="FILE.json", help="a file that only you may read, not the terminal")
    parser.add_argument("--data-dir", type=Path)


def run(options: argparse.Namespace) -> None:
    """Print it, or write it into a file."""
    found = asyncio.run(_found(line_of(options.line), options.data_dir))
    if options.out:
        write_private(options.out, f"{found}\n".encode())
        print(f"{options.out}: only you may read it", file=sys.stderr)
    else:
        print(found)


def line_of(given: str) -> str:
    """The eleven digits; raises SettingsError."""
    line = msisdn.normalise(given)
    if line is None:
        raise SettingsError(f"{given!r} is no mobile number")
    return line


async def _found(line: str, data_dir: Path | None) -> str:
    async with migrated_hall(data_folder(data_dir)) as hall:
        subject = await personal_data.of_line(hall.store, line)
        rows = await personal_data.export(hall.store, subject)
        return json.dumps({"line": line} | rows, ensure_ascii=False, indent=2, default=str)
