"""Words that begin a flow right after another one, that give one up, and wishes beside what is urgent."""

from __future__ import annotations

import pytest
from ruamel.yaml import YAML

from bot.dialogue.fallback import Thresholds
from bot.dialogue.flow import Flows, parse
from bot.dialogue.interpreter import Interpreter
from bot.dialogue.patterns import Patterns
from bot.dialogue.state import ParsedMessage
from tests.bot.dialogue.test_interpreter import FLOWS, KNOWN, Talk

MORE = """
open: {title: 开通, intent: open, after: {open_it: [usage]}, steps: [{confirm: utter_open}, {act: action_open}]}
lost: {title: 挂失, intent: lost, cue: lost, stops: found, urgency: 8, steps: [{confirm: utter_lost}]}
"""


@pytest.fixture
def talk() -> Talk:
    talk = Talk()
    talk.view["proved_line"] = "13800138000"
    written = YAML(typ="safe").load(FLOWS + MORE)
    talk.interpreter = Interpreter(Flows({name: parse(name, data) for name, data in written.items()}), KNOWN)
    talk.hearing = Patterns(talk.interpreter, Thresholds(), frozenset({"确认"}))
    return talk


def said(intent: str, *cues: str, parts: tuple[ParsedMessage, ...] = ()) -> ParsedMessage:
    return ParsedMessage(text="话", intent=intent, confidence=1.0, cues=frozenset(cues), parts=parts)


def test_words_begin_a_flow_right_after_the_one_that_it_names(talk: Talk) -> None:
    assert talk.say("usage") == ["utter_usage"]
    assert talk.hear(said("affirm", "open_it")) == ["utter_open"]


def test_the_same_words_begin_nothing_elsewhere(talk: Talk) -> None:
    assert "utter_open" not in talk.hear(said("affirm", "open_it"))
    talk.say("papers", document="passport")
    assert "utter_open" not in talk.hear(said("affirm", "open_it"))


def test_nor_while_something_is_open(talk: Talk) -> None:
    talk.say("usage")
    talk.say("topup")
    assert "utter_open" not in talk.hear(said("affirm", "open_it"))


def test_its_words_give_a_flow_up_whatever_else_they_sound_like(talk: Talk) -> None:
    assert talk.hear(said("lost", "lost")) == ["utter_lost"]
    talk.hear(said("greet", "found"))
    assert talk.state.stack == []


def test_beside_what_is_urgent_another_wish_waits(talk: Talk) -> None:
    talk.hear(said("balance", "lost", parts=(said("lost", "lost"), said("balance"))))
    assert [frame.flow for frame in talk.state.stack] == ["lost"]
    assert "action_balance" in talk.hear(said("greet", "found"))
