"""`yingting erase LINE`: delete what is kept about a line; the books stay, under a pseudonym."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from bot.settings import data_folder
from hall import personal_data
from yingting.commands.export import line_of
from yingting.wiring import migrated_hall


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The line, and whether it is only a question."""
    parser.add_argument("line", help="a mobile number")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be erased")
    parser.add_argument("--data-dir", type=Path)


def run(options: argparse.Namespace) -> None:
    """Exit with 0 when it is done, 1 when something of the line is under way."""
    line, really = line_of(options.line), not options.dry_run
    if really and sys.stdin.isatty() and input(f"erase {line} for good? type its number again: ").strip() != line:
        sys.exit("nothing was erased")
    try:
        lines = asyncio.run(_erase(line, options.data_dir, really=really))
    except personal_data.StillOpen as open_:
        sys.exit(f"nothing was erased, {open_}")
    print("\n".join(lines))


async def _erase(line: str, data_dir: Path | None, *, really: bool) -> list[str]:
    async with migrated_hall(data_folder(data_dir)) as hall:
        subject = await personal_data.of_line(hall.store, line)
        if not really:
            rows = await personal_data.export(hall.store, subject)
            return [*(f"{table:<16} {len(found):>6}" for table, found in rows.items()), "nothing was erased"]
        done = await personal_data.erase(hall.store, hall.secret, subject)
    said = [f"{table:<16} {count:>6} deleted" for table, count in done.deleted.items() if count]
    return [*said, *(f"{table:<16} {count:>6} kept, pseudonymous" for table, count in done.kept.items() if count)]
