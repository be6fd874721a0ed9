"""Several wishes in one message: all are served, in order, whatever happens to the first."""

from __future__ import annotations

from typing import Any

import pytest

from bot.dialogue.state import ParsedMessage
from tests.bot.dialogue.test_interpreter import Talk

ORDER = {"phone_number": "1", "scope": "n", "data_mb": 1}


@pytest.fixture
def talk() -> Talk:
    talk = Talk()
    talk.view["proved_line"] = "13800138000"
    return talk


def wish(intent: str, text: str = "", **entities: Any) -> ParsedMessage:
    return ParsedMessage(text=text, intent=intent, confidence=1.0, entities=tuple(entities.items()), rest=text)


def both(talk: Talk, *parts: ParsedMessage) -> list[str]:
    return talk.hear(ParsedMessage(text="…", intent=parts[-1].intent, confidence=1.0, parts=parts))


def test_two_answers_follow_each_other(talk: Talk) -> None:
    assert both(talk, wish("balance"), wish("usage")) == ["action_balance", "utter_next_wish", "utter_usage"]
    assert talk.view["task"] == "查流量"
    assert (talk.state.stack, talk.state.waiting) == ([], [])


def test_a_task_is_finished_before_the_second_begins_with_its_values(talk: Talk) -> None:
    said = both(talk, wish("topup", **ORDER), wish("bill", month="2026-08"))
    assert said == ["action_offer", "action_check_number", "action_eligible", "utter_confirm"]
    assert talk.say("affirm", "确认") == ["action_place", "utter_next_wish", "action_bill"]
    assert talk.view["month"] is None
    assert (talk.state.stack, talk.state.waiting) == ([], [])


def test_both_are_told_when_the_first_takes_a_while(talk: Talk) -> None:
    both(talk, wish("topup"), wish("usage"))
    assert talk.view["offer"] == {"response": "utter_two_wishes", "facts": {"first": "充流量", "second": "查流量"}}


def test_cancelling_the_first_brings_the_second(talk: Talk) -> None:
    both(talk, wish("topup"), wish("usage"))
    assert talk.say("cancel", "取消") == ["utter_cancelled", "utter_next_wish", "utter_usage"]


@pytest.mark.parametrize("text", ["都取消", "全部不办了", "都不要了。", "全都取消吧"])
def test_cancelling_everything_brings_nothing(talk: Talk, text: str) -> None:
    both(talk, wish("topup"), wish("usage"))
    assert talk.say("usage", text) == ["utter_cancelled"]
    assert (talk.state.stack, talk.state.waiting) == ([], [])


def test_what_ends_by_itself_brings_the_second_too(talk: Talk) -> None:
    talk.actions["action_eligible"] = lambda view: "end"
    said = both(talk, wish("topup", **ORDER), wish("usage"))
    assert said == ["action_offer", "action_check_number", "action_eligible", "utter_next_wish", "utter_usage"]


def test_the_urgent_goes_first(talk: Talk) -> None:
    assert both(talk, wish("topup"), wish("loss")) == ["utter_loss", "utter_next_wish", "utter_ask_number"]


def test_in_the_middle_of_a_task_both_are_answered_and_it_goes_on(talk: Talk) -> None:
    talk.say("topup")
    said = both(talk, wish("balance"), wish("usage"))
    assert said == ["action_balance", "utter_next_wish", "utter_usage", "utter_continue", "utter_ask_number"]


def test_a_digression_during_the_first_does_not_bring_the_second(talk: Talk) -> None:
    both(talk, wish("topup"), wish("bill", month="2026-08"))
    assert talk.say("usage") == ["utter_usage", "utter_continue", "utter_ask_number"]
    assert [one["intent"] for one in talk.state.waiting] == ["bill"]


def test_a_task_that_breaks_into_the_first_does_not_bring_the_second(talk: Talk) -> None:
    talk.say("topup")
    talk.say("complaint")
    assert talk.say("deny", "不用") == ["utter_dropped", "action_offer"]  # the way back is offered
    both(talk, wish("bill"), wish("usage"))  # an answer to that, which drops the first task
    talk.say("complaint")
    assert "utter_usage" not in talk.say("deny", "不用")
    talk.say("affirm", "好")
    assert talk.say("cancel", "取消") == ["utter_cancelled", "utter_next_wish", "utter_usage"]


def test_what_is_asked_for_meanwhile_does_not_come_again(talk: Talk) -> None:
    both(talk, wish("topup"), wish("usage"))
    talk.say("usage")
    assert talk.say("cancel", "取消") == ["utter_cancelled"]


def test_two_wishes_of_one_flow_are_one(talk: Talk) -> None:
    assert both(talk, wish("points"), wish("invoice")) == ["utter_elsewhere"]


def test_a_person_called_last_comes_last(talk: Talk) -> None:
    assert both(talk, wish("balance"), wish("talk_to_human")) == [
        "action_balance",
        "utter_next_wish",
        "action_hand_off",
    ]
    assert talk.view["handoff_reason"] == "asked"


def test_a_person_called_first_leaves_the_other_wish_to_be_served(talk: Talk) -> None:
    assert both(talk, wish("talk_to_human"), wish("usage")) == ["action_hand_off", "utter_next_wish", "utter_usage"]


def test_a_person_called_first_reads_of_the_task_beside_it_which_begins(talk: Talk) -> None:
    read: list[Any] = []
    talk.actions["action_hand_off"] = lambda view: read.append(view["open_task"]) or "queued"  # type: ignore[func-returns-value]
    said = both(talk, wish("talk_to_human"), wish("topup", phone_number="1"))
    assert said == ["action_hand_off", "utter_next_wish", "action_check_number", "utter_ask_scope"]
    given = [{"slot": "number", "entity": "phone_number", "value": "1"}]
    assert read == [{"flow": "topup", "title": "充流量", "given": given}]


def test_a_value_is_taken_and_the_question_beside_it_answered(talk: Talk) -> None:
    talk.say("topup")
    said = both(talk, wish("inform", "1", phone_number="1"), wish("usage"))
    assert said == ["utter_usage", "utter_continue", "action_check_number", "utter_ask_scope"]
    assert talk.view["number"] == "1"


def test_a_stop_with_a_wish_switches(talk: Talk) -> None:
    talk.say("topup")
    said = both(talk, wish("cancel", "不充了"), wish("bill"))
    assert said == ["utter_cancelled", "utter_next_wish", "utter_ask_month"]
    assert [frame.flow for frame in talk.state.stack] == ["bill"]


def test_consent_with_a_wish_does_both(talk: Talk) -> None:
    talk.say("topup", **ORDER)
    said = both(talk, wish("affirm", "确认"), wish("usage"))
    assert said == ["action_place", "utter_next_wish", "utter_usage"]


def test_a_line_is_proved_once_for_both(talk: Talk) -> None:
    talk.view["proved_line"] = None
    talk.actions["action_check_code"] = lambda view: view.update({"proved_line": "1"}) or "ok"
    assert both(talk, wish("balance"), wish("usage")) == ["action_offer", "utter_ask_line_number"]
    talk.say(phone_number="1")
    said = talk.say("inform", "123456")
    assert said == ["action_check_code", "action_balance", "utter_next_wish", "utter_usage"]


def test_a_line_that_cannot_be_proved_is_not_asked_for_again(talk: Talk) -> None:
    talk.view["proved_line"] = None
    talk.actions["action_check_code"] = lambda view: "end"
    both(talk, wish("usage"), wish("balance"))
    talk.say(phone_number="1")
    assert talk.say("inform", "123456") == ["action_check_code"]
    assert talk.state.waiting == []


def test_three_are_served_in_order(talk: Talk) -> None:
    said = both(talk, wish("balance"), wish("usage"), wish("bill", month="2026-08"))
    assert said == ["action_balance", "utter_next_wish", "utter_usage", "utter_next_wish", "action_bill"]


def test_what_an_older_model_remembered_is_forgotten(talk: Talk) -> None:
    talk.say("topup")
    talk.state.later("gone", {}, 0)
    assert talk.say("cancel", "取消") == ["utter_cancelled"]
