"""A hall with the demonstration's payments and supplier, whose dispatcher the tests run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select

from hall.bss.supplier.demo import DemoSupplier
from hall.bss.supplier.port import Delivery, DeliveryState
from hall.context import Hall
from hall.payments.demo import demo_payments
from hall.payments.port import Notice
from hall.store.dispatcher import Dispatcher
from hall.store.tables.core import inbox, outbox
from hall.topup import orders, payment
from hall.topup.jobs import register
from hall.topup.orders import Order, Placing

EVERYDAY = "13800138000"
PAID = "paid on the page"


@dataclass
class ScriptedSupplier:
    """Answers as the test says; exceptions are raised. The last answer of a list is repeated."""

    submits: list[DeliveryState | Exception] = field(default_factory=lambda: [DeliveryState("accepted", "S1")])
    queries: list[DeliveryState | Exception] = field(default_factory=lambda: [DeliveryState("processing")])
    submitted: list[str] = field(default_factory=list)

    async def submit(self, delivery: Delivery) -> DeliveryState:
        self.submitted.append(delivery.order_no)
        return _next(self.submits)

    async def query(self, order_no: str) -> DeliveryState:
        return _next(self.queries)


def _next(answers: list[DeliveryState | Exception]) -> DeliveryState:
    answer = answers.pop(0) if len(answers) > 1 else answers[0]
    if isinstance(answer, Exception):
        raise answer
    return answer


@dataclass
class TopupRig:
    """What the tests do with the hall."""

    hall: Hall
    dispatcher: Dispatcher

    async def order(self, *, confirmation: str = "c1", conversation: str = "web:demo:a", **wish: Any) -> Order:
        """Place an order of 1 GB and commit it."""
        package = self.hall.policy.package(wish.pop("sku", "N1G"))
        assert package is not None
        unit = self.hall.store.unit()
        placing = Placing(
            confirmation,
            conversation,
            wish.pop("payer", None),
            wish.pop("msisdn", EVERYDAY),
            package,
            wish.pop("way", "wechat"),
        )
        order = await orders.place(self.hall, unit, placing)
        await unit.commit()
        return order

    async def pay(self, order: Order, **changes: Any) -> str:
        """The customer pays at the provider, whose notice arrives."""
        demo: Any = self.hall.payments[order.way]
        await demo.create(payment.charge(order))
        unit = self.hall.store.unit()
        await demo.pay(order.order_no, unit)
        await unit.commit()
        notice = self.notice(order, **changes)
        return await payment.record(self.hall, notice, actor="notice:demo")

    def notice(self, order: Order, **changes: Any) -> Notice:
        """The notice of an order's payment."""
        now = self.hall.clock.now()
        whole = Notice("demo", f"N{order.order_no}", order.order_no, order.price_fen, f"DEMO{order.order_no}", now)
        return replace(whole, **changes)

    async def passes(self, **span: float) -> None:
        """Deliver what is due, let time pass, and deliver what is due then."""
        await self.dispatcher.settle()
        self.hall.clock.advance(timedelta(**span))
        await self.dispatcher.settle()

    async def now(self, order: Order) -> Order:
        """The order as it is."""
        found = await orders.find(self.hall.store, order.order_no)
        assert found is not None
        return found

    async def told(self) -> list[str]:
        """The responses that customers were sent, in order."""
        rows = await self.hall.store.all(select(inbox.c.body).order_by(inbox.c.arrival))
        return [row.body["response"] for row in rows]

    async def moves(self, order: Order) -> list[str]:
        """The states that the order went through."""
        return [row.after for row in await orders.history(self.hall.store, order.order_no)]

    async def dead(self) -> Sequence[Row[Any]]:
        """Messages that were given up."""
        return await self.hall.store.all(select(outbox).where(outbox.c.state == "dead"))


@pytest.fixture
def shop(hall: Hall) -> TopupRig:
    """The demonstration's shop."""
    return demo_shop(hall)


def demo_shop(hall: Hall) -> TopupRig:
    """A shop with the demonstration's payments and supplier."""
    payments = demo_payments(hall.store, hall.clock, hall.secret, hall.public_url)
    return open_shop(replace(hall, payments=payments, supplier=DemoSupplier(hall.store, hall.clock, hall.bss)))


def open_shop(hall: Hall) -> TopupRig:
    """A shop on that hall."""
    dispatcher = Dispatcher(hall.store, hall.clock)
    register(dispatcher, hall)
    return TopupRig(hall, dispatcher)


def with_supplier(shop: TopupRig, supplier: ScriptedSupplier) -> TopupRig:
    """The same shop with another supplier."""
    return open_shop(replace(shop.hall, supplier=supplier))
