"""A simulated payment provider and supplier that know what really happened.

Whatever they answer, or fail to answer, `payments`, `refunds` and `taken` hold the truth, and a proof compares the hall
with it. The same refund number pays back once, the same order number delivers once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select

from hall.books import audit, cases
from hall.books.ledger import balances
from hall.books.statements import Statement, StatementLine
from hall.bss.supplier.port import Delivery, DeliveryState
from hall.clock import Clock
from hall.context import Hall
from hall.payments.port import Charge, Notice, PaymentLink, PaymentState, Refund, RefundState
from hall.store.tables import topup as tables
from hall.topup import orders, receipts, refund, states
from hall.topup.orders import Order

FATES = ("deliver", "fail", "partial", "silent", "transit")  # what the supplier does with an order
TRANSIT = timedelta(minutes=30)  # so long it does not find what is on its way to the network


Trouble = Callable[[str, str, str], None]  # (before or after, call, order's number): may raise


class Crash(Exception):
    """The process dies here."""


@dataclass
class Provider:
    """A payment provider. `trouble` may raise: before a call has an effect, or after it."""

    clock: Clock
    trouble: Trouble = lambda *_: None
    provider: str = "demo"
    payments: dict[str, Notice] = field(default_factory=dict)  # by its own number
    refunds: dict[str, Refund] = field(default_factory=dict)  # by ours
    refunded_at: dict[str, datetime] = field(default_factory=dict)
    refuses: set[str] = field(default_factory=set)  # payments whose refund is refused
    slow: set[str] = field(default_factory=set)  # payments whose refund is processing

    def pay(self, payment_no: str, amount_fen: int, *, again: bool = False) -> Notice:
        """The customer pays; the notice that the provider will send."""
        provider_no = f"P{payment_no}{'B' if again else 'A'}"
        first = Notice(self.provider, f"N{provider_no}", payment_no, amount_fen, provider_no, self.clock.now())
        return self.payments.setdefault(provider_no, first)

    async def create(self, charge: Charge) -> PaymentLink:
        return PaymentLink("", charge.expires_at)

    def verify_notice(self, headers: object, body: bytes) -> Notice:
        raise NotImplementedError  # notices are handed over verified here

    async def query(self, payment_no: str) -> PaymentState:
        self.trouble("before", "query_payment", payment_no)
        paid = self.payments.get(f"P{payment_no}A")
        self.trouble("after", "query_payment", payment_no)
        return PaymentState("paid", paid) if paid else PaymentState("unpaid")

    async def refund(self, found: Refund) -> RefundState:
        self.trouble("before", "refund", found.payment_no)
        paid = self.payments[found.provider_no]
        kept = self.refunds.get(found.refund_no)
        if kept is None and found.provider_no in self.refuses:
            state = RefundState("failed", "account closed")
        elif kept is None and found.amount_fen > paid.amount_fen - self._back(found.provider_no):
            state = RefundState("failed", "more than was paid")
        else:
            assert self.refunds.setdefault(found.refund_no, found) == found, "one number, two refunds"
            self.refunded_at.setdefault(found.refund_no, self.clock.now())
            state = self._state(found)
        self.trouble("after", "refund", found.payment_no)
        return state

    async def query_refund(self, found: Refund) -> RefundState:
        self.trouble("before", "query_refund", found.payment_no)
        state = self._state(found) if found.refund_no in self.refunds else RefundState("failed", "no such refund")
        self.trouble("after", "query_refund", found.payment_no)
        return state

    def _back(self, provider_no: str) -> int:
        return sum(r.amount_fen for r in self.refunds.values() if r.provider_no == provider_no)

    def _state(self, found: Refund) -> RefundState:
        return RefundState("processing" if found.provider_no in self.slow else "done")


@dataclass
class Supplier:
    """A supplier: what it does with an order is its fate, once it has the order."""

    clock: Clock
    trouble: Trouble = lambda *_: None
    fates: dict[str, str] = field(default_factory=dict)
    taken: dict[str, Delivery] = field(default_factory=dict)
    taken_at: dict[str, datetime] = field(default_factory=dict)
    price: Callable[[str], int] = lambda _order_no: 0

    async def submit(self, delivery: Delivery) -> DeliveryState:
        self.trouble("before", "submit", delivery.order_no)
        self.taken.setdefault(delivery.order_no, delivery)
        self.taken_at.setdefault(delivery.order_no, self.clock.now())
        self.trouble("after", "submit", delivery.order_no)
        return DeliveryState("accepted", f"S{delivery.order_no}")

    async def query(self, order_no: str) -> DeliveryState:
        self.trouble("before", "query", order_no)
        answer = self.answer(order_no)
        self.trouble("after", "query", order_no)
        return answer

    def answer(self, order_no: str) -> DeliveryState:
        """What it says now."""
        if order_no not in self.taken:
            return DeliveryState("not_found")
        fate = self.fates.get(order_no, "deliver")
        if fate == "partial":
            return DeliveryState("partial", delivered_fen=self.worth(order_no))
        found = self.clock.now() - self.taken_at[order_no] >= TRANSIT
        words = {"deliver": "succeeded", "fail": "failed", "silent": "processing"}
        words["transit"] = "succeeded" if found else "not_found"
        return DeliveryState(words[fate])  # type: ignore[arg-type]

    def worth(self, order_no: str) -> int:
        """What it really delivered of an order, in fen of the order's price."""
        if order_no not in self.taken:
            return 0
        fate, price = self.fates.get(order_no, "deliver"), self.price(order_no)
        return {"deliver": price, "transit": price, "partial": price * 2 // 5}.get(fate, 0)


def statement(
    provider: Provider, supplier: Supplier, start: datetime | None = None, end: datetime | None = None
) -> dict[str, Statement]:
    """What both would write into their files: of everything so far, or of a span."""

    def within(at: datetime) -> bool:
        return (start is None or start <= at) and (end is None or at < end)

    party = f"payment:{provider.provider}"
    paid = [
        StatementLine(0, party, "payment", n.provider_no, n.payment_no, n.amount_fen)
        for n in provider.payments.values()
        if within(n.paid_at)
    ]
    back = [
        StatementLine(0, party, "refund", r.refund_no, r.payment_no, r.amount_fen)
        for r in provider.refunds.values()
        if within(provider.refunded_at[r.refund_no])
    ]
    sent = [
        StatementLine(0, "supplier", "delivery", order_no, order_no, supplier.worth(order_no))
        for order_no, at in supplier.taken_at.items()
        if within(at) and supplier.worth(order_no)
    ]
    return {
        "payments": Statement((*paid, *back), (), frozenset({party})),
        "supplier": Statement(tuple(sent), (), frozenset({"supplier"})),
    }


async def assert_nothing_lost(
    hall: Hall, provider: Provider, supplier: Supplier, all_orders: list[Order], *, final: bool
) -> None:
    """Nobody lost or doubled anything. `final`: everything had its time, so nothing may be under way."""
    assert sum((await balances(hall.store)).values()) == 0
    assert await audit.unexplained(hall.store) == []
    numbers: dict[str, set[str]] = defaultdict(set)
    for found in provider.refunds.values():
        numbers[found.provider_no].add(found.refund_no)
    assert all(len(of) == 1 for of in numbers.values()), "a payment went back under two numbers"
    await _directories(hall, all_orders)
    known = Known.of(provider, supplier)
    for order in all_orders:
        await _order(hall, supplier, order, known, final)


@dataclass
class Known:
    """What the world outside knows, by what an order is looked up with."""

    lines: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # order numbers by line
    paid: Counter[str] = field(default_factory=Counter)  # fen by the order's number
    back: Counter[str] = field(default_factory=Counter)  # the same
    refunds: Mapping[str, Refund] = field(default_factory=dict)  # by their own numbers

    @classmethod
    def of(cls, provider: Provider, supplier: Supplier) -> Known:
        known = cls(refunds=provider.refunds)
        for delivery in supplier.taken.values():
            known.lines[delivery.msisdn].add(delivery.order_no)
        for notice in provider.payments.values():
            known.paid[notice.payment_no] += notice.amount_fen
        for found in provider.refunds.values():
            known.back[found.payment_no] += found.amount_fen
        return known


async def _order(hall: Hall, supplier: Supplier, order: Order, known: Known, final: bool) -> None:
    number = order.order_no
    assert known.lines[order.msisdn] <= {number}, f"{number} was submitted under another number"
    paid, back = known.paid[number], known.back[number]
    main = known.refunds.get(refund.refund_no(order))
    assert not (order.state == states.SUCCEEDED and main), f"{number} succeeded and was refunded"
    assert main is None or main.amount_fen <= order.price_fen
    worth = supplier.worth(number)
    if order.state == states.SUCCEEDED:
        assert worth == order.paid_fen == order.price_fen
    if order.state == states.REFUNDED:
        assert order.delivered_fen == worth
    if final:
        assert order.state in states.RESTING, f"{number} is {order.state} for ever"
        held = sum(r.amount_fen for r in await receipts.about(hall.store, number) if r.purpose in receipts.HELD)
        assert paid - back == worth + held, f"{number}: paid {paid}, back {back}, worth {worth}, held {held}"
        if held:
            assert await cases.about(hall.store, number)


async def _directories(hall: Hall, all_orders: list[Order]) -> None:
    """Each number leads to its order, and what lines pay and get counts as their orders do."""
    numbers = {row.order_no: row.conversation for row in await hall.store.all(select(tables.order_numbers))}
    assert numbers == {order.order_no: order.conversation for order in all_orders}
    lines = await hall.store.all(select(tables.line_orders))
    counts = {**dict.fromkeys(("PAID", "SUBMITTING", "PROCESSING"), "running"), "SUCCEEDED": "delivered"}
    expected = {
        (line, order.order_no): (
            order.conversation,
            line == order.payer,
            line == order.msisdn,
            order.sku,
            counts.get(order.state),
            order.created_at,
        )
        for order in all_orders
        for line in {order.msisdn, order.payer} - {None}
    }
    assert expected == {
        (row.msisdn, row.order_no): (row.conversation, row.pays, row.gets, row.sku, row.counts, row.created_at)
        for row in lines
    }


async def placed(hall: Hall) -> list[Order]:
    """Every order of the hall."""
    return [orders.Order.of(row) for row in await hall.store.all(select(tables.orders))]
