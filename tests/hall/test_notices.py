"""What the hall writes of its own accord: to whom it agrees, by day, so often, once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from hall import notices
from hall.bss.demo import DemoBss
from hall.clock import SHANGHAI
from hall.context import Hall
from hall.errors import Unavailable
from hall.notices import Notice

OWES, FINE = "13900139002", "13400134009"
BILL = Notice("bill", "2026-11", {"owed_fen": 1260, "left_fen": 0})


@pytest.fixture
def by_day(hall: Hall) -> Hall:
    """Ten in the morning of the day after."""
    local = hall.clock.local()
    noon = datetime(local.year, local.month, local.day, 10, tzinfo=SHANGHAI) + timedelta(1)
    hall.clock.advance(noon - hall.clock.now())
    return hall


def conversation(line: str) -> str:
    return f"sms:demo:{line}"


async def test_what_is_owed_is_told_and_nothing_to_who_owes_nothing(hall: Hall) -> None:
    assert [one.kind for one in await notices.due(hall, OWES)] == ["bill"]
    assert await notices.due(hall, FINE) == []


async def test_the_same_occasion_is_told_once(by_day: Hall) -> None:
    assert await notices.tell(by_day, OWES, conversation(OWES), BILL)
    assert not await notices.tell(by_day, OWES, conversation(OWES), BILL)


@pytest.mark.parametrize("hours", [13, 15, 20])
async def test_never_at_night(by_day: Hall, hours: int) -> None:
    by_day.clock.advance(timedelta(hours=hours))  # 23:00, 1:00, 6:00
    assert not await notices.tell(by_day, OWES, conversation(OWES), BILL)


async def test_no_more_a_day_than_the_rules_say(by_day: Hall) -> None:
    told = [await notices.tell(by_day, OWES, conversation(OWES), Notice("bill", f"n{one}", {})) for one in range(4)]
    assert sum(told) == by_day.policy.notices.most_a_day


async def test_who_wants_none_gets_none_until_he_wants_them_again(by_day: Hall) -> None:
    await notices.say(by_day, OWES, agreed=False)
    assert not await notices.tell(by_day, OWES, conversation(OWES), BILL)
    await notices.say(by_day, OWES, agreed=True)
    assert await notices.tell(by_day, OWES, conversation(OWES), BILL)


async def test_offers_need_a_consent_of_their_own(by_day: Hall) -> None:
    offer = Notice("offer", "x", {"what": "充100送10"})
    assert not await notices.tell(by_day, FINE, conversation(FINE), offer)
    await notices.say(by_day, FINE, agreed=True)
    assert not await notices.tell(by_day, FINE, conversation(FINE), offer)
    await notices.say(by_day, FINE, agreed=True, kinds=("offer",))
    assert await notices.tell(by_day, FINE, conversation(FINE), offer)


async def test_without_the_consents_nothing_is_sent(by_day: Hall, demo: DemoBss) -> None:
    demo.faults["consents"] = "down"
    with pytest.raises(Unavailable):
        await notices.tell(by_day, OWES, conversation(OWES), BILL)
    assert await notices.go_round(by_day) == 0


async def test_offers_that_run_are_due_to_who_asked_for_them_and_no_one_else(by_day: Hall) -> None:
    assert "offer" not in {one.kind for one in await notices.due(by_day, FINE)}
    await notices.say(by_day, FINE, agreed=True, kinds=("offer",))
    names = {one.occasion for one in await notices.due(by_day, FINE) if one.kind == "offer"}
    running = {one.name for one in by_day.policy.promotions if one.since <= by_day.clock.local().date() <= one.until}
    assert names
    assert names <= running


@pytest.mark.parametrize("stopped", ["bill", "allowance", "offer"])
async def test_one_kind_is_stopped_and_the_others_are_not(by_day: Hall, stopped: str) -> None:
    await notices.say(by_day, OWES, agreed=True, kinds=("bill", "allowance", "offer"))
    assert await notices.say(by_day, OWES, agreed=False, kinds=(stopped,)) == (stopped,)
    agreed = await notices.agreed(by_day, OWES)
    assert {kind for kind, yes in agreed.items() if not yes} == {stopped}
