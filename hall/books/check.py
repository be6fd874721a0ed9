"""Whether the books say what the orders, payments and refunds say: every fen of every order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Executable, func, select

from hall.books.ledger import CUSTOMER, PAYMENT, REFUND, SUPPLIER, SUSPENSE
from hall.store.tables.books import ledger
from hall.store.tables.topup import OF_THE_ORDER, orders, receipts, refunds

if TYPE_CHECKING:
    from hall.store.unit import Store

REFUND_STATES = ("REFUNDING", "REFUNDED", "REFUND_STUCK")
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


async def unexplained(store: Store) -> list[Unexplained]:
    """Every difference between the ledger and what it is about; empty when the books are right."""
    booked, expected = await _booked(store), await _expected(store)
    return [
        Unexplained(subject, flow, booked[subject][flow], expected[subject][flow])
        for subject in sorted({*booked, *expected})
        for flow in FLOWS
        if booked[subject][flow] != expected[subject][flow]
    ]


Sums = defaultdict[str, defaultdict[Flow, int]]


def _sums() -> Sums:
    return defaultdict(lambda: defaultdict(int))


async def _booked(store: Store) -> Sums:
    found = _sums()
    pair = (ledger.c.subject, ledger.c.debit, ledger.c.credit)
    for row in await store.all(select(*pair, func.sum(ledger.c.amount_fen).label("fen")).group_by(*pair)):
        flow = (row.debit.partition(":")[0], row.credit.partition(":")[0])
        if flow == (SUSPENSE, PAYMENT):  # booked back: the payment had been told wrong
            found[row.subject][PAYMENT, SUSPENSE] -= int(row.fen)
        elif flow in FLOWS:
            found[row.subject][flow] += int(row.fen)
    return found


async def _expected(store: Store) -> Sums:
    found = _sums()
    columns = (orders.c.order_no, orders.c.state, orders.c.paid_fen, orders.c.delivered_fen, orders.c.refunded_fen)
    for row in await store.all(select(*columns)):
        mine = found[row.order_no]
        mine[PAYMENT, CUSTOMER] += row.paid_fen
        mine[CUSTOMER, SUPPLIER] += row.paid_fen if row.state == "SUCCEEDED" else row.delivered_fen
        if row.state in REFUND_STATES:
            mine[CUSTOMER, REFUND] += row.paid_fen - row.delivered_fen
        mine[REFUND, PAYMENT] += row.refunded_fen
    beside = receipts.c.purpose != "order"
    for row in await store.all(select(receipts.c.payment_no, receipts.c.amount_fen).where(beside)):
        found[row.payment_no][PAYMENT, SUSPENSE] += row.amount_fen
    for row in await store.all(_beside_refunds()):
        found[row.order_no][SUSPENSE, REFUND] += row.amount_fen
        found[row.order_no][REFUND, PAYMENT] += row.amount_fen if row.state == "done" else 0
    return found


def _beside_refunds() -> Executable:
    return select(refunds.c.order_no, refunds.c.amount_fen, refunds.c.state).where(refunds.c.cause.not_in(OF_THE_ORDER))


def total(differences: Iterable[Unexplained]) -> int:
    """How many fen are unexplained, in either direction."""
    return sum(abs(d.booked_fen - d.expected_fen) for d in differences)
