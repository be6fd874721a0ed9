"""Payments beside an order: paid twice, of another amount, for no order, reported otherwise than before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from hall.books import audit, cases
from hall.books.ledger import balances
from hall.bss.supplier.port import DeliveryState
from hall.change import Change
from hall.errors import Conflict
from hall.payments.port import Refund, RefundState
from hall.store.tables import topup as tables
from hall.store.tables.core import outbox
from hall.topup import back_office, delivery, jobs, payment, refund
from hall.topup.back_office import Act
from tests.hall.topup.conftest import ScriptedSupplier, open_shop, with_supplier
from tests.hall.topup.test_states import failed_order, refunds

pytestmark = pytest.mark.both


async def open_kinds(shop: Any) -> list[str]:
    return [case.kind for case in await cases.queue(shop.hall.store)]


async def sound(shop: Any) -> bool:
    return not await audit.unexplained(shop.hall.store) and not sum((await balances(shop.hall.store)).values())


async def test_who_pays_twice_gets_the_second_payment_back_and_the_delivery_once(shop: Any) -> None:
    asked: list[Refund] = []

    class Twice:
        provider, query = "demo", shop.hall.payments["wechat"].query

        async def refund(self, found: Refund) -> RefundState:
            asked.append(found)
            return RefundState("done")

    shop = open_shop(replace(shop.hall, payments={"wechat": Twice()}))
    order = await shop.order()
    assert await payment.record(shop.hall, shop.notice(order), actor="notice:demo") == "paid"
    second = shop.notice(order, notice_id="n2", provider_no="OTHER")
    assert await payment.record(shop.hall, second, actor="notice:demo") == "second"
    assert await payment.record(shop.hall, second, actor="notice:demo") == "repeat"
    await shop.passes(seconds=5)
    assert (await shop.now(order)).state == "SUCCEEDED"
    assert [(r.payment_no, r.provider_no, r.amount_fen) for r in asked] == [(order.order_no, "OTHER", 2500)]
    assert asked[0].refund_no != f"R{order.order_no[1:]}"
    told = await shop.told()
    assert sorted(told) == ["utter_payment_second_refunded", "utter_payment_second_refunding", "utter_topup_succeeded"]
    assert await balances(shop.hall.store) == {
        "customer": 0,
        "payment:demo": 2500,
        "refund": 0,
        "supplier": -2500,
        "suspense": 0,
    }
    assert await sound(shop)


@pytest.mark.parametrize("difference", [-1, 1])
async def test_a_wrong_amount_is_held_and_a_person_has_all_facts(shop: Any, difference: int) -> None:
    order = await shop.order()
    wrong = shop.notice(order, amount_fen=2500 + difference)
    assert await payment.record(shop.hall, wrong, actor="notice:demo") == "amount_differs"
    [case] = await cases.queue(shop.hall.store)
    assert (case.kind, case.subject) == ("amount_differs", order.order_no)
    assert (case.facts["amount_fen"], case.facts["price_fen"]) == (2500 + difference, 2500)
    assert (await balances(shop.hall.store))["suspense"] == -2500 - difference
    await shop.passes(minutes=31)
    assert (await shop.now(order)).state == "EXPIRED"
    assert await sound(shop)


async def test_a_wrong_amount_that_a_later_notice_corrects_is_used(shop: Any) -> None:
    order = await shop.order()
    await payment.record(shop.hall, shop.notice(order, amount_fen=2499, notice_id="wrong"), actor="notice:demo")
    assert await payment.record(shop.hall, shop.notice(order), actor="notice:demo") == "paid"
    assert await open_kinds(shop) == []
    assert (await shop.now(order)).stuck is None
    assert (await balances(shop.hall.store))["suspense"] == 0
    assert await sound(shop)


async def test_a_notice_that_contradicts_a_booked_payment_changes_nothing(shop: Any) -> None:
    order = await shop.order()
    await shop.pay(order)
    other = shop.notice(order, notice_id="n2", amount_fen=9900)
    assert await payment.record(shop.hall, other, actor="notice:demo") == "amount_differs"
    assert await open_kinds(shop) == ["contradiction"]
    assert await sound(shop)


async def test_a_payment_for_no_order_is_held_until_an_agent_returns_it(shop: Any) -> None:
    shop = refunds(shop, [RefundState("done")])
    order = await shop.order()
    stray = shop.notice(order, payment_no="T2026111500000", provider_no="S", amount_fen=777)
    assert await payment.record(shop.hall, stray, actor="notice:demo") == "unknown_order"
    [case] = await cases.queue(shop.hall.store)
    assert (case.kind, case.subject, case.facts["provider_no"]) == ("unknown_order", "T2026111500000", "S")
    for _ in range(2):
        await back_office.return_payment(shop.hall, "demo", "S", Act("ben", "k1"))
    await shop.passes(seconds=1)
    assert await open_kinds(shop) == []
    assert await balances(shop.hall.store) == {"payment:demo": 0, "refund": 0, "suspense": 0}
    assert await sound(shop)


async def test_what_was_returned_is_not_used_by_a_correction(shop: Any) -> None:
    shop = refunds(shop, [RefundState("done")])
    order = await shop.order()
    await payment.record(shop.hall, shop.notice(order, amount_fen=2499, notice_id="wrong"), actor="notice:demo")
    await back_office.return_payment(shop.hall, "demo", f"DEMO{order.order_no}", Act("ben", "k1"))
    assert await payment.record(shop.hall, shop.notice(order), actor="notice:demo") == "amount_differs"
    assert (await shop.now(order)).paid_fen == 0
    assert "contradiction" in await open_kinds(shop)
    assert await sound(shop)


async def test_a_payment_of_an_order_cannot_be_returned_by_hand(shop: Any) -> None:
    order = await shop.order()
    await shop.pay(order)
    with pytest.raises(back_office.NotNow):
        await back_office.return_payment(shop.hall, "demo", f"DEMO{order.order_no}", Act("ben", "k1"))


@pytest.mark.parametrize("told", [0, -1, 2500, 99999])
async def test_a_part_without_its_worth_stays_under_way_for_a_person(shop: Any, told: int) -> None:
    supplier = ScriptedSupplier(queries=[DeliveryState("partial", delivered_fen=told)])
    shop = with_supplier(shop, supplier)
    order = await shop.order()
    await shop.pay(order)
    await shop.passes(seconds=3)
    now = await shop.now(order)
    assert (now.state, now.stuck, now.refunded_fen) == ("PROCESSING", "partial_unclear", 0)
    assert await open_kinds(shop) == ["partial_unclear"]
    await back_office.record_outcome(shop.hall, order.order_no, "partial", 1000, Act("ben", "k", "asked by phone"))
    await shop.passes(seconds=1)
    done = await shop.now(order)
    assert (done.delivered_fen, await open_kinds(shop)) == (1000, [])
    assert await sound(shop)


@pytest.mark.parametrize(
    ("first", "then", "contradicts"),
    [
        ("succeeded", "succeeded", False),
        ("succeeded", "failed", True),
        ("failed", "failed", False),
        ("failed", "succeeded", True),
        ("failed", "partial", True),
        ("succeeded", "processing", False),
    ],
)
async def test_callbacks_that_repeat_are_nothing_and_those_that_contradict_reach_a_person(
    shop: Any, first: str, then: str, contradicts: bool
) -> None:
    shop = with_supplier(shop, ScriptedSupplier())
    order = await shop.order()
    await shop.pay(order)
    await shop.dispatcher.settle()
    word: Any = first
    assert await delivery.record_callback(shop.hall, order.order_no, DeliveryState(word), actor="callback:x")
    before = (await shop.now(order)).state
    word = then
    assert await delivery.record_callback(
        shop.hall, order.order_no, DeliveryState(word, delivered_fen=100), actor="callback:x"
    )
    assert (await shop.now(order)).state == before
    assert await open_kinds(shop) == (["contradiction"] if contradicts else [])
    assert await sound(shop)


async def test_a_callback_for_no_order_or_one_that_was_never_submitted_moves_nothing(shop: Any) -> None:
    order = await shop.order()
    assert not await delivery.record_callback(
        shop.hall, "T2026111500000", DeliveryState("succeeded"), actor="callback:x"
    )
    assert await delivery.record_callback(shop.hall, order.order_no, DeliveryState("succeeded"), actor="callback:x")
    assert (await shop.now(order)).state == "AWAIT_PAY"
    assert await open_kinds(shop) == ["contradiction"]


async def test_a_stuck_refund_is_resubmitted_under_its_number_and_its_end_is_told(shop: Any) -> None:
    shop = refunds(shop, [RefundState("failed", "account closed"), RefundState("done")])
    order = await shop.order()
    unit = shop.hall.store.unit()
    shop.hall.supplier.choose(unit, order.order_no, "fail")
    await unit.commit()
    await shop.pay(order)
    await shop.passes(seconds=3)
    [case] = await cases.queue(shop.hall.store)
    assert (case.kind, case.facts["why"], case.facts["amount_fen"]) == ("refund_stuck", "account closed", 2500)
    number = refund.refund_no(order)
    for _ in range(2):
        await back_office.resubmit(shop.hall, number, Act("ben", "k1"))
    await shop.passes(seconds=3)
    assert (await shop.now(order)).state == "REFUNDED"
    assert set(shop.hall.payments["wechat"].asked) == {number}
    assert (await shop.told())[-1] == "utter_topup_refunded"
    assert await open_kinds(shop) == []
    assert [row.actor for row in await shop.hall.store.all(_moves(order, "resubmitted"))] == ["agent:ben"]
    assert await sound(shop)


async def test_a_refund_that_moved_on_while_it_was_looked_at_is_looked_at_anew(shop: Any) -> None:
    shop = refunds(shop, [RefundState("failed", "account closed"), RefundState("done")])
    order = await shop.order()
    unit = shop.hall.store.unit()
    shop.hall.supplier.choose(unit, order.order_no, "fail")
    await unit.commit()
    await shop.pay(order)
    await shop.passes(seconds=3)
    seen = await refund.get(shop.hall.store, refund.refund_no(order))
    assert seen is not None
    assert seen.state == refund.STUCK
    await back_office.resubmit(shop.hall, seen.refund_no, Act("ben", "k1"))
    for late in (refund.resubmit, refund.paid_back):
        with pytest.raises(Conflict):
            await late(Change.begin(shop.hall, shop.hall.store.unit(), "agent:anna"), seen)


async def test_a_stuck_refund_that_was_paid_by_hand_is_booked(shop: Any) -> None:
    shop = refunds(shop, [RefundState("failed", "account closed")])
    order = await shop.order()
    unit = shop.hall.store.unit()
    shop.hall.supplier.choose(unit, order.order_no, "fail")
    await unit.commit()
    await shop.pay(order)
    await shop.passes(seconds=3)
    await back_office.paid_by_hand(shop.hall, refund.refund_no(order), Act("ben", "k1", "transfer 4711"))
    assert (await shop.now(order)).state == "REFUNDED"
    assert await sound(shop)


async def test_an_order_whose_messages_were_lost_is_asked_for_again_and_shown_to_a_person(shop: Any) -> None:
    order = await shop.order()
    await shop.pay(order)
    unit = shop.hall.store.unit()
    unit.stage(update(outbox).where(outbox.c.kind == "topup.submit").values(state="dead"))
    await unit.commit()
    await shop.passes(hours=75)
    assert await open_kinds(shop) == ["in_between", "slow"]
    await shop.passes(seconds=5)
    assert (await shop.now(order)).state == "SUCCEEDED"
    assert await open_kinds(shop) == []


async def test_what_others_said_is_kept_beside_the_moves(shop: Any) -> None:
    order = await shop.order()
    await shop.pay(order)
    await shop.passes(seconds=5)
    calls = await shop.hall.store.all(select(tables.order_calls).order_by(tables.order_calls.c.id))
    assert [(c.call, c.party, c.said) for c in calls] == [
        ("notice", "payment:demo", "paid"),
        ("submit", "supplier", "accepted"),
        ("query", "supplier", "succeeded"),
    ]


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (tables.refunds, {"refund_no": "R2"}),
        (tables.refunds, {"refund_no": "R2", "provider_no": "other"}),
        (tables.receipts, {"provider_no": "other"}),
        (tables.order_events, {"version": 99, "before": "SUCCEEDED", "after": "REFUNDING"}),
        (tables.order_events, {"version": 99, "before": None, "after": "PAID"}),
    ],
)
async def test_the_database_refuses_a_second_refund_a_second_payment_and_an_unheard_of_step(
    shop: Any, table: Any, values: dict[str, Any]
) -> None:
    order = await shop.order()
    await shop.passes(minutes=31)
    await shop.pay(order)
    row = (await shop.hall.store.all(select(table).limit(1)))[0]
    unit = shop.hall.store.unit()
    unit.stage(insert(table).values(dict(row._mapping) | values))
    with pytest.raises(Conflict):
        await unit.commit()


async def test_a_refund_above_what_was_paid_is_refused_by_the_database(shop: Any) -> None:
    order = await shop.order()
    await shop.passes(minutes=31)
    await shop.pay(order)
    unit = shop.hall.store.unit()
    unit.stage(update(tables.refunds).values(amount_fen=2501))
    with pytest.raises(Conflict):
        await unit.commit()


def _moves(order: Any, cause: str) -> Any:
    events = tables.order_events
    return select(events).where(events.c.order_no == order.order_no, events.c.cause == cause)


async def test_no_message_of_an_orders_life_waits_for_a_handler(shop: Any) -> None:
    """Every kind is staged by an order that fails, is asked for by an agent, and is refunded slowly."""
    shop = refunds(shop, [RefundState("processing"), RefundState("done")])
    order = await failed_order(shop)
    await back_office.query_again(shop.hall, order.order_no, Act("ben", "k1"))
    await shop.passes(hours=100)
    rows = await shop.hall.store.all(select(outbox))
    assert {row.kind for row in rows} == {*jobs.HANDLERS, refund.ASK, refund.QUERY}
    assert [row.key for row in rows if row.state != "sent" and row.next_at <= shop.hall.clock.now()] == []
