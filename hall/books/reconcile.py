"""The daily comparison: our books against the statements of the payment provider and of the supplier.

Every difference has a name and opens a case for a person. A file is matched by numbers, not by the
clock: what one side has a minute before midnight and the other after it is a difference of one day
that resolves itself with the next file. The same files again change nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Literal

from sqlalchemy import ColumnElement, select

from hall.books import cases, check
from hall.books.ledger import SUPPLIER, balances, payment
from hall.books.statements import BadLine, Line, Statement
from hall.clock import SHANGHAI
from hall.store.tables.books import ledger, statement_lines
from hall.store.tables.topup import orders, receipts, refunds
from hall.topup import saga

if TYPE_CHECKING:
    from hall.hall import Hall
    from hall.store.unit import Store, Unit

What = Literal["only_theirs", "only_ours", "amount", "order", "books", "in_between"]
Key = tuple[str, str, str]  # party, kind, number


@dataclass(frozen=True, slots=True)
class Ours:
    """What we have booked of a payment, a refund or a delivery."""

    amount_fen: int
    order_no: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference; an amount is None where that side has nothing."""

    what: What
    party: str
    kind: str
    number: str
    order_no: str
    ours_fen: int | None
    theirs_fen: int | None
    row: int | None = None
    known: bool = False  # a person has a case of it already


@dataclass(frozen=True, slots=True)
class Report:
    """What a day's comparison found. `compared`: party and kind → (lines, fen) of the files."""

    day: date
    differences: tuple[Difference, ...]
    bad: tuple[tuple[str, BadLine], ...]
    compared: Mapping[tuple[str, str], tuple[int, int]]
    balances: Mapping[str, int]


async def reconcile(hall: Hall, day: date, statements: Mapping[str, Statement]) -> Report:
    """Compare a day (Asia/Shanghai) with the files, by name, and open a case for each difference.

    Lines that could not be read are reported; what they were about may then be missing on their side.
    """
    lines = [line for statement in statements.values() for line in statement.lines]
    ours = await _ours(hall.store)
    found = [*_theirs_against_ours(lines, ours)]
    found += await _ours_against_theirs(hall.store, day, statements.values(), ours)
    found += [*await _books(hall.store), *await _in_between(hall, day)]
    unit = hall.store.unit()
    for line in lines:
        _keep(unit, line, day)
    for difference in found:
        if not difference.known:
            _open(hall, unit, difference)
    await _resolve(hall, unit, lines, ours)
    await unit.commit()
    bad = tuple((name, line) for name, statement in statements.items() for line in statement.bad)
    end = _span(day)[1]
    return Report(day, tuple(found), bad, _compared(lines), await balances(hall.store, before=end))


async def _ours(store: Store) -> dict[Key, Ours]:
    """Payments by the provider's number, finished refunds by ours, deliveries by the order's."""
    found: dict[Key, Ours] = {}
    for row in await store.all(select(receipts)):
        key = (payment(row.provider), "payment", row.provider_no)
        found[key] = Ours(row.amount_fen, row.payment_no, row.paid_at)
    for row in await store.all(select(refunds).where(refunds.c.state == "done")):
        found[payment(row.provider), "refund", row.refund_no] = Ours(row.amount_fen, row.order_no, row.done_at)
    for row in await store.all(select(ledger).where(ledger.c.credit == SUPPLIER)):
        found[SUPPLIER, "delivery", row.subject] = Ours(row.amount_fen, row.subject, row.at)
    return found


def _theirs_against_ours(lines: Iterable[Line], ours: Mapping[Key, Ours]) -> Iterable[Difference]:
    for line in lines:
        mine = ours.get((line.party, line.kind, line.number))
        what: What | None = None
        if mine is None:
            what = "only_theirs"
        elif mine.amount_fen != line.amount_fen:
            what = "amount"
        elif mine.order_no != line.order_no:
            what = "order"
        if what:
            fen = mine.amount_fen if mine else None
            yield Difference(what, line.party, line.kind, line.number, line.order_no, fen, line.amount_fen, line.row)


async def _ours_against_theirs(
    store: Store, day: date, statements: Iterable[Statement], ours: Mapping[Key, Ours]
) -> list[Difference]:
    """What we have of that day, of those whose files were given, and no file has told of yet."""
    statements = list(statements)
    parties = {party for statement in statements for party in statement.parties}
    told = {(line.party, line.kind, line.number) for statement in statements for line in statement.lines}
    for row in await store.all(select(statement_lines.c.party, statement_lines.c.kind, statement_lines.c.number)):
        told.add((row.party, row.kind, row.number))
    start, end = _span(day)
    return [
        Difference("only_ours", *key, mine.order_no, mine.amount_fen, None)
        for key, mine in sorted(ours.items())
        if key[0] in parties and start <= mine.at < end and key not in told
    ]


async def _books(store: Store) -> list[Difference]:
    return [
        Difference("books", "books", ">".join(d.flow), d.subject, d.subject, d.booked_fen, d.expected_fen)
        for d in await check.unexplained(store)
    ]


async def _in_between(hall: Hall, day: date) -> list[Difference]:
    """Orders that were paid long ago and have not come to an end."""
    end = _span(day)[1]
    late = end - hall.policy.topup.delivery_person_after
    moving: ColumnElement[bool] = orders.c.state.not_in(saga.RESTING)
    rows = await hall.store.all(select(orders).where(moving, orders.c.created_at < late).order_by(orders.c.order_no))
    return [
        Difference(
            "in_between", "orders", row.state, row.order_no, row.order_no, row.paid_fen, None, known=bool(row.stuck)
        )
        for row in rows
    ]


def _keep(unit: Unit, line: Line, day: date) -> None:
    unit.insert_once(
        statement_lines, party=line.party, kind=line.kind, number=line.number, amount_fen=line.amount_fen,
        day=day.isoformat(),
    )  # fmt: skip


def _open(hall: Hall, unit: Unit, found: Difference) -> None:
    kinds: dict[str, cases.Kind] = {"books": "books", "in_between": "in_between"}
    facts = {
        "what": found.what,
        "party": found.party,
        "kind": found.kind,
        "number": found.number,
        "order_no": found.order_no,
        "ours_fen": found.ours_fen,
        "theirs_fen": found.theirs_fen,
    }
    cases.open_case(
        unit, kinds.get(found.what, "statement"), _subject(found.party, found.kind, found.number), facts,
        now=hall.clock.now(), occasion=f"{found.what}:{found.ours_fen}:{found.theirs_fen}",
    )  # fmt: skip


async def _resolve(hall: Hall, unit: Unit, lines: Iterable[Line], ours: Mapping[Key, Ours]) -> None:
    """What was missing on one side and has come by now is no difference any more."""
    told: dict[Key, int] = {(line.party, line.kind, line.number): line.amount_fen for line in lines}
    for row in await hall.store.all(select(statement_lines)):
        told.setdefault((row.party, row.kind, row.number), row.amount_fen)
    for case in await cases.queue(hall.store, kind="statement"):
        key = (case.facts["party"], case.facts["kind"], case.facts["number"])
        mine, theirs = ours.get(key), told.get(key)
        if case.facts["what"] != "order" and mine is not None and mine.amount_fen == theirs:
            cases.settle(unit, case.subject, "agrees now", now=hall.clock.now(), kinds=("statement",))


def _subject(party: str, kind: str, number: str) -> str:
    return number if party in ("books", "orders") else f"{party} {kind} {number}"[-80:]


def _span(day: date) -> tuple[datetime, datetime]:
    start = datetime.combine(day, time(), SHANGHAI)
    return start, start + timedelta(days=1)


def _compared(lines: Iterable[Line]) -> dict[tuple[str, str], tuple[int, int]]:
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for line in lines:
        count, fen = found.get((line.party, line.kind), (0, 0))
        found[line.party, line.kind] = (count + 1, fen + line.amount_fen)
    return found
