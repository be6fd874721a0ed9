"""What the actions of data top-up say and set, turn by turn."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from actions import orders, topup, topup_credit, topup_number, topup_paying
from actions.base import HallAction, Line, Outcome, Say, Turn
from bot.engine.domain import answers
from bot.nlu import cues
from hall.books import cases
from hall.context import Hall
from hall.money import short_yuan
from hall.store.tables import topup as tables
from hall.store.tables.core import outbox
from hall.topup import states
from tests.hall.topup.conftest import TopupRig, demo_shop

ANSWERS = answers()
OWN, OTHER = "13800138000", "13400134009"


@pytest.fixture
def shop(hall: Hall) -> TopupRig:
    """The demonstration's shop."""
    return demo_shop(hall)


class Desk:
    """Runs actions one after the other on the same slots, as a flow would."""

    def __init__(self, shop: TopupRig, line: str | None = None, channel: str = "web") -> None:
        self.shop, self.line, self.channel = shop, line, channel
        self.slots: dict[str, Any] = {}
        self.key = "m1"

    async def run(self, action: type[HallAction], text: str = "", **slots: Any) -> Outcome:
        """One action; its slots and writes are kept."""
        self.slots |= slots
        unit = self.shop.hall.store.unit()
        line = Line(self.line, 1 if self.line else 0)
        turn = Turn(
            self.shop.hall,
            unit,
            f"{self.channel}:demo:{self.line or 'x'}",
            self.channel,
            line,
            self.key,
            text,
            cues=cues.find(text),
            slots=dict(self.slots),
            render=partial(ANSWERS.render_text, self.channel),
        )
        outcome = await action().act(turn)
        await unit.commit()
        self.slots |= outcome.slots
        return outcome

    async def until_confirmed(self, msisdn: str = OWN, **slots: Any) -> Outcome:
        """Everything up to the confirmation, with one's own number or somebody else's typed twice."""
        await self.run(topup_number.CheckPhoneNumber, phone_number=msisdn)
        if self.slots["number_twice"] == "needed":
            await self.run(topup_number.CheckPhoneNumberAgain, phone_number_again=msisdn)
        await self.run(topup.CheckPackage, scope="provincial", package=5120, **slots)
        outcome = await self.run(topup.CheckTopup)
        if outcome.result == "ok":
            await self.run(topup_paying.CheckPayMethod, pay_method="wechat")
        return outcome


def said(outcome: Outcome, channel: str = "web") -> str:
    return "\n".join(rendered(item, channel) for item in outcome.says)


def rendered(item: Say, channel: str) -> str:
    return ANSWERS.text(item.response, channel, item.facts)


async def test_ones_own_number_is_offered_and_needs_no_second_typing(shop: TopupRig) -> None:
    desk = Desk(shop, OWN)
    asked = await desk.run(topup_number.AskPhoneNumber)
    assert asked.says[0].choices[0].slots == {"phone_number": OWN}
    assert (await desk.run(topup_number.CheckPhoneNumber, phone_number="own")).slots["phone_number"] == OWN
    assert desk.slots["number_twice"] == "no"


@pytest.mark.parametrize(
    ("text", "own"),
    [("给我充1G国内流量", True), ("充到本机", True), ("给我妈充1G", False), ("充1G", False), ("帮我爸充2G流量", False)],
)
async def test_a_wish_for_oneself_needs_no_question(shop: TopupRig, text: str, own: bool) -> None:
    desk = Desk(shop, OWN)
    asked = await desk.run(topup_number.AskPhoneNumber, text)
    assert (desk.slots.get("phone_number") == OWN, bool(asked.says)) == (own, not own)


async def test_nobodys_own_number_is_asked_for(shop: TopupRig) -> None:
    desk = Desk(shop)
    assert not (await desk.run(topup_number.AskPhoneNumber)).says[0].choices
    assert (await desk.run(topup_number.CheckPhoneNumber, phone_number="own")).result == "again"


@pytest.mark.parametrize(
    ("given", "text"),
    [("1380013800", "少了一位"), ("02085551234", "固定电话"), ("17000170008", "虚拟运营商"), ("0", "有效的手机号")],
)
async def test_a_number_that_cannot_be_served_has_its_own_reason(shop: TopupRig, given: str, text: str) -> None:
    outcome = await Desk(shop).run(topup_number.CheckPhoneNumber, phone_number=given)
    assert outcome.result == "again"
    assert text in said(outcome)


async def test_somebody_elses_number_is_typed_twice(shop: TopupRig) -> None:
    desk = Desk(shop, OWN)
    await desk.run(topup_number.CheckPhoneNumber, phone_number="+86 134-0013-4009")
    assert (desk.slots["phone_number"], desk.slots["number_twice"]) == (OTHER, "needed")
    assert "再输一次" in said(await desk.run(topup_number.AskPhoneNumberAgain))
    outcome = await desk.run(topup_number.CheckPhoneNumberAgain, phone_number_again="134 0013 4009")
    assert (outcome.result, desk.slots["number_twice"]) == ("ok", "done")


async def test_a_line_that_was_proved_since_it_was_given_is_asked_for_again_all_the_same(shop: TopupRig) -> None:
    desk = Desk(shop)
    await desk.run(topup_number.CheckPhoneNumber, phone_number=OWN)
    desk.line = OWN
    asked = await desk.run(topup_number.AskPhoneNumberAgain)
    assert [one.response for one in asked.says] == ["utter_ask_phone_number_retype"]
    checked = await desk.run(topup_number.CheckPhoneNumberAgain, phone_number_again=OWN)
    assert checked.result == "ok"


async def test_three_mismatches_end_it_unpaid(shop: TopupRig) -> None:
    desk = Desk(shop)
    await desk.run(topup_number.CheckPhoneNumber, phone_number=OTHER)
    results = [await desk.run(topup_number.CheckPhoneNumberAgain, phone_number_again="13400134000") for _ in range(3)]
    assert [r.result for r in results] == ["again", "again", "end"]
    assert "没有扣费" in said(results[-1])
    assert not await shop.hall.store.all(select(tables.orders))


async def test_the_last_four_digits_do_when_the_policy_says_so(shop: TopupRig) -> None:
    rules = replace(shop.hall.policy.topup, others_check="last4")
    shop.hall = replace(shop.hall, policy=replace(shop.hall.policy, topup=rules))
    desk = Desk(shop)
    await desk.run(topup_number.CheckPhoneNumber, phone_number=OTHER)
    assert "后四位" in said(await desk.run(topup_number.AskPhoneNumberAgain))
    assert (await desk.run(topup_number.CheckPhoneNumberAgain, phone_number_again="4008")).result == "again"
    assert (await desk.run(topup_number.CheckPhoneNumberAgain, phone_number_again="4009")).result == "ok"


@pytest.mark.parametrize(("own_check", "again"), [("retype", OWN), ("last4", OWN[-4:])])
async def test_ones_own_number_is_checked_twice_when_the_policy_says_so(
    shop: TopupRig, own_check: str, again: str
) -> None:
    rules = replace(shop.hall.policy.topup, own_check=own_check)
    shop.hall = replace(shop.hall, policy=replace(shop.hall.policy, topup=rules))
    desk = Desk(shop, OWN)
    await desk.run(topup_number.CheckPhoneNumber, phone_number="own")
    assert desk.slots["number_twice"] == "needed"
    assert (await desk.run(topup_number.CheckPhoneNumberAgain, phone_number_again="13400134009")).result == "again"
    assert (await desk.run(topup_number.CheckPhoneNumberAgain, phone_number_again=again)).result == "ok"
    await desk.run(topup_number.CheckPhoneNumber, phone_number=OTHER)  # somebody else's goes by its own rule
    assert "再输一次" in said(await desk.run(topup_number.AskPhoneNumberAgain))


async def test_packages_are_choices_of_the_scope(shop: TopupRig) -> None:
    outcome = await Desk(shop).run(topup.AskPackage, scope="provincial")
    facts = [(c.slots["package"], short_yuan(c.facts["package"].price_fen)) for c in outcome.says[0].choices]
    assert facts == [(100, "3"), (512, "10"), (1024, "18"), (5120, "40"), (10240, "70")]


@pytest.mark.parametrize(("given", "kept"), [(500, 512), (512, 512), (1000, 1024), ("5000", 5120), (5120.0, 5120)])
async def test_a_size_as_people_say_it_is_the_package(shop: TopupRig, given: Any, kept: int) -> None:
    outcome = await Desk(shop).run(topup.CheckPackage, scope="national", package=given)
    assert outcome.slots == {"package": kept}


@pytest.mark.parametrize(
    ("given", "text"), [(3072, "没有3GB的流量包，最接近的是1GB 25元和5GB 60元"), ("x", "没看明白")]
)
async def test_a_package_that_is_not_sold_gets_the_nearest_offered(shop: TopupRig, given: Any, text: str) -> None:
    outcome = await Desk(shop).run(topup.CheckPackage, scope="national", package=given)
    assert outcome.result == "again"
    assert text in said(outcome)


@pytest.mark.parametrize(
    ("msisdn", "words"),
    [
        ("13900139002", ["欠费12.60元", "交清"]), ("13600136003", ["实名登记"]), ("13700137004", ["黑名单", "人工"]),
        ("13500135005", ["互斥", "话费可以充"]),
    ],
)  # fmt: skip
async def test_each_refusal_says_the_line_itself_why_and_what_next(
    shop: TopupRig, msisdn: str, words: list[str]
) -> None:
    for channel in ("web", "sms"):
        outcome = await Desk(shop, msisdn, channel).until_confirmed(msisdn)
        assert outcome.result == ("blocked" if "欠费12.60元" in words else "end")
        assert all(word in said(outcome, channel) for word in words)


async def test_the_sixth_of_a_denomination_on_unicom_is_refused(shop: TopupRig) -> None:
    desk = Desk(shop, "18600186006")
    await desk.run(topup_number.CheckPhoneNumber, phone_number="18600186006")
    outcome = await desk.run(topup.CheckTopup, scope="national", package=1024)
    assert "5次" in said(outcome)


async def test_the_confirmation_reads_everything_back(shop: TopupRig) -> None:
    desk = Desk(shop, OWN)
    await desk.until_confirmed()
    text = ANSWERS.text("utter_topup_confirm", "web", desk.slots)
    for part in ("138 0013 8000", "5GB 省内流量", "40元", "微信支付", "30分钟", "不能退款"):
        assert part in text


async def test_on_the_last_day_of_a_month_waiting_is_advised(shop: TopupRig) -> None:
    shop.hall.clock.set(2026, 11, 30, 9)  # type: ignore[attr-defined]
    desk = Desk(shop, OWN)
    await desk.until_confirmed()
    text = ANSWERS.text("utter_topup_confirm", "web", desk.slots)
    assert "24至48小时" in text
    assert "错开" in text


async def test_the_size_stays_when_the_scope_is_corrected(shop: TopupRig) -> None:
    desk = Desk(shop, OWN)
    await desk.until_confirmed()
    first = desk.slots["confirmation"]
    await desk.run(topup.CheckPackage, scope="national")
    await desk.run(topup.CheckTopup)
    assert (desk.slots["scope"], desk.slots["topup_price"]) == ("national", 6000)
    assert desk.slots["confirmation"] != first


@pytest.mark.parametrize(("given", "way"), [("alipay", "alipay"), ("微信", "wechat"), ("用支付宝吧", "alipay")])
async def test_a_way_to_pay_is_taken_by_its_name(shop: TopupRig, given: str, way: str) -> None:
    assert (await Desk(shop).run(topup_paying.CheckPayMethod, pay_method=given)).slots["pay_method"] == way


@pytest.mark.parametrize("given", ["现金", "x", "9"])
async def test_another_way_to_pay_is_asked_again(shop: TopupRig, given: str) -> None:
    assert (await Desk(shop).run(topup_paying.CheckPayMethod, pay_method=given)).result == "again"


async def test_placing_gives_a_link_and_on_the_web_a_code_to_scan(shop: TopupRig) -> None:
    desk = Desk(shop, OWN)
    await desk.until_confirmed()
    outcome = await desk.run(topup.PlaceTopup)
    assert outcome.says[0].facts["url"].startswith("http://127.0.0.1:8000/p/")
    assert "qr.svg" in (outcome.says[0].image or "")
    sms = Desk(shop, OWN, "sms")
    await sms.until_confirmed()
    placed = await sms.run(topup.PlaceTopup)
    assert placed.says[0].image is None
    assert len(said(placed, "sms")) <= 70


async def test_the_turn_that_runs_again_places_one_order(shop: TopupRig) -> None:
    desk = Desk(shop, OWN)
    await desk.until_confirmed()
    slots = dict(desk.slots)
    for _ in range(2):
        desk.slots = dict(slots)
        await desk.run(topup.PlaceTopup)
    assert len(await shop.hall.store.all(select(tables.orders))) == 1


async def test_who_asks_for_a_late_order_is_told_so_and_a_person_is_called_once(shop: TopupRig) -> None:
    order = await shop.order(conversation=f"web:demo:{OWN}", payer=OWN)
    unit = shop.hall.store.unit()
    shop.hall.supplier.choose(unit, order.order_no, "silent")  # type: ignore[attr-defined]
    await unit.commit()
    await shop.pay(order)
    await shop.passes(minutes=34)
    desk = Desk(shop, OWN)
    for key in ("m1", "m2"):
        desk.key = key
        outcome = await desk.run(orders.CheckOrder, "都半个多小时了还没到")
        assert [one.response for one in outcome.says] == ["utter_order_late"]
    await shop.passes(seconds=1)
    assert [case.kind for case in await cases.about(shop.hall.store, order.order_no)] == ["slow"]


async def test_without_a_confirmation_nothing_is_placed(shop: TopupRig) -> None:
    desk = Desk(shop, OWN)
    await desk.until_confirmed()
    await desk.run(topup.PlaceTopup)
    assert (await desk.run(topup.PlaceTopup)).result == "end"


async def test_arrived_or_not_is_answered_from_the_order(shop: TopupRig) -> None:
    desk = Desk(shop, OWN)
    assert "没有查到" in said(await desk.run(orders.CheckOrder))
    await desk.until_confirmed()
    await desk.run(topup.PlaceTopup)
    (order,) = await shop.hall.store.all(select(tables.orders))
    assert "还没有收到付款" in said(await desk.run(orders.CheckOrder))
    assert "还没有付款" in said(await desk.run(orders.AskRefund))
    await shop.pay(order)
    assert "还没有到账" in said(await desk.run(orders.CheckOrder))
    await shop.passes(seconds=3)
    assert "到账了" in said(await desk.run(orders.CheckOrder))
    refund = said(await desk.run(orders.AskRefund))
    assert "不能退款" in refund
    assert "快充" in refund


async def test_asking_about_an_unpaid_order_asks_the_provider_once_a_minute(shop: TopupRig) -> None:
    desk = Desk(shop)
    await desk.until_confirmed(OTHER)
    await desk.run(topup.PlaceTopup)
    for _ in range(3):
        await desk.run(orders.CheckOrder)
    rows = await shop.hall.store.all(select(outbox.c.kind).where(outbox.c.kind == "topup.query_payment"))
    assert len(rows) == 1


@pytest.mark.parametrize(
    ("check", "slot", "response"),
    [
        (topup.CheckPackage, "package", "utter_topup_package_unclear"),
        (topup_credit.CheckCredit, "credit", "utter_credit_unclear"),
    ],
)
async def test_a_size_or_an_amount_that_is_no_number_is_asked_for_again(
    shop: TopupRig, check: type[HallAction], slot: str, response: str
) -> None:
    outcome = await Desk(shop, OWN).run(check, scope="national", **{slot: "many"})
    assert (outcome.result, [item.response for item in outcome.says]) == ("again", [response])


async def test_a_confirmation_that_has_lost_what_it_confirms_places_nothing(shop: TopupRig) -> None:
    desk = Desk(shop, OWN)
    await desk.until_confirmed()
    outcome = await desk.run(topup.PlaceTopup, confirmation=None)
    assert (outcome.result, [item.response for item in outcome.says]) == ("end", ["utter_topup_start_again"])
    assert await shop.hall.store.all(select(tables.orders)) == []


async def test_an_order_is_found_by_its_typed_number_and_never_somebody_elses(shop: TopupRig) -> None:
    desk, stranger = Desk(shop, OWN), Desk(shop)
    await desk.until_confirmed()
    await desk.run(topup.PlaceTopup)
    (order,) = await shop.hall.store.all(select(tables.orders))
    asked = f"{order.order_no.lower()}到账了吗"
    assert order.order_no in said(await desk.run(orders.CheckOrder, asked))
    assert "没有查到这个订单号" in said(await stranger.run(orders.CheckOrder, asked))
    assert "没有查到这个订单号" in said(await stranger.run(orders.AskRefund, asked))


async def test_without_an_order_the_rule_of_refunds_is_told(shop: TopupRig) -> None:
    assert "不能退" in said(await Desk(shop).run(orders.AskRefund))


def test_every_state_is_told_of_an_order_and_of_its_refund() -> None:
    words = {*states.TOLD.values(), *states.TOLD_STUCK.values(), *states.TOLD_PARTLY.values()}
    assert set(states.TOLD) == set(states.STATES) - set(states.PASSED)
    assert set(orders.ORDER) == words - {"await_pay"}  # which is said with where to pay
    assert set(orders.REFUND) == words
    assert all(answer in ANSWERS for answer in (*orders.ORDER.values(), *orders.REFUND.values()))
