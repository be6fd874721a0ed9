"""What was spoken of last, and how long it is remembered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from bot.dialogue import relative_month
from bot.dialogue.focus import Focus
from bot.dialogue.state import ParsedMessage
from hall import clock
from hall.clock import SHANGHAI, Clock
from tests.bot.dialogue.test_interpreter import Talk

OWN = "13800138000"


@pytest.fixture
def time() -> Iterator[Clock]:
    before, now = clock.current(), Clock(datetime(2026, 11, 15, 10, tzinfo=SHANGHAI))
    clock.use(now)
    yield now
    clock.use(before)


@pytest.fixture
def talk(time: Clock) -> Talk:
    talk = Talk()
    talk.view["proved_line"] = OWN
    return talk


def says(talk: Talk, text: str, *cues: str, intent: str = "inform", **entities: object) -> list[str]:
    values = tuple(entities.items())
    return talk.hear(ParsedMessage(text=text, intent=intent, entities=values, rest=text, cues=frozenset(cues)))


def refused(talk: Talk) -> None:
    """A top-up that is refused when everything is known."""
    talk.actions["action_eligible"] = lambda view: "end"
    talk.say("topup", phone_number=OWN, scope="national", data_mb=1024)
    assert talk.state.stack == []
    talk.actions.pop("action_eligible")


def test_a_value_after_a_refusal_takes_up_the_task_with_what_was_agreed(talk: Talk) -> None:
    refused(talk)
    assert says(talk, "换5G吧", data_mb=5120)[-1] == "utter_confirm"
    assert (talk.view["number"], talk.view["scope"], talk.view["size"]) == (OWN, "national", 5120)


def test_for_six_hours(talk: Talk, time: Clock) -> None:
    refused(talk)
    time.advance(timedelta(hours=6, minutes=1))
    says(talk, "换5G吧", data_mb=5120)
    assert talk.view["number"] is None


def test_what_is_named_is_found_the_next_day(talk: Talk, time: Clock) -> None:
    refused(talk)
    talk.state.focus = talk.state.focus.rested()
    time.advance(timedelta(hours=26))
    assert says(talk, "昨天那个还没充完", "resume")[0] == "utter_taken_up_later"
    assert talk.view["size"] == 1024


def test_and_not_after_two_days(talk: Talk, time: Clock) -> None:
    refused(talk)
    time.advance(timedelta(hours=49))
    assert talk.state.focus.rested() == Focus()


def test_the_same_again_is_confirmed_anew(talk: Talk) -> None:
    talk.say("topup", phone_number=OWN, scope="national", data_mb=1024)
    assert talk.say("affirm", "确认") == ["action_place"]
    assert says(talk, "再来一份", "again") == ["utter_again", "action_check_number", "action_eligible", "utter_confirm"]


def test_another_number_beside_the_open_one_waits_for_it(talk: Talk) -> None:
    talk.say("topup", phone_number=OWN, scope="national")
    assert says(talk, "再给139充个5G", "also", phone_number="13900139002", data_mb=5120)[0] == "utter_also_noted"
    assert talk.view["number"] == OWN
    talk.say(data_mb=1024)
    ran = talk.say("affirm", "确认")
    assert ran[:2] == ["action_place", "utter_next_wish"]
    assert (talk.view["number"], talk.view["scope"], talk.view["size"]) == ("13900139002", "national", 5120)


def test_another_number_with_a_word_of_change_replaces_the_open_one(talk: Talk) -> None:
    talk.say("topup", phone_number=OWN, scope="national")
    says(talk, "不是，再给139充", "also", "change", phone_number="13900139002")
    assert talk.view["number"] == "13900139002"


def test_going_on_with_what_is_open_is_no_stop(talk: Talk) -> None:
    talk.say("topup")
    assert says(talk, "刚才那个接着办", "resume", intent="cancel") == ["utter_continue", "utter_ask_number"]


def test_another_wish_is_no_continuation(talk: Talk) -> None:
    refused(talk)
    talk.say("bill", month="2026-09")
    assert talk.state.focus.month == "2026-09"


@pytest.mark.parametrize(
    ("text", "named", "focus", "meant"),
    [
        ("再上一个月", ["2026-10"], "2026-09", ["2026-08"]),
        ("再前一个月", [], "2026-10", ["2026-09"]),
        ("前一个月呢", ["2026-10"], "2026-01", ["2025-12"]),
        ("再往前一个月呢", [], "2026-07/2026-09", ["2026-06"]),
        ("那下一个月的呢", [], "2026-07/2026-09", ["2026-10"]),
        ("那上个月呢", ["2026-10"], "2026-10", ["2026-09"]),
        ("那上个月呢", ["2026-10"], "2026-08", None),
        ("上上个月呢", ["2026-09"], "2026-09", None),
        ("那8月呢", ["2026-08"], "2026-10", None),
        ("再上一个月", [], "", None),
    ],
)
def test_a_month_beside_another(text: str, named: list[str], focus: str, meant: list[str] | None) -> None:
    assert relative_month.shifted(text, named, focus) == meant


def test_several_numbers_are_served_one_after_the_other_with_the_same_amount(talk: Talk) -> None:
    numbers = ("13900139002", OWN, "13400134009")
    values = (*(("phone_number", number) for number in numbers), ("scope", "national"), ("data_mb", 1024))
    ran = talk.hear(ParsedMessage(text="…", intent="topup", confidence=1.0, entities=values))
    assert ran[0] == "action_several"
    assert talk.view["several"]["values"] == list(numbers)
    served = []
    while talk.state.stack:
        served.append((talk.view["number"], talk.view["size"]))
        talk.say("affirm", "确认")
    assert served == [(number, 1024) for number in numbers]


def test_of_several_only_those_are_served_that_the_action_takes(talk: Talk) -> None:
    talk.actions["action_several"] = lambda view: view["several"].update(values=["13900139002"]) or "ok"
    numbers = (("phone_number", "13900139002"), ("phone_number", OWN))
    talk.hear(ParsedMessage(text="…", intent="topup", confidence=1.0, entities=(*numbers, ("scope", "national"))))
    talk.say(data_mb=1024)
    talk.say("affirm", "确认")
    assert talk.state.stack == []
