"""The daily comparison: our books against the statements of the payment providers and of the supplier.

Every difference has a name and opens a case for a person. Lines are matched by numbers, not by time: a payment
that is a minute before midnight on one side and after it on the other differs for one day, and its case
resolves itself with the next file. The same files again change nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Select, select

from hall.books import audit, cases
from hall.books.cases import Case, NewCase
from hall.books.ledger import SUPPLIER, balances
from hall.books.statements import BadLine, Key, Statement, StatementLine
from hall.change import Change
from hall.clock import SHANGHAI
from hall.store.prepared import inserting_once
from hall.store.tables.books import ledger, statement_lines
from hall.store.tables.topup import MOVING, orders, receipts, refunds

if TYPE_CHECKING:
    from hall.context import Hall
    from hall.store.unit import Store

What = Literal["only_theirs", "only_ours", "amount", "order", "books", "in_between"]
INSERT_LINE = inserting_once(statement_lines)
LINES_PER_TRANSACTION = 1000  # between two of them others may write


@dataclass(frozen=True, slots=True)
class Ours:
    """What the books have of a payment, a refund or a delivery."""

    amount_fen: int
    order_no: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. An amount is None where that side has nothing."""

    what: What
    party: str
    kind: str
    number: str
    order_no: str
    ours_fen: int | None
    theirs_fen: int | None
    row: int | None = None
    known: bool = False  # there is a case of it already


@dataclass(frozen=True, slots=True)
class Report:
    """What a day's comparison found. `compared` gives for party and kind the (lines, fen) of the files."""

    day: date
    differences: tuple[Difference, ...]
    bad: tuple[tuple[str, BadLine], ...]
    compared: Mapping[tuple[str, str], tuple[int, int]]
    balances: Mapping[str, int]


async def reconcile(hall: Hall, day: date, statements: Mapping[str, Statement], *, whole: bool = False) -> Report:
    """Compare a day (Asia/Shanghai) with the files, and open a case for each difference.

    `statements` are by the name that the report shows. `whole` proves the books of every order, not only of those that
    moved on that day. Memory grows with the files and the day, not with the age of the books. Lines that could not be
    read are reported, and what they were about may then be missing on their side.
    """
    store, span = hall.store, _span(day)
    lines = [line for statement in statements.values() for line in statement.lines]
    await _keep(store, lines, day)
    found = await _theirs_against_ours(store, lines)
    for party in sorted({party for statement in statements.values() for party in statement.parties}):
        found += await _ours_against_theirs(store, party, span)
    found += [*await _books(store, None if whole else span), *await _in_between(hall, span)]
    change = Change.begin(hall, store.unit(), "reconcile")
    for difference in found:
        if not difference.known:
            cases.open_case(change, _case(difference))
    await _resolve(change, lines)
    await change.unit.commit()
    bad = tuple((name, line) for name, statement in statements.items() for line in statement.bad)
    return Report(day, tuple(found), bad, _compared(lines), await balances(store, before=span[1]))


async def _keep(store: Store, lines: Sequence[StatementLine], day: date) -> None:
    """Store the lines; of a number that an earlier file had, the first amount stays."""
    for start in range(0, len(lines), LINES_PER_TRANSACTION):
        unit = store.unit()
        for line in lines[start : start + LINES_PER_TRANSACTION]:
            kept = {"party": line.party, "kind": line.kind, "number": line.number, "amount_fen": line.amount_fen}
            unit.stage(INSERT_LINE, kept | {"day": day.isoformat()})
        await unit.commit()


async def _ours(store: Store, keys: Iterable[Key]) -> dict[Key, Ours]:
    """What the books have under those numbers."""
    found: dict[Key, Ours] = {}
    for (party, kind), numbers in _by_party(keys).items():
        booked = _booked(party, kind)
        for page in audit.pages(numbers):
            rows = await store.all(booked.where(booked.selected_columns.number.in_(page)))
            found.update({(party, kind, row.number): Ours(row.amount_fen, row.order_no) for row in rows})
    return found


async def _told(store: Store, keys: Iterable[Key]) -> dict[Key, int]:
    """The amounts of stored lines under those numbers, in fen."""
    found: dict[Key, int] = {}
    for (party, kind), numbers in _by_party(keys).items():
        of = (statement_lines.c.party == party) & (statement_lines.c.kind == kind)
        for page in audit.pages(numbers):
            rows = await store.all(select(statement_lines).where(of, statement_lines.c.number.in_(page)))
            found.update({(party, kind, row.number): row.amount_fen for row in rows})
    return found


def _by_party(keys: Iterable[Key]) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for party, kind, number in keys:
        found.setdefault((party, kind), []).append(number)
    return found


def _booked(party: str, kind: str) -> Select[Any]:
    """Our payments by the provider's number, finished refunds by ours, deliveries by the order's.

    Columns: number, order_no, amount_fen, at.
    """
    _, _, provider = party.partition(":")
    if kind == "payment":
        of, number, order_no, at = receipts, receipts.c.provider_no, receipts.c.payment_no, receipts.c.paid_at
        mine = receipts.c.provider == provider
    elif kind == "refund":
        of, number, order_no, at = refunds, refunds.c.refund_no, refunds.c.order_no, refunds.c.done_at
        mine = (refunds.c.provider == provider) & (refunds.c.state == "done")
    else:
        of, number, order_no, at = ledger, ledger.c.subject, ledger.c.subject, ledger.c.at
        mine = ledger.c.credit == SUPPLIER
    return select(number.label("number"), order_no.label("order_no"), of.c.amount_fen, at.label("at")).where(mine)


async def _theirs_against_ours(store: Store, lines: Iterable[StatementLine]) -> list[Difference]:
    lines = list(lines)
    ours = await _ours(store, [line.key for line in lines])
    found = []
    for line in lines:
        mine = ours.get(line.key)
        what: What | None = None
        if mine is None:
            what = "only_theirs"
        elif mine.amount_fen != line.amount_fen:
            what = "amount"
        elif mine.order_no != line.order_no:
            what = "order"
        if what:
            fen = mine.amount_fen if mine else None
            found.append(Difference(what, *line.key, line.order_no, fen, line.amount_fen, line.row))
    return found


async def _ours_against_theirs(store: Store, party: str, span: audit.Span) -> list[Difference]:
    """What the books have of that day with a party whose file was given, and no file has had yet."""
    found = []
    for kind in ("delivery",) if party == SUPPLIER else ("payment", "refund"):
        booked = _booked(party, kind)
        ours = booked.selected_columns
        told = select(statement_lines.c.number).where(
            statement_lines.c.party == party, statement_lines.c.kind == kind, statement_lines.c.number == ours.number
        )
        late = booked.where(ours.at >= span[0], ours.at < span[1], ~told.exists()).order_by(ours.number)
        found += [
            Difference("only_ours", party, kind, row.number, row.order_no, row.amount_fen, None)
            for row in await store.all(late)
        ]
    return found


async def _books(store: Store, span: audit.Span | None) -> list[Difference]:
    return [
        Difference("books", "books", ">".join(d.flow), d.subject, d.subject, d.booked_fen, d.expected_fen)
        for d in await audit.unexplained(store, span)
    ]


async def _in_between(hall: Hall, span: audit.Span) -> list[Difference]:
    """Orders that were paid long ago and have no end yet."""
    late = span[1] - hall.policy.topup.delivery_person_after
    rows = await hall.store.all(select(orders).where(MOVING, orders.c.created_at < late).order_by(orders.c.order_no))
    return [
        Difference(
            "in_between", "orders", row.state, row.order_no, row.order_no, row.paid_fen, None, known=bool(row.stuck)
        )
        for row in rows
    ]


def _case(found: Difference) -> NewCase:
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
    subject, occasion = _subject(found), f"{found.what}:{found.ours_fen}:{found.theirs_fen}"
    return NewCase(kinds.get(found.what, "statement"), subject, facts, occasion=occasion)


async def _resolve(change: Change, lines: Iterable[StatementLine]) -> None:
    """Resolve the cases of what was missing on one side and agrees now."""
    store = change.hall.store
    waiting = [(_key(case), case) for case in await cases.queue(store, kind="statement")]
    keys = {key for key, _ in waiting}
    ours, told = await _ours(store, keys), await _told(store, keys)
    told |= {line.key: line.amount_fen for line in lines if line.key in keys}  # the newest file counts
    for key, case in waiting:
        mine = ours.get(key)
        if case.facts["what"] != "order" and mine is not None and mine.amount_fen == told.get(key):
            cases.resolve(change, case.subject, "agrees now", ("statement",))


def _key(case: Case) -> Key:
    return case.facts["party"], case.facts["kind"], case.facts["number"]


def _subject(found: Difference) -> str:
    """An order's number, else what names the line; at most the 80 characters of its column."""
    if found.party in ("books", "orders"):
        return found.number
    return f"{found.party} {found.kind} {found.number}"[-80:]


def _span(day: date) -> tuple[datetime, datetime]:
    start = datetime.combine(day, time(), SHANGHAI)
    return start, start + timedelta(days=1)


def _compared(lines: Iterable[StatementLine]) -> dict[tuple[str, str], tuple[int, int]]:
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for line in lines:
        count, fen = found.get((line.party, line.kind), (0, 0))
        found[line.party, line.kind] = (count + 1, fen + line.amount_fen)
    return found
