"""Two tabs, devices, workers, agents at once on one order: one order, one payment, one delivery or refund."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from hall.context import Hall
from hall.errors import Conflict
from hall.store.dispatcher import Dispatcher
from hall.store.tables import topup as tables
from hall.store.unit import Store
from hall.topup import back_office, delivery, jobs, orders, payment, refund, states
from hall.topup.back_office import Act
from hall.topup.orders import Order, Placing
from testing.topup_rig import FATES, Provider, Supplier, assert_nothing_lost, placed

pytestmark = pytest.mark.both

ROUNDS = int(os.environ.get("YINGTING_TEST_ROUNDS", "60"))  # `make races`: 1,000


class Worker:
    """A process with connections and a dispatcher of its own, on the same database and with the same systems
    outside."""

    def __init__(self, hall: Hall, store: Store) -> None:
        self.hall = replace(hall, store=store)
        self.dispatcher = Dispatcher(store, hall.clock)
        jobs.register(self.dispatcher, self.hall)

    async def confirm(self, confirmation: str, line: str) -> Order:
        """As a turn of the conversation in which it was shown does it: a conflict runs it again."""
        package = self.hall.policy.package("N1G")
        assert package is not None
        wish = Placing(confirmation, "web:a:b", None, line, package, "wechat")
        for _ in range(10):
            unit = self.hall.store.unit()
            order = await orders.place(self.hall, unit, wish)
            try:
                await unit.commit()
            except Conflict:
                continue
            return order
        raise AssertionError("never placed")


@pytest_asyncio.fixture
async def workers(hall: Hall, store: Store) -> AsyncIterator[tuple[Worker, Worker]]:
    provider = Provider(hall.clock)
    supplier = Supplier(hall.clock, price=lambda _: 2500)
    hall = replace(hall, payments={"wechat": provider}, supplier=supplier)  # type: ignore[arg-type]
    other = Store(store.url)
    yield Worker(hall, store), Worker(hall, other)
    await other.close()


async def anyway(work: Awaitable[Any]) -> Any:
    """Run work that may lose against another: a provider or a customer would try again."""
    try:
        return await work
    except (Conflict, back_office.NotNow) as lost:
        return lost


async def test_whoever_is_first_everybody_agrees(workers: tuple[Worker, Worker]) -> None:
    rng = random.Random(20261115)
    first, second = workers
    hall, clock = first.hall, first.hall.clock
    provider: Any = hall.payments["wechat"]
    supplier: Any = hall.supplier
    for number in range(ROUNDS):
        line = f"138{number:08d}"
        both = await asyncio.gather(first.confirm(f"c{number}", line), second.confirm(f"c{number}", line))
        assert both[0].order_no == both[1].order_no
        order = both[0]
        supplier.fates[order.order_no] = rng.choice(FATES[:3])
        if rng.random() < 0.2:
            provider.refuses.add(f"P{order.order_no}A")
        acts = _acts(rng, workers, provider, supplier, order)
        rng.shuffle(acts)
        await asyncio.gather(*(anyway(act()) for act in acts))
        clock.advance(timedelta(seconds=rng.choice([0, 3, 3, 1900])))
        await asyncio.gather(
            first.dispatcher.settle(), second.dispatcher.settle(), *(anyway(act()) for act in acts[:2])
        )
    await _rest(workers, provider)
    all_orders = await placed(hall)
    assert len(all_orders) == ROUNDS
    assert {order.state for order in all_orders} <= {*states.RESTING}
    await assert_nothing_lost(hall, provider, supplier, all_orders, final=True)
    twice = select(func.count()).select_from(tables.refunds).group_by(tables.refunds.c.provider_no)
    assert all(row[0] == 1 for row in await hall.store.all(twice))


def _acts(
    rng: random.Random, workers: tuple[Worker, Worker], provider: Provider, supplier: Supplier, order: Order
) -> list[Callable[[], Awaitable[Any]]]:
    """What happens to an order at the same moment, by either worker."""

    def by() -> Hall:
        return rng.choice(workers).hall

    acts: list[Callable[[], Awaitable[Any]]] = []
    if rng.random() < 0.9:
        paid = provider.pay(order.order_no, 2500)
        for notice_id in ("n", "n", "m"):
            told = replace(paid, notice_id=f"{notice_id}{order.order_no}")
            acts.append(partial(payment.record, by(), told, actor="notice"))
    if rng.random() < 0.3:
        again = provider.pay(order.order_no, 2500, again=True)
        acts.append(partial(payment.record, by(), again, actor="notice"))
    if rng.random() < 0.4:
        acts.append(partial(payment.cancel, by(), order.order_no))
    if rng.random() < 0.3:
        acts.append(partial(_callback, by(), supplier, order.order_no))
    return [*acts, partial(rng.choice(workers).confirm, order.confirmation, order.msisdn)]


async def _callback(hall: Hall, supplier: Supplier, order_no: str) -> None:
    if order_no in supplier.taken:
        await delivery.record_callback(hall, order_no, supplier.answer(order_no), actor="callback:s")


async def _rest(workers: tuple[Worker, Worker], provider: Provider) -> None:
    """Time passes; two agents resubmit the same stuck refunds at once."""
    first, second = workers
    for minutes in (0, 1, 31, 60, 600):
        first.hall.clock.advance(timedelta(minutes=minutes))
        await asyncio.gather(first.dispatcher.settle(rounds=500), second.dispatcher.settle(rounds=500))
    provider.refuses.clear()
    for order in await placed(first.hall):
        for found in await refund.about(first.hall.store, order.order_no):
            if found.state == refund.STUCK:
                keys = ((first, "ben"), (second, "anna"))
                await asyncio.gather(
                    *(anyway(back_office.resubmit(w.hall, found.refund_no, Act(a, a))) for w, a in keys)
                )
    await asyncio.gather(first.dispatcher.settle(rounds=500), second.dispatcher.settle(rounds=500))
    first.hall.clock.advance(timedelta(minutes=10))
    await asyncio.gather(first.dispatcher.settle(rounds=500), second.dispatcher.settle(rounds=500))
