"""Orders: one for each confirmation, moved only as the table says, by one hand at a time."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from hall.change import Change
from hall.errors import Conflict
from hall.store.notification import Notification, order_moved
from hall.store.tables import topup as tables
from hall.topup import orders, states
from hall.topup.diagram import document

pytestmark = pytest.mark.both


async def test_confirming_twice_gives_one_order(shop: Any) -> None:
    first = await shop.order(confirmation="k")
    assert await shop.order(confirmation="k") == first
    assert len(await shop.hall.store.all(select(tables.orders))) == 1


async def test_two_turns_that_confirm_at_once_give_one_order(shop: Any) -> None:
    results = await asyncio.gather(*(shop.order(confirmation="k") for _ in range(5)), return_exceptions=True)
    assert {type(r) for r in results} <= {orders.Order, Conflict}
    assert len(await shop.hall.store.all(select(tables.orders))) == 1
    assert (await shop.order(confirmation="k")).order_no  # running again finds it


async def test_pages_hear_of_an_order_that_is_placed_or_moves(shop: Any) -> None:
    heard: list[Notification] = []
    shop.hall.store.listen(heard.append)
    order = await shop.order()
    assert order_moved(order.conversation) in heard
    heard.clear()
    await shop.pay(order)
    assert order_moved(order.conversation) in heard
    assert await orders.told_of(shop.hall.store, order.conversation) == {order.order_no: "processing"}
    assert await orders.told_of(shop.hall.store, "web:demo:nobody") == {}


async def test_a_number_leads_to_its_order(shop: Any) -> None:
    order = await shop.order()
    assert await orders.find(shop.hall.store, order.order_no) == order
    assert await orders.find(shop.hall.store, "T2611150000000") is None
    assert await orders.get(shop.hall.store, "web:demo:b", order.order_no) is None


async def test_an_order_number_is_short_of_the_day_and_never_taken_twice(shop: Any) -> None:
    numbers = {(await shop.order(confirmation=f"c{i}")).order_no for i in range(60)}
    assert len(numbers) == 60
    assert all(re.fullmatch(r"T261115\d{7}", number) for number in numbers)


async def test_a_number_that_is_taken_gives_way(shop: Any) -> None:
    first = await shop.order(confirmation="k")
    other = update(tables.orders).values(confirmation="somebody else's")
    async with shop.hall.store.write() as connection:
        await connection.execute(other)
    assert (await shop.order(confirmation="k")).order_no != first.order_no


async def test_of_two_who_move_an_order_one_loses(shop: Any) -> None:
    order = await shop.order()
    first, second = (Change.begin(shop.hall, shop.hall.store.unit(), actor) for actor in ("customer", "clock"))
    orders.move(first, order, "cancelled")
    orders.move(second, order, "expired")
    await first.unit.commit()
    with pytest.raises(Conflict):
        await second.unit.commit()
    assert await shop.moves(order) == ["DRAFT", "CONFIRMED", "AWAIT_PAY", "CANCELLED"]


async def test_every_move_leaves_who_and_why(shop: Any) -> None:
    order = await shop.order()
    await shop.pay(order)
    await shop.passes(seconds=5)
    rows = await orders.history(shop.hall.store, order.order_no)
    assert [(r.cause, r.actor) for r in rows] == [
        ("shown", "hall"),
        ("confirmed", "customer"),
        ("asked_to_pay", "hall"),
        ("paid", "notice:demo"),
        ("submitting", "hall"),
        ("accepted", "supplier"),
        ("delivered", "supplier"),
    ]


@pytest.mark.parametrize("cause", sorted({cause for _, cause in states.MOVES}))
def test_nothing_leaves_success(cause: str) -> None:
    with pytest.raises(states.IllegalMove):
        states.after(states.SUCCEEDED, cause)


def test_the_table_names_known_states_and_every_one_is_reached() -> None:
    reached = {states.FIRST, *states.MOVES.values()}
    assert reached == set(states.STATES) == set(tables.STATES)
    assert {state for state, _ in states.MOVES} <= set(states.STATES)


def test_the_database_checks_the_steps_of_the_table() -> None:
    assert sorted(tables.STEPS) == sorted({f"{before}>{to}" for (before, _), to in states.MOVES.items()})


@pytest.mark.parametrize(
    "values",
    [
        {"paid_fen": 2500, "refunded_fen": 2501, "state": "REFUNDING"},
        {"paid_fen": 2499, "state": "PAID"},
        {"paid_fen": 2500, "refunded_fen": 1, "state": "SUCCEEDED"},
        {"paid_fen": 0, "state": "SUCCEEDED"},
        {"paid_fen": 2500, "refunded_fen": 100, "state": "REFUNDED"},
        {"paid_fen": 2500, "state": "EXPIRED"},
        {"state": "LOST"},
    ],
)
async def test_the_database_refuses_books_that_cannot_be(shop: Any, values: dict[str, Any]) -> None:
    await shop.order()
    unit = shop.hall.store.unit()
    unit.stage(update(tables.orders).values(**values))
    with pytest.raises(Conflict):
        await unit.commit()


async def test_a_customer_sees_his_own_orders_only(shop: Any) -> None:
    mine = await shop.order(confirmation="1", conversation="sms:kannel:13800138000", payer="13800138000")
    nobody = await shop.order(confirmation="2", conversation="web:demo:a")
    store = shop.hall.store
    assert await orders.visible(store, "web:demo:a", None) == [nobody]
    assert await orders.visible(store, "web:demo:b", None) == []
    assert await orders.visible(store, "web:demo:b", "13800138000") == [mine]
    assert await orders.visible(store, "web:demo:b", "13900139002") == []


async def test_the_orders_of_a_line_are_found_wherever_it_ordered_the_newest_first(shop: Any) -> None:
    placed = []
    for index, where in enumerate(("sms:demo:a", "web:demo:b", "web:demo:c", "sms:demo:a")):
        line = f"1391234567{index}"
        placed.append(await shop.order(confirmation=where + line, conversation=where, payer="13800138000", msisdn=line))
        shop.hall.clock.advance(timedelta(minutes=1))
    store = shop.hall.store
    for conversation in ("sms:demo:a", "web:demo:d"):
        assert await orders.visible(store, conversation, "13800138000") == placed[:0:-1]
        assert await orders.visible(store, conversation, "13800138000", limit=9) == placed[::-1]
    assert await orders.visible(store, "web:demo:d", "13912345670") == []  # topped up, and not who paid


async def test_an_order_is_shown_by_its_number_to_who_may_see_it(shop: Any) -> None:
    mine = await shop.order(confirmation="1", conversation="web:demo:a", payer="13800138000")
    nobody = await shop.order(confirmation="2", conversation="web:demo:a")
    store = shop.hall.store
    seen = [
        (mine, "web:demo:b", "13800138000", True),
        (mine, "web:demo:a", None, False),
        (mine, "web:demo:a", "13900139002", False),
        (nobody, "web:demo:a", None, True),
        (nobody, "web:demo:a", "13900139002", True),
        (nobody, "web:demo:b", None, False),
    ]
    for order, conversation, line, may in seen:
        found = await orders.visible_one(store, order.order_no, conversation, line)
        assert found == (order if may else None)
    assert await orders.visible_one(store, "T2611150000000", "web:demo:a", None) is None


async def test_an_order_of_a_proved_line_is_hidden_when_the_proof_is_over(shop: Any) -> None:
    await shop.order(conversation="web:demo:a", payer="13800138000")
    assert await orders.visible(shop.hall.store, "web:demo:a", None) == []
    assert await orders.visible(shop.hall.store, "web:demo:a", "13900139002") == []


def test_the_documents_diagram_is_made_of_the_table() -> None:
    page = Path(__file__).parents[3] / "docs" / "orders.md"
    assert page.read_text("utf-8") == document(), "python -m hall.topup.diagram > docs/orders.md"
