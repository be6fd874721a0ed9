"""What a wish for a person does: a place in the queue while the bot goes on, a summary without secrets; a message."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert

from actions.handoff import (
    AskWhenClosed,
    HandOff,
    LeaveMessage,
    LeaveQueue,
    OfferPerson,
    RateService,
    TellPlace,
)
from hall import handoff
from hall.bss.demo import DemoBss
from hall.context import Hall
from hall.store.tables.core import conversations
from tests.conftest import StillClock

CHAT = "web:demo:s"
NIGHT = (2026, 11, 15, 23, 20)


def given(slot: str, entity: str, value: Any) -> dict[str, Any]:
    return {"slot": slot, "entity": entity, "value": value}


async def converses(hall: Hall, conversation: str = CHAT) -> None:
    """A conversation as it is stored: an agent who takes it changes its owner."""
    channel, account, sender = conversation.split(":")
    unit, now = hall.store.unit(), hall.clock.now()
    unit.stage(
        insert(conversations).values(
            conversation=conversation, channel=channel, account=account, sender=sender, created_at=now, touched_at=now
        )
    )
    await unit.commit()


@pytest.mark.parametrize("channel", ["web", "sms"])
async def test_the_customer_is_told_the_place_and_the_bot_goes_on(play: Any, channel: str) -> None:
    told = await play(HandOff, channel=channel)
    assert told.result == "queued"
    assert "第1位" in told.texts[0]
    assert "人工" in told.texts[0]
    assert channel != "sms" or len(told.texts[0]) <= 70
    assert told.turn.owner == handoff.QUEUED


async def test_who_comes_later_hears_how_many_go_first_and_about_how_long(play: Any, hall: Hall) -> None:
    await play(HandOff, channel="web")
    told = await play(HandOff, channel="sms")
    assert "前面还有1位，约3分钟" in told.texts[0]
    assert len(told.texts[0]) <= 70


async def test_who_asks_again_hears_the_place_and_waits_once(play: Any, hall: Hall) -> None:
    await play(HandOff)
    told = await play(HandOff, queued=True)
    assert told.keys == ["utter_handoff_waits"]
    assert len(await handoff.queue(hall)) == 1


async def test_the_agent_gets_the_task_and_its_values_in_words_masked(play: Any, hall: Hall) -> None:
    values = [
        given("phone_number", "phone_number", "13800138000"),
        given("scope", "scope", "national"),
        given("package", "data_mb", 1024),
        given("credit", "amount_fen", 10000),
        given("pay_method", "pay_method", "wechat"),
        given("month", "month", "2026-10"),
    ]
    task = {"flow": "topup_data", "title": "充流量", "given": values}
    await play(HandOff, open_task=task, handoff_reason="misunderstood")
    item = (await handoff.queue(hall))[0]
    assert (item.reason, item.tier) == ("misunderstood", "basic")
    assert (item.summary["task"], item.summary["title"]) == ("topup_data", "充流量")
    shown = [slot["value"] for slot in item.summary["slots"]]
    assert shown == ["138****8000", "国内流量", "1GB", "100元话费", "微信支付", "10月"]
    assert [slot["name"] for slot in item.summary["slots"]][:2] == ["号码", "使用范围"]


async def test_the_tier_is_the_customers_and_goes_first(play: Any, hall: Hall) -> None:
    await play(HandOff, channel="web")
    told = await play(HandOff, line="13400134009", channel="sms")
    assert "第1位" in told.texts[0]
    assert [item.tier for item in await handoff.queue(hall)] == ["diamond", "basic"]


async def test_danger_goes_before_everybody_and_waits_when_nobody_is_there(
    play: Any, hall: Hall, clock: StillClock
) -> None:
    await play(HandOff, line="13400134009", channel="sms")
    clock.set(*NIGHT)
    told = await play(HandOff, handoff_reason="danger")
    assert told.result == "queued"
    assert (await handoff.queue(hall))[0].reason == "danger"
    assert "明天9点" in told.texts[0]


async def test_a_person_can_be_had_when_the_operators_systems_are_down(play: Any, hall: Hall, demo: DemoBss) -> None:
    demo.faults["subscriber"] = "down"
    told = await play(HandOff)
    assert told.result == "queued"
    assert [item.tier for item in await handoff.queue(hall)] == ["basic"]


async def test_nobody_needs_to_be_known_to_reach_a_person(play: Any, hall: Hall) -> None:
    await play(HandOff, line=None)
    assert len(await handoff.queue(hall)) == 1


async def test_when_nobody_is_there_nobody_is_put_into_the_queue(play: Any, hall: Hall, clock: StillClock) -> None:
    clock.set(*NIGHT)
    assert (await play(HandOff)).result == "closed"
    assert await handoff.queue(hall) == []
    asked = await play(AskWhenClosed, channel="sms")
    assert "明天9点前没有人工" in asked.texts[0]


async def test_who_waits_already_keeps_the_place_over_night(play: Any, hall: Hall, clock: StillClock) -> None:
    await play(HandOff)
    clock.set(*NIGHT)
    told = await play(HandOff, queued=True)
    assert told.result == "queued"
    assert "明天9点" in told.texts[0]
    assert "明天9点" in (await play(TellPlace, queued=True)).texts[0]


async def test_a_message_is_kept_masked_with_the_number_to_call(play: Any, hall: Hall, clock: StillClock) -> None:
    clock.set(*NIGHT)
    written = "流量不对，请打13900139002找我"
    told = await play(LeaveMessage, message_text=written, mentioned_number="13900139002")
    item = (await handoff.queue(hall))[0]
    assert (item.kind, item.message, item.callback) == (handoff.MESSAGE, "流量不对，请打139****9002找我", "13900139002")
    assert "139 0013 9002" in told.texts[0]
    assert told.turn.owner == handoff.BOT


async def test_without_a_number_it_is_answered_on_the_proved_line_or_here(play: Any, hall: Hall) -> None:
    await play(LeaveMessage, message_text="在吗")
    await play(LeaveMessage, message_text="在吗", line=None, channel="sms")
    assert {item.callback for item in await handoff.queue(hall)} == {"13800138000", None}


async def test_who_leaves_is_out_of_the_queue_and_may_leave_again(play: Any, hall: Hall) -> None:
    await play(HandOff)
    for _ in range(2):
        told = await play(LeaveQueue, queued=True)
        assert (told.keys, told.turn.owner) == (["utter_queue_left"], handoff.BOT)
    assert await handoff.queue(hall) == []


async def test_the_offer_says_how_long_or_when(play: Any, clock: StillClock) -> None:
    assert "不用排队" in (await play(OfferPerson, handoff_reason="wondered")).texts[0]
    assert "没弄明白" in (await play(OfferPerson, handoff_reason="misunderstood")).texts[0]
    clock.set(*NIGHT)
    night = await play(OfferPerson, handoff_reason="wondered")
    assert "每天9-21点" in night.texts[0]
    assert "留言" in night.texts[0]


async def test_a_rating_is_kept_once(play: Any, hall: Hall) -> None:
    await converses(hall)
    await play(HandOff)
    item = (await handoff.queue(hall))[0]
    await handoff.take_over(hall, item.id, "anna")
    await handoff.close(hall, item.id, "anna")
    for rating in ("bad", "good"):
        await play(RateService, rating=rating)
    assert (await handoff.get(hall, item.id)).rating == "bad"
