"""`yingting reconcile`: reads the files, lets the hall compare, prints what differs."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from bot.settings import Settings
from hall.books.ledger import payment
from hall.books.reconcile import Difference, Report, reconcile
from hall.books.statements import PAYMENT_LAYOUTS, SUPPLIER_LAYOUTS, BadStatement, Statement, read
from hall.context import Hall
from hall.money import yuan
from hall.store import migrations
from yingting.wiring import build_hall

SAYS = {
    "only_theirs": "is on the statement and not in our books",
    "only_ours": "is in our books and not on the statement",
    "amount": "has another amount",
    "order": "is for another order",
    "books": "is booked otherwise than the order says",
    "in_between": "should have come to an end",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The day, the statements, and whether the books of every order are audited."""
    parser.add_argument("--day", help="YYYY-MM-DD in Asia/Shanghai; yesterday when it is not given")
    parser.add_argument("--payments", type=Path, action="append", default=[], metavar="FILE.csv")
    parser.add_argument("--supplier", type=Path, action="append", default=[], metavar="FILE.csv")
    parser.add_argument("--whole", action="store_true", help="the books of every order, not only of the day's")
    parser.add_argument("--data-dir", type=Path)


def run(options: argparse.Namespace) -> None:
    """Exit with 0: all agrees, 1: something differs or was not read, 2: nothing was done."""
    settings = Settings.load(data_dir=options.data_dir)
    sys.exit(asyncio.run(command(settings, options.day, options.payments, options.supplier, whole=options.whole)))


async def command(
    settings: Settings, day: str | None, payments: list[Path], supplier: list[Path], *, whole: bool = False
) -> int:
    """Compare and print; 0: all agrees, 1: something differs or was not read, 2: nothing was done."""
    hall = build_hall(settings)
    try:
        if problem := await migrations.check(hall.store):
            return _refused(problem)
        when = date.fromisoformat(day) if day else hall.clock.local().date() - timedelta(days=1)
        files = _read(hall, payments, supplier)
        report = await reconcile(hall, when, files, whole=whole)
    except BadStatement as error:
        return _refused(str(error))
    except ValueError:
        return _refused(f"--day {day!r} is not a date, YYYY-MM-DD")
    finally:
        await hall.store.close()
    print("\n".join(lines(report)))
    return 1 if report.differences or report.bad else 0


def _read(hall: Hall, payments: list[Path], supplier: list[Path]) -> dict[str, Statement]:
    providers = {adapter.provider for adapter in hall.payments.values()}
    default = payment(providers.pop()) if len(providers) == 1 else ""
    found = {str(path): read(path, PAYMENT_LAYOUTS, default=default) for path in payments}
    return found | {str(path): read(path, SUPPLIER_LAYOUTS, default="supplier") for path in supplier}


def lines(report: Report) -> Iterator[str]:
    """The report as it is printed: what was compared, what could not be read, what differs, the balances."""
    yield f"reconciliation of {report.day}"
    for (party, kind), (count, fen) in sorted(report.compared.items()):
        yield f"  {party:<18} {kind:<9} {count:>6} lines {yuan(fen):>12}"
    for name, bad in report.bad:
        yield f"not read: {Path(name).name} line {bad.row}: {bad.why}"
    for difference in report.differences:
        yield _difference(difference)
    yield f"{len(report.differences)} differences, {len(report.bad)} lines not read"
    yield "balances at the end of the day (owed to others: below zero)"
    for account, fen in report.balances.items():
        yield f"  {account:<18} {yuan(fen):>12}"


def _difference(found: Difference) -> str:
    ours, theirs = ("-" if fen is None else yuan(fen) for fen in (found.ours_fen, found.theirs_fen))
    where = f" (line {found.row})" if found.row else ""
    return f"differs: {found.party} {found.kind} {found.number} {SAYS[found.what]}: ours {ours}, theirs {theirs}{where}"


def _refused(why: str) -> int:
    print(f"yingting: reconcile: {why}", file=sys.stderr)
    return 2
