"""What becomes of an order: paid, delivered, failed, silent, late, refunded, stuck."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from hall.books import cases
from hall.bss.supplier.port import DeliveryState
from hall.bss.topup import Topups
from hall.clock import SHANGHAI
from hall.errors import OutcomeUnknown, Unavailable
from hall.payments.port import PaymentState, Refund, RefundState
from hall.store.tables import topup as tables
from hall.topup import late, payment, refund
from tests.hall.topup.conftest import ScriptedSupplier, open_shop, with_supplier

pytestmark = pytest.mark.both


async def chosen(shop: Any, order: Any, mode: str) -> None:
    unit = shop.hall.store.unit()
    shop.hall.supplier.choose(unit, order.order_no, mode)
    await unit.commit()


async def test_a_paid_order_is_delivered_credited_and_told(shop: Any) -> None:
    before = await shop.hall.bss[Topups].count("13800138000", "N1G", "2026-11")
    order = await shop.order()
    assert await shop.pay(order) == "paid"
    await shop.passes(seconds=0)
    assert (await shop.now(order)).state == "PROCESSING"
    await shop.passes(seconds=3)
    assert (await shop.now(order)).state == "SUCCEEDED"
    assert await shop.told() == ["utter_topup_succeeded"]
    assert await shop.hall.bss[Topups].count("13800138000", "N1G", "2026-11") == before + 1


async def test_a_slow_delivery_succeeds_by_asking_again(shop: Any) -> None:
    order = await shop.order()
    await chosen(shop, order, "slow")
    await shop.pay(order)
    for _ in range(12):
        await shop.passes(seconds=10)
    assert (await shop.now(order)).state == "SUCCEEDED"


async def test_a_failed_delivery_is_refunded_by_itself_and_told(shop: Any) -> None:
    order = await shop.order()
    await chosen(shop, order, "fail")
    await shop.pay(order)
    await shop.passes(seconds=3)
    done = await shop.now(order)
    assert (done.state, done.refunded_fen, done.reason) == ("REFUNDED", 2500, "refused_by_network")
    assert await shop.told() == ["utter_topup_failed_refunding", "utter_topup_refunded"]


async def test_a_number_that_the_network_does_not_know_is_refunded(shop: Any) -> None:
    order = await shop.order(msisdn="13912345678")
    await shop.pay(order)
    await shop.passes(seconds=3)
    done = await shop.now(order)
    assert (done.state, done.reason) == ("REFUNDED", "unknown_number")


async def test_a_silent_supplier_stays_processing_and_reaches_a_person_after_three_days(shop: Any) -> None:
    order = await shop.order()
    await chosen(shop, order, "silent")
    await shop.pay(order)
    for _ in range(71):
        await shop.passes(hours=1)
    assert (await shop.now(order)).stuck is None
    for _ in range(3):
        await shop.passes(hours=1)
    now = await shop.now(order)
    assert (now.state, now.stuck, now.refunded_fen) == ("PROCESSING", "outcome_unknown", 0)
    assert await shop.told() == ["utter_topup_late", "utter_topup_later", "utter_topup_stuck"]
    assert not await shop.dead()


async def test_an_apology_is_told_once_each_and_a_person_is_called_once(shop: Any) -> None:
    order = await shop.order()
    await chosen(shop, order, "silent")
    await shop.pay(order)
    for minutes, told in ((35, 0), (10, 1), (180, 1), (70, 2), (1200, 2)):
        await shop.passes(minutes=minutes)
        assert len(await shop.told()) == told
    assert [case.kind for case in await cases.about(shop.hall.store, order.order_no)] == ["slow"]


async def test_an_order_that_ended_in_time_is_not_apologised_for(shop: Any) -> None:
    order = await shop.order()
    await shop.pay(order)
    await shop.passes(seconds=5)
    await shop.passes(hours=2)
    assert await shop.told() == ["utter_topup_succeeded"]


@pytest.mark.parametrize(
    ("hour", "until"), [(9, "15 14"), (10, "15 15"), (16, "15 21"), (17, "16 10"), (23, "16 10"), (3, "15 10")]
)
def test_an_answer_is_promised_for_hours_in_which_people_answer(shop: Any, hour: int, until: str) -> None:
    now = datetime(2026, 11, 15, hour, 30, tzinfo=SHANGHAI)
    assert f"{late.answer_by(shop.hall.policy.topup, now):%d %H}" == until


def test_what_was_promised_depends_on_the_day(shop: Any) -> None:
    rules = shop.hall.policy.topup
    assert late.promised(rules, datetime(2026, 11, 15, 10, tzinfo=SHANGHAI)) == timedelta(minutes=30)
    assert late.promised(rules, datetime(2026, 11, 30, 10, tzinfo=SHANGHAI)) == timedelta(hours=48)


@pytest.mark.parametrize("lost", [OutcomeUnknown("lost"), Unavailable("supplier")])
async def test_a_lost_answer_of_the_supplier_is_asked_for_never_refunded(shop: Any, lost: Exception) -> None:
    supplier = ScriptedSupplier(
        submits=[lost, DeliveryState("accepted", "S1")], queries=[lost, DeliveryState("succeeded")]
    )
    shop = with_supplier(shop, supplier)
    order = await shop.order()
    await shop.pay(order)
    await shop.passes(seconds=0)
    assert (await shop.now(order)).state == "PROCESSING"
    await shop.passes(seconds=10)
    await shop.passes(seconds=10)
    assert (await shop.now(order)).state == "SUCCEEDED"
    assert set(supplier.submitted) == {order.order_no}


async def test_what_the_supplier_never_had_is_submitted_again_under_the_same_number(shop: Any) -> None:
    supplier = ScriptedSupplier(
        submits=[OutcomeUnknown("lost"), DeliveryState("accepted", "S1")],
        queries=[DeliveryState("not_found"), DeliveryState("succeeded")],
    )
    shop = with_supplier(shop, supplier)
    order = await shop.order()
    await shop.pay(order)
    for _ in range(3):
        await shop.passes(seconds=10)
    assert supplier.submitted == [order.order_no] * 2
    assert (await shop.now(order)).state == "SUCCEEDED"


async def test_not_found_after_acceptance_is_in_transit(shop: Any) -> None:
    supplier = ScriptedSupplier(queries=[DeliveryState("not_found")])
    shop = with_supplier(shop, supplier)
    order = await shop.order()
    await shop.pay(order)
    for _ in range(5):
        await shop.passes(minutes=5)
    assert (await shop.now(order)).state == "PROCESSING"
    assert supplier.submitted == [order.order_no]


async def test_a_partial_delivery_refunds_the_difference(shop: Any) -> None:
    shop = with_supplier(shop, ScriptedSupplier(queries=[DeliveryState("partial", delivered_fen=1500)]))
    order = await shop.order()
    await shop.pay(order)
    await shop.passes(seconds=3)
    done = await shop.now(order)
    assert (done.state, done.delivered_fen, done.refunded_fen) == ("REFUNDED", 1500, 1000)
    assert (await shop.told())[0] == "utter_topup_partial_refunding"


async def test_an_unpaid_order_expires_and_is_told(shop: Any) -> None:
    order = await shop.order()
    await shop.passes(minutes=29)
    assert (await shop.now(order)).state == "AWAIT_PAY"
    await shop.passes(minutes=2)
    assert (await shop.now(order)).state == "EXPIRED"
    assert await shop.told() == ["utter_topup_expired"]


async def test_a_payment_whose_notice_was_lost_is_found_before_expiry(shop: Any) -> None:
    order, demo = await shop.order(), shop.hall.payments["wechat"]
    await demo.create(payment.charge(order))
    unit = shop.hall.store.unit()
    await demo.pay(order.order_no, unit)
    await unit.commit()
    await shop.passes(minutes=31)
    await shop.passes(seconds=5)
    assert (await shop.now(order)).state == "SUCCEEDED"
    assert "utter_topup_expired" not in await shop.told()


async def test_a_provider_that_is_down_does_not_expire_an_order_that_may_be_paid(shop: Any) -> None:
    class Down:
        provider = "demo"

        async def query(self, _payment_no: str) -> PaymentState:
            raise Unavailable("payment")

    order = await shop.order()
    down = open_shop(replace(shop.hall, payments={"wechat": Down()}))
    for _ in range(40):
        await down.passes(hours=1)
    assert (await shop.now(order)).state == "AWAIT_PAY"
    await shop.passes(hours=1)
    assert (await shop.now(order)).state == "EXPIRED"


@pytest.mark.parametrize("end", ["expired", "cancelled"])
async def test_money_that_comes_after_the_end_goes_back(shop: Any, end: str) -> None:
    order = await shop.order()
    if end == "expired":
        await shop.passes(minutes=31)
    else:
        assert await payment.cancel(shop.hall, order.order_no)
    assert await shop.pay(order) == "late"
    await shop.passes(seconds=1)
    done = await shop.now(order)
    assert (done.state, done.paid_fen, done.refunded_fen) == ("REFUNDED", 2500, 2500)
    assert await shop.told() == [f"utter_topup_{end}", "utter_topup_late_refunding", "utter_topup_refunded"]


async def test_a_notice_that_comes_twice_is_booked_once(shop: Any) -> None:
    order = await shop.order()
    assert await shop.pay(order) == "paid"
    assert await payment.record(shop.hall, shop.notice(order), actor="notice:demo") == "repeat"
    again = shop.notice(order, notice_id="another id")
    assert await payment.record(shop.hall, again, actor="notice:demo") == "repeat"
    assert (await shop.moves(order)).count("PAID") == 1


async def test_notices_that_come_at_once_are_booked_once(shop: Any) -> None:
    order = await shop.order()
    notices = [shop.notice(order, notice_id=f"n{i % 3}") for i in range(9)]
    outcomes = await asyncio.gather(*(payment.record(shop.hall, n, actor="notice:demo") for n in notices))
    assert sorted(set(outcomes)) == ["paid", "repeat"]
    assert outcomes.count("paid") == 1


@pytest.mark.parametrize("difference", [-1, 1])
async def test_an_amount_that_differs_by_one_fen_is_refused_and_a_person_is_told(shop: Any, difference: int) -> None:
    order = await shop.order()
    notice = shop.notice(order, amount_fen=order.price_fen + difference)
    for _ in range(2):
        assert await payment.record(shop.hall, notice, actor="notice:demo") == "amount_differs"
    now = await shop.now(order)
    assert (now.state, now.paid_fen, now.stuck) == ("AWAIT_PAY", 0, "amount_differs")


async def test_a_payment_for_no_order_is_kept_and_refused(shop: Any) -> None:
    order = await shop.order()
    stranger = shop.notice(order, payment_no="T2026111500000", notice_id="x")
    for _ in range(2):
        assert await payment.record(shop.hall, stranger, actor="notice:demo") == "unknown_order"
    assert [row.outcome for row in await shop.hall.store.all(select(tables.notices))] == ["unknown_order"]


async def test_an_order_that_was_paid_cannot_be_cancelled(shop: Any) -> None:
    order = await shop.order()
    await shop.pay(order)
    assert not await payment.cancel(shop.hall, order.order_no)


def refunds(shop: Any, answers: list[RefundState | Exception]) -> Any:
    """The shop with a provider whose refunds answer so."""
    demo = shop.hall.payments["wechat"]

    class Scripted:
        provider = "demo"
        create, pay, query = demo.create, demo.pay, demo.query
        asked: list[str] = []

        async def refund(self, found: Refund) -> RefundState:
            self.asked.append(found.refund_no)
            return await self.query_refund(found)

        async def query_refund(self, _refund: Refund) -> RefundState:
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            if isinstance(answer, Exception):
                raise answer
            return answer

    return open_shop(replace(shop.hall, payments={"wechat": Scripted()}))


async def failed_order(shop: Any) -> Any:
    order = await shop.order()
    await chosen(shop, order, "fail")
    await shop.pay(order)
    await shop.passes(seconds=3)
    return order


async def test_a_refund_that_takes_time_is_followed_up(shop: Any) -> None:
    shop = refunds(shop, [RefundState("processing"), OutcomeUnknown("lost"), RefundState("done")])
    order = await failed_order(shop)
    assert (await shop.now(order)).state == "REFUNDING"
    for _ in range(3):
        await shop.passes(minutes=1)
    assert (await shop.now(order)).state == "REFUNDED"


@pytest.mark.parametrize("lost", [OutcomeUnknown("lost"), Unavailable("payment")])
async def test_a_refund_whose_answer_was_lost_is_sent_again_under_its_one_number(shop: Any, lost: Exception) -> None:
    shop = refunds(shop, [lost, RefundState("done")])
    order = await failed_order(shop)
    await shop.passes(minutes=1)
    assert (await shop.now(order)).state == "REFUNDED"
    assert set(shop.hall.payments["wechat"].asked) == {refund.refund_no(order)}
    assert len(shop.hall.payments["wechat"].asked) == 2


@pytest.mark.parametrize("answer", [RefundState("failed", "account closed"), RefundState("processing")])
async def test_a_refund_that_does_not_come_through_reaches_a_person(shop: Any, answer: RefundState) -> None:
    shop = refunds(shop, [answer])
    order = await failed_order(shop)
    for _ in range(80):
        await shop.passes(hours=1)
    now = await shop.now(order)
    assert (now.state, now.stuck, now.refunded_fen) == ("REFUND_STUCK", "refund", 0)
    assert (await shop.told())[-1] == "utter_topup_refund_stuck"
    assert not await shop.dead()


async def test_a_crash_after_the_supplier_was_called_delivers_once(shop: Any) -> None:
    order, before = await shop.order(), await shop.hall.bss[Topups].count("13800138000", "N1G", "2026-11")
    await shop.pay(order)
    commit: Callable[..., Any] = shop.hall.supplier.submit

    async def crash(delivery: Any) -> DeliveryState:
        await commit(delivery)
        raise KeyError("the process dies here")

    shop.hall.supplier.submit = crash
    await shop.passes(seconds=0)
    assert (await shop.now(order)).state == "SUBMITTING"
    shop.hall.supplier.submit = commit
    for _ in range(3):
        await shop.passes(seconds=5)
    assert (await shop.now(order)).state == "SUCCEEDED"
    assert await shop.hall.bss[Topups].count("13800138000", "N1G", "2026-11") == before + 1
