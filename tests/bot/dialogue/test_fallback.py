"""When it is not clear what was meant: choices, then the menu, then a person. A rare wish is not swallowed."""

from __future__ import annotations

import pytest

from bot.dialogue.state import ParsedMessage
from tests.bot.dialogue.test_interpreter import Talk


@pytest.fixture
def talk() -> Talk:
    talk = Talk()
    talk.view["proved_line"] = "13800138000"
    return talk


def hears(talk: Talk, *ranking: tuple[str, float], text: str = "…") -> list[str]:
    return talk.hear(ParsedMessage(text=text, intent=ranking[0][0], confidence=ranking[0][1], ranking=ranking))


def offered(talk: Talk) -> list[str]:
    return [title for title, _ in talk.view["offer"]["choices"]]


def test_unsure_offers_the_likeliest_then_the_menu_then_a_person_is_offered(talk: Talk) -> None:
    unsure = (("bill", 0.3), ("topup", 0.25), ("usage", 0.2), ("balance", 0.1), ("greet", 0.09))
    assert hears(talk, *unsure) == ["action_offer"]
    assert offered(talk) == ["查账单", "充流量", "查流量", "utter_choice_none"]
    assert hears(talk, *unsure) == ["utter_not_understood", "utter_main_business"]
    assert hears(talk, *unsure) == ["action_offer_person"]
    assert talk.view["handoff_reason"] == "misunderstood"


def test_wishes_of_one_flow_are_offered_by_their_own_names(talk: Talk) -> None:
    hears(talk, ("points", 0.4), ("invoice", 0.3), ("out_of_scope", 0.2))
    assert talk.view["offer"]["choices"][:2] == [
        ("查积分", "/points"),
        ("开发票", "/invoice"),
    ]


@pytest.mark.parametrize("first", ["out_of_scope", "greet", "thank", "affirm", "deny"])
def test_a_wish_close_behind_what_is_no_wish_is_offered(talk: Talk, first: str) -> None:
    assert hears(talk, (first, 0.5), ("loss", 0.35)) == ["action_offer"]
    assert offered(talk) == ["挂失", "utter_choice_none"]
    assert talk.choose("loss") == ["utter_loss"]


def test_what_is_clearly_ahead_is_taken_at_its_word(talk: Talk) -> None:
    assert hears(talk, ("greet", 0.8), ("loss", 0.15)) == ["utter_greet"]
    assert hears(talk, ("out_of_scope", 0.8), ("loss", 0.15)) == ["utter_out_of_scope"]
    assert hears(talk, ("usage", 0.8), ("loss", 0.15)) == ["utter_usage"]


def test_a_likely_wish_takes_the_menus_place_when_the_wish_was_vague(talk: Talk) -> None:
    assert hears(talk, ("ask_help", 0.7), ("loss", 0.1), ("greet", 0.1)) == ["action_offer"]
    assert offered(talk) == ["挂失", "utter_choice_none"]


def test_a_rare_wish_right_after_small_talk_is_offered(talk: Talk) -> None:
    assert hears(talk, ("greet", 0.95)) == ["utter_greet"]
    assert hears(talk, ("out_of_scope", 0.5), ("points", 0.4)) == ["action_offer"]
    assert offered(talk) == ["查积分", "utter_choice_none"]


def test_two_wishes_about_as_likely_are_asked_about_once(talk: Talk) -> None:
    assert hears(talk, ("usage", 0.52), ("topup", 0.4)) == ["action_offer"]
    assert offered(talk) == ["查流量", "充流量", "utter_choice_none"]
    assert hears(talk, ("usage", 0.52), ("topup", 0.4)) == ["utter_usage"]


def test_in_a_task_a_likely_wish_is_offered_beside_going_on(talk: Talk) -> None:
    talk.say("topup")
    assert hears(talk, ("loss", 0.4), ("inform", 0.3)) == ["action_offer"]
    assert offered(talk) == ["挂失", "utter_choice_yes"]
    assert talk.choose("deny") == ["utter_continue", "utter_ask_number"]


def test_in_a_task_what_is_hardly_a_wish_asks_the_question_again(talk: Talk) -> None:
    talk.say("topup")
    assert hears(talk, ("inform", 0.4), ("loss", 0.15)) == ["utter_not_understood", "utter_ask_number"]


def test_the_open_question_may_still_be_answered_after_a_choice_was_offered(talk: Talk) -> None:
    talk.say("topup")
    hears(talk, ("loss", 0.4), ("inform", 0.3))
    assert talk.say(phone_number="13800138000") == ["action_check_number", "utter_ask_scope"]


def test_mere_digits_bring_the_menu(talk: Talk) -> None:
    assert hears(talk, ("out_of_scope", 0.4), ("usage", 0.3), text="10086") == [
        "utter_not_understood",
        "utter_main_business",
    ]


def test_understanding_in_between_begins_the_count_anew(talk: Talk) -> None:
    hears(talk, ("bill", 0.1))
    hears(talk, ("usage", 0.9))
    assert hears(talk, ("bill", 0.1)) == ["action_offer"]
