"""Sentences that are combined from patterns."""

from __future__ import annotations

from collections import Counter

from bot.nlu import wordings
from bot.nlu.examples import examples
from bot.nlu.vocabulary import FOLDER


def test_each_alternative_may_be_taken_or_nothing() -> None:
    assert wordings.said("(查|看)(一下|)话费", {}) == ["查一下话费", "查话费", "看一下话费", "看话费"]
    assert wordings.said("{who}的话费", {"who": "我|他"}) == ["他的话费", "我的话费"]


def test_alternatives_may_hold_alternatives() -> None:
    assert wordings.said("查((历史|以前的)账单|话费)", {}) == ["查以前的账单", "查历史账单", "查话费"]


def test_a_large_pattern_yields_so_many_and_always_the_same() -> None:
    pattern = "(一|二|三|四|五|六)(七|八|九|十|百|千)(元|块|角|分)"
    assert len(wordings.said(pattern, {})) == wordings.MOST
    assert wordings.said(pattern, {}) == wordings.said(pattern, {})


def test_patterns_are_whole_and_their_intents_known() -> None:
    known = {intent for path in FOLDER.glob("*.yml") for _, intent in examples(path)}
    combined = list(wordings.sentences())
    assert {intent for _, _, intent in combined} <= known
    assert [text for _, text, _ in combined if set(text) & set("(){}|?=")] == []


def test_no_sentence_means_two_things() -> None:
    meant = {(text, intent) for _, text, intent in wordings.sentences()}
    assert [text for text, count in Counter(text for text, _ in meant).items() if count > 1] == []
