"""The dispatcher: a kind of message that takes long delays no other kind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from hall.bss.supplier.port import Delivery, DeliveryState
from hall.store.dispatcher import Dispatcher, Done
from hall.store.outbox import DUE, NewMessage, OutboxMessage, enqueue
from hall.store.unit import Store
from tests.conftest import StillClock
from tests.hall.topup.conftest import TopupRig, demo_shop, open_shop

pytestmark = [pytest.mark.both, pytest.mark.timeout(60)]
QUICK = 20


class Gate:
    """Deliveries that wait until it opens."""

    def __init__(self) -> None:
        self.opens, self.waiting = asyncio.Event(), set[str]()
        self._came = asyncio.Condition()

    async def passes(self, name: str) -> None:
        async with self._came:
            self.waiting.add(name)
            self._came.notify_all()
        await self.opens.wait()

    async def has(self, count: int) -> None:
        """Wait until so many wait."""
        async with self._came:
            await self._came.wait_for(lambda: len(self.waiting) >= count)


@asynccontextmanager
async def running(dispatcher: Dispatcher) -> AsyncIterator[None]:
    task = asyncio.create_task(dispatcher.run())
    try:
        yield
    finally:
        while not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=0.1)


async def posted(store: Store, clock: StillClock, kind: str, count: int) -> None:
    unit = store.unit()
    for number in range(count):
        enqueue(unit, clock.now(), NewMessage(key=f"{kind}-{number}", kind=kind, body={}))
    await unit.commit()


def counting(wanted: int) -> tuple[Callable[[OutboxMessage], Awaitable[Done]], asyncio.Event]:
    """A handler, and what is set once it has delivered so many, each once."""
    delivered, all_there = set[str](), asyncio.Event()

    async def handle(message: OutboxMessage) -> Done:
        assert message.key not in delivered, "twice"
        delivered.add(message.key)
        if len(delivered) == wanted:
            all_there.set()
        return Done()

    return handle, all_there


async def test_a_kind_that_hangs_delays_no_other(store: Store, clock: StillClock) -> None:
    """Even when more of it is due than the dispatcher reads at once, and was due first."""
    gate, dispatcher = Gate(), Dispatcher(store, clock, parallel=2)
    quick, arrived = counting(QUICK)

    async def hangs(message: OutboxMessage) -> Done:
        await gate.passes(message.key)
        return Done()

    dispatcher.handle("supplier", hangs)
    dispatcher.handle("sms", quick, at_most_once=True)
    await posted(store, clock, "supplier", 250)
    async with running(dispatcher):
        await gate.has(2)
        await posted(store, clock, "sms", QUICK)
        await arrived.wait()
        assert len(gate.waiting) == 2
        gate.opens.set()
        await gate.has(250)
    await dispatcher.settle()


async def test_a_supplier_that_hangs_on_one_order_lets_the_others_through(shop: TopupRig) -> None:
    gate, submitted, arrived = Gate(), set[str](), asyncio.Event()
    stuck = await shop.order(confirmation="stuck")

    class Supplier:
        async def submit(self, delivery: Delivery) -> DeliveryState:
            if delivery.order_no == stuck.order_no:
                await gate.passes(delivery.order_no)
            submitted.add(delivery.order_no)
            if len(submitted) == QUICK:
                arrived.set()
            return DeliveryState("succeeded", f"S{delivery.order_no}")

    shop = open_shop(replace(demo_shop(shop.hall).hall, supplier=Supplier()))  # type: ignore[arg-type]
    quick = [await shop.order(confirmation=f"quick-{n}", conversation=f"web:demo:{n}") for n in range(QUICK)]
    await shop.pay(stuck)
    async with running(shop.dispatcher):
        await gate.has(1)
        for order in quick:
            await shop.pay(order)
            shop.hall.store.notify(DUE)
        await arrived.wait()
        assert submitted == {order.order_no for order in quick}
        gate.opens.set()
        while stuck.order_no not in submitted:
            await asyncio.sleep(0)
    await shop.dispatcher.settle()
    assert {(await shop.now(order)).state for order in (stuck, *quick)} == {"SUCCEEDED"}


async def test_a_fault_of_ours_ends_the_dispatcher(store: Store, clock: StillClock) -> None:
    """Health shows it. To go on would try the same message for ever."""
    dispatcher = Dispatcher(store, clock)

    async def without_result(_message: OutboxMessage) -> Any:
        return None

    dispatcher.handle("sms", without_result)
    await posted(store, clock, "sms", 1)
    with pytest.raises(AttributeError):
        await dispatcher.run()


async def test_who_is_stopped_leaves_what_runs_to_be_done_again(store: Store, clock: StillClock) -> None:
    gate, dispatcher = Gate(), Dispatcher(store, clock)
    quick, arrived = counting(1)

    async def hangs(message: OutboxMessage) -> Done:
        await gate.passes(message.key)
        raise AssertionError

    dispatcher.handle("supplier", hangs)
    await posted(store, clock, "supplier", 1)
    async with running(dispatcher):
        await gate.has(1)
    dispatcher.handle("supplier", quick)
    await dispatcher.settle()
    assert arrived.is_set()
