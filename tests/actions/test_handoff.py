"""What a wish for a person does: a place in the queue, a silent bot, a summary without secrets."""

from typing import Any

import pytest

from actions.handoff import HandOff
from hall import handoff
from hall.bss.demo import DemoBss
from hall.context import Hall


@pytest.mark.parametrize("channel", ["web", "sms"])
async def test_the_customer_is_told_the_place_and_a_person_owns_the_conversation(play: Any, channel: str) -> None:
    told = await play(HandOff, channel=channel)
    assert "1" in told.texts[0]
    assert "人工" in told.texts[0]
    assert channel != "sms" or len(told.texts[0]) <= 70
    assert told.turn.owner == "person"


async def test_the_agent_gets_the_task_and_its_values_masked_and_no_code(play: Any, hall: Hall) -> None:
    slots = {"phone_number": "13800138000", "package": None, "code": "123456"}
    task = {"flow": "topup_data", "title": "充流量", "slots": slots}
    await play(HandOff, open_task=task, handoff_reason="misunderstood")
    item = (await handoff.queue(hall))[0]
    assert (item.reason, item.tier) == ("misunderstood", "basic")
    assert (item.summary["task"], item.summary["title"]) == ("topup_data", "充流量")
    assert [slot["value"] for slot in item.summary["slots"]] == ["138****8000"]


async def test_the_tier_is_the_customers(play: Any, hall: Hall) -> None:
    await play(HandOff, line="13400134009")
    assert (await handoff.queue(hall))[0].tier == "diamond"


async def test_a_person_can_be_had_when_the_operators_systems_are_down(play: Any, hall: Hall, demo: DemoBss) -> None:
    demo.faults["subscriber"] = "down"
    told = await play(HandOff)
    assert told.result == "ok"
    assert [item.tier for item in await handoff.queue(hall)] == ["basic"]


async def test_nobody_needs_to_be_known_to_reach_a_person(play: Any, hall: Hall) -> None:
    await play(HandOff, line=None)
    assert len(await handoff.queue(hall)) == 1
