"""A person is offered once, called by a yes, left by 0 where nothing else is open; nothing said of it costs money."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.dialogue.state import ParsedMessage
from tests.bot.dialogue.test_interpreter import CHECKS, Talk

ORDER = {"phone_number": "1", "scope": "n", "data_mb": 1}


@pytest.fixture
def talk() -> Talk:
    return waiting()


def waiting() -> Talk:
    """Somebody who is served while he waits, once he has called a person."""
    talk = Talk()
    talk.view["proved_line"] = "13800138000"

    def queued(view: object) -> str:
        talk.view["queued"] = True
        return "queued"

    def left(view: object) -> str:
        talk.view["queued"] = None
        return "ok"

    talk.actions |= {"action_hand_off": queued, "action_leave_queue": left}
    return talk


def command(talk: Talk, said: str, **more: str) -> list[str]:
    return talk.hear(ParsedMessage(text="…", intent=more.get("intent", "out_of_scope"), confidence=0.1, command=said))


@pytest.mark.parametrize("said", ["no_wait", "no_person", "back"])
def test_who_waits_with_nothing_open_leaves(talk: Talk, said: str) -> None:
    assert talk.say("talk_to_human") == ["action_hand_off"]
    assert command(talk, said) == ["action_leave_queue"]
    assert command(talk, "back") == ["utter_menu"]


def test_zero_leaves_right_after_the_place_and_goes_back_wherever_a_question_is_open(talk: Talk) -> None:
    talk.say("topup", phone_number="1")
    talk.say("talk_to_human")
    assert command(talk, "back") == ["action_leave_queue", "utter_ask_scope"]
    talk.say("talk_to_human")
    assert talk.say(scope="n") == ["utter_ask_size"]
    assert command(talk, "back") == ["utter_ask_scope"]
    assert talk.view["queued"]
    assert command(talk, "no_wait") == ["action_leave_queue", "utter_ask_scope"]


def test_the_open_question_keeps_its_choices_over_a_hand_off(talk: Talk) -> None:
    talk.say("topup", phone_number="1")
    offers = [{"title": "国内", "payload": '/inform{"scope":"n"}'}]
    talk.state.offers = offers
    talk.say("talk_to_human")
    assert talk.state.offers == offers


@pytest.mark.parametrize("said", ["urges", "about_person"])
def test_who_asks_how_long_hears_the_place(talk: Talk, said: str) -> None:
    talk.say("talk_to_human")
    assert command(talk, said) == ["action_tell_place"]


def test_who_does_not_wait_and_asks_about_people_is_offered_one(talk: Talk) -> None:
    assert command(talk, "about_person") == ["action_offer_person"]
    assert talk.view["handoff_reason"] == "wondered"
    assert talk.say("deny", "不用") == ["utter_go_on"]
    assert command(talk, "urges") == ["utter_not_understood", "utter_main_business"]
    assert command(talk, "no_person") == ["utter_no_person"]


def test_what_is_not_understood_is_for_the_person(talk: Talk) -> None:
    talk.say("talk_to_human")
    for _ in range(4):
        assert talk.say("out_of_scope", "咕咕", 0.1) == ["utter_noted_for_person"]


@pytest.mark.parametrize("intent", ["affirm", "talk_to_human"])
def test_a_yes_takes_an_offer(talk: Talk, intent: str) -> None:
    command(talk, "about_person")
    assert talk.say(intent, "好") == ["action_hand_off"]


@pytest.mark.parametrize("intent", ["deny", "cancel"])
def test_a_no_declines_it_and_the_task_goes_on(talk: Talk, intent: str) -> None:
    talk.say("topup", phone_number="1")
    command(talk, "about_person")
    assert talk.say(intent, "不") == ["utter_go_on", "utter_continue", "utter_ask_scope"]


def test_an_answer_to_the_task_below_lets_the_offer_go(talk: Talk) -> None:
    talk.say("topup", phone_number="1")
    command(talk, "about_person")
    assert talk.say(scope="n") == ["utter_ask_size"]
    assert [frame.flow for frame in talk.state.stack] == ["topup"]


def test_a_question_beside_it_lets_it_go_for_good(talk: Talk) -> None:
    command(talk, "about_person")
    assert talk.say("usage") == ["utter_usage"]
    assert talk.state.stack == []


def test_when_nobody_is_there_everything_written_is_the_message(talk: Talk) -> None:
    talk.actions["action_hand_off"] = lambda view: "closed"
    assert talk.say("talk_to_human") == ["action_hand_off", "utter_ask_when_closed"]
    assert talk.choose("inform", when_closed="message")[-1] == "utter_ask_message_text"
    said = talk.say("usage", "查流量，还有我的账单也不对", phone_number="1")
    assert said[-1] == "action_leave_message"
    assert talk.state.stack == []


@pytest.mark.parametrize(("intent", "text"), [("talk_to_human", "9"), ("out_of_scope", "1")])
def test_a_bare_digit_is_no_message(talk: Talk, intent: str, text: str) -> None:
    talk.actions["action_hand_off"] = lambda view: "closed"
    talk.say("talk_to_human")
    talk.choose("inform", when_closed="message")
    assert talk.say(intent, text)[-1] == "utter_ask_message_text"


@pytest.mark.parametrize("said", ["back", "no_wait"])
def test_a_message_can_be_given_up(talk: Talk, said: str) -> None:
    talk.actions["action_hand_off"] = lambda view: "closed"
    talk.say("talk_to_human")
    talk.choose("inform", when_closed="message")
    assert command(talk, said) == ["utter_go_on"]
    assert talk.state.stack == []


def test_a_rating_is_heard_where_an_agent_has_closed_and_once(talk: Talk) -> None:
    assert "action_rate_service" not in command(talk, "rates_good")
    event = ParsedMessage(event={"response": "utter_handoff_closed", "resume": True, "rate": True})
    assert talk.hear(event) == ["action_offer", "utter_ask_rating"]
    assert command(talk, "rates_bad") == ["action_rate_service"]
    assert talk.view["rating"] == "bad"
    assert "action_rate_service" not in command(talk, "rates_good")


def test_a_yes_to_the_place_shows_the_confirmation_again_and_only_the_next_one_orders(talk: Talk) -> None:
    talk.say("topup", **ORDER)
    talk.say("talk_to_human")
    assert talk.say("affirm", "确认") == ["action_tell_place", "utter_confirm"]
    assert talk.say("affirm", "确认") == ["action_place"]


WORDS = st.sampled_from(["affirm", "deny", "thank", "out_of_scope", "talk_to_human", "greet", "usage"])
COMMANDS = st.sampled_from(["", "", "urges", "about_person", "no_wait", "no_person", "rates_good", "repeat"])


@settings(deadline=None)
@given(st.lists(st.tuples(WORDS, COMMANDS), min_size=1, max_size=6))
def test_nothing_said_about_a_person_orders_anything(said: list[tuple[str, str]]) -> None:
    """Whatever is said after a person was called over a confirmation: only a clear yes to the confirmation itself,
    shown again, orders; every message is answered; and the order can still be confirmed in the end."""
    talk = waiting()
    assert talk.say("topup", **ORDER) == CHECKS
    talk.say("talk_to_human")
    for intent, word in said:
        ran = talk.hear(ParsedMessage(text="嗯", intent=intent, confidence=0.95, command=word))
        assert ran
        assert "action_place" not in ran
