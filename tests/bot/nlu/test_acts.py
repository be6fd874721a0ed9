"""What messages do: asks, wants, refuses, corrects, agrees, waits … in words that the training has never seen."""

from __future__ import annotations

from collections import Counter

import pytest

from bot.nlu import acts, wordings
from bot.nlu.normalise import normalise
from tests.bot.nlu import acting
from tests.bot.nlu.acting import ACTS, Done
from tests.bot.nlu.conftest import Parse
from tests.conftest import print_at_the_end

pytestmark = pytest.mark.xdist_group("understanding")

# some five points below what was measured last
F1 = {
    "ask": 0.76, "if": 0.77, "want": 0.74, "not": 0.47, "change": 0.55, "yes": 0.72, "no": 0.66, "wait": 0.81,
    "doubt": 0.65, "complain": 0.67, "story": 0.77,
}  # fmt: skip
ASKED, ASKED_RIGHTLY = 0.82, 0.81  # recall and precision of questions and conditions, by rules and learned


@pytest.fixture(scope="module")
def done(parse: Parse) -> list[Done]:
    found = acting.hear(parse)
    print_at_the_end("understanding: what messages do", acting.report(found))
    return found


def test_no_message_of_the_set_is_a_sentence_of_the_training() -> None:
    learned = {text for _, text, _ in wordings.sentences("acts")}
    assert [text for text, _, _ in acting.rows() if text in learned] == []


def test_the_set_has_messages_of_every_act() -> None:
    counts = Counter(act for _, does, _ in acting.rows() for act in does)
    assert set(counts) == set(ACTS)
    assert min(counts.values()) >= 35
    assert len(acting.rows()) >= 600


def test_the_patterns_are_whole_and_their_acts_known() -> None:
    combined = list(wordings.sentences("acts"))
    assert {act for _, _, label in combined for act in label.split()} == {*ACTS, "-"}
    assert [text for _, text, _ in combined if set(text) & set("(){}|?=")] == []


@pytest.mark.parametrize("act", F1)
def test_no_act_is_told_worse_than_before(done: list[Done], act: str) -> None:
    assert acting.of_act(done, act).f1 >= F1[act], acting.report(done)


def test_what_asks_or_sets_a_condition_is_told_from_what_chooses(done: list[Done]) -> None:
    worth = acting.of_questions(done, lambda one: one.asks)
    assert worth.recall >= ASKED, acting.report(done)
    assert worth.precision >= ASKED_RIGHTLY, acting.report(done)


def test_what_is_learned_takes_no_question_away(done: list[Done]) -> None:
    assert [one.text for one in done if one.by_rules and not one.asks] == []


@pytest.mark.parametrize("text", ["那就全国的嘛", "什么破网,给我充1G", "在吗,充50"])
def test_a_reproach_and_a_plain_choice_ask_nothing(text: str) -> None:
    assert acts.read(normalise(text)).kind == ""


@pytest.mark.parametrize("text", ["全国的好嘛", "确定能退", "肯定不扣钱", "有什么办法", "能退嘛", "有人吗", "在吗"])
def test_what_sounds_like_them_asks(text: str) -> None:
    assert acts.read(normalise(text)).kind == "ask"
