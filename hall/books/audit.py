"""Proof that the ledger agrees with the orders, payments and refunds, for every fen of every order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Executable, func, select, union

from hall.books.ledger import CUSTOMER, PAYMENT, REFUND, SUPPLIER, SUSPENSE
from hall.store.tables.books import ledger
from hall.store.tables.topup import OF_THE_ORDER, order_numbers, orders, receipts, refunds

if TYPE_CHECKING:
    from hall.store.unit import Store

REFUND_STATES = ("REFUNDING", "REFUNDED", "REFUND_STUCK")
PAGE_SIZE = 500  # subjects of one statement
Span = tuple[datetime, datetime]  # start, and end that is not part of it
SUBJECTS = (ledger.c.subject, order_numbers.c.order_no, receipts.c.payment_no, refunds.c.order_no)
_RECEIVED = ((receipts.c.payment_no, receipts.c.at), (refunds.c.order_no, refunds.c.done_at))
Flow = tuple[str, str]  # accounts, debit and credit, without the provider's name
FLOWS: tuple[Flow, ...] = (
    (PAYMENT, CUSTOMER),
    (PAYMENT, SUSPENSE),
    (SUSPENSE, REFUND),
    (CUSTOMER, SUPPLIER),
    (CUSTOMER, REFUND),
    (REFUND, PAYMENT),
)


@dataclass(frozen=True, slots=True)
class Unexplained:
    """An order (or the number of a payment for none) whose books are not what they should be."""

    subject: str
    flow: Flow
    booked_fen: int
    expected_fen: int


async def unexplained(store: Store, span: Span | None = None) -> list[Unexplained]:
    """Every difference between the ledger and what it is about; empty when the books are right.

    Looks at what was booked, moved or paid within `span`, or at everything, `PAGE_SIZE` subjects at a time.
    """
    found: list[Unexplained] = []
    async for page in _pages(store) if span is None else _touched(store, span):
        booked, expected = await _booked(store, page), await _expected(store, page)
        found += [
            Unexplained(subject, flow, booked[subject][flow], expected[subject][flow])
            for subject in sorted({*booked, *expected})
            for flow in FLOWS
            if booked[subject][flow] != expected[subject][flow]
        ]
    return found


Sums = defaultdict[str, defaultdict[Flow, int]]


def _sums() -> Sums:
    return defaultdict(lambda: defaultdict(int))


async def _pages(store: Store) -> AsyncIterator[list[str]]:
    """Every subject, in order, a page at a time."""
    last = ""
    while page := [row.subject for row in await store.all(_next(last))]:
        yield page
        last = page[-1]


def _next(last: str) -> Executable:
    """The next page of subjects after `last`: each index gives its first ones, and the database merges them."""
    parts = [
        select(column.label("subject")).where(column > last).distinct().order_by(column).limit(PAGE_SIZE).subquery()
        for column in SUBJECTS
    ]
    return union(*(select(part.c.subject) for part in parts)).order_by("subject").limit(PAGE_SIZE)


async def _touched(store: Store, span: Span) -> AsyncIterator[list[str]]:
    """The subjects of the rows of a span, a page at a time."""
    found: set[str] = set()
    for column, at in ((ledger.c.subject, ledger.c.at), (orders.c.order_no, orders.c.changed_at), *_RECEIVED):
        rows = await store.all(select(column).where(at >= span[0], at < span[1]).distinct())
        found.update(row[0] for row in rows)
    for page in pages(sorted(found)):
        yield page


def pages(values: Sequence[str]) -> Iterator[list[str]]:
    """Slices of at most `PAGE_SIZE` values."""
    return (list(values[start : start + PAGE_SIZE]) for start in range(0, len(values), PAGE_SIZE))


async def _booked(store: Store, subjects: list[str]) -> Sums:
    found = _sums()
    key = (ledger.c.subject, ledger.c.debit, ledger.c.credit)
    sums = select(*key, func.sum(ledger.c.amount_fen).label("fen")).where(ledger.c.subject.in_(subjects))
    for row in await store.all(sums.group_by(*key)):
        flow = (row.debit.partition(":")[0], row.credit.partition(":")[0])
        if flow == (SUSPENSE, PAYMENT):  # booked back: the notice had a wrong amount
            found[row.subject][PAYMENT, SUSPENSE] -= int(row.fen)
        elif flow in FLOWS:
            found[row.subject][flow] += int(row.fen)
    return found


async def _expected(store: Store, subjects: list[str]) -> Sums:
    found = _sums()
    columns = (orders.c.order_no, orders.c.state, orders.c.paid_fen, orders.c.delivered_fen, orders.c.refunded_fen)
    for row in await store.all(select(*columns).where(orders.c.order_no.in_(subjects))):
        mine = found[row.order_no]
        mine[PAYMENT, CUSTOMER] += row.paid_fen
        mine[CUSTOMER, SUPPLIER] += row.paid_fen if row.state == "SUCCEEDED" else row.delivered_fen
        if row.state in REFUND_STATES:
            mine[CUSTOMER, REFUND] += row.paid_fen - row.delivered_fen
        mine[REFUND, PAYMENT] += row.refunded_fen
    beside = receipts.c.payment_no.in_(subjects) & (receipts.c.purpose != "order")
    for row in await store.all(select(receipts.c.payment_no, receipts.c.amount_fen).where(beside)):
        found[row.payment_no][PAYMENT, SUSPENSE] += row.amount_fen
    for row in await store.all(_beside_refunds(subjects)):
        found[row.order_no][SUSPENSE, REFUND] += row.amount_fen
        found[row.order_no][REFUND, PAYMENT] += row.amount_fen if row.state == "done" else 0
    return found


def _beside_refunds(subjects: list[str]) -> Executable:
    columns = (refunds.c.order_no, refunds.c.amount_fen, refunds.c.state)
    return select(*columns).where(refunds.c.order_no.in_(subjects), refunds.c.cause.not_in(OF_THE_ORDER))


def total(differences: Iterable[Unexplained]) -> int:
    """The unexplained fen, in either direction."""
    return sum(abs(d.booked_fen - d.expected_fen) for d in differences)
