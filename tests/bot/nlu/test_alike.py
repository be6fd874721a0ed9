"""Questions that no pattern names are known by what they are like (bot/nlu/alike.py)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.dialogue import registry
from bot.nlu import alike, encoder

ROOM = ("price", "how_end", "bring", "where", "in_person", "how_long", "since", "validity", "why", "refund", "done_yet")


@pytest.fixture(scope="module")
def known() -> alike.Alike:
    opinion = encoder.installed()
    return alike.Alike(alike.learn(alike.examples(), opinion), opinion)


@pytest.mark.parametrize(
    ("said", "topic"),
    [
        ("往后每个月要出多少钱呀", "price"),
        ("哪天想退掉的话该咋整", "how_end"),
        ("我过去的时候手里得拿点啥证", "bring"),
        ("该上哪个厅去弄", "where"),
        ("老爷子腿脚不好，让孙子替他去成不成", "in_person"),
        ("估摸着几天能给我个准信", "how_long"),
        ("打去年哪个月起就扣上了", "since"),
    ],
)
def test_a_question_in_other_words_is_about_the_same(known: alike.Alike, said: str, topic: str) -> None:
    assert known.topic(said, ROOM, surely=False) == topic


@pytest.mark.parametrize("said", ["今天天气怎么样", "你吃饭了没有", "给我唱首歌", "昨天的球赛谁赢了"])
def test_what_is_about_something_else_is_like_nothing(known: alike.Alike, said: str) -> None:
    assert known.topic(said, ROOM, surely=True) == ""


def test_only_what_can_be_answered_is_named(known: alike.Alike) -> None:
    assert known.topic("这个要多少钱一个月", ("bring", "where"), surely=False) != "price"
    assert known.topic("这个要多少钱一个月", ("no_such_topic",), surely=False) == ""


def test_a_head_is_read_back_as_it_was_written(known: alike.Alike, tmp_path: Path) -> None:
    head = known._head
    path = tmp_path / "head.npz"
    head.save(path)
    again = alike.Head.load(path)
    assert again.topics == head.topics
    assert (again.likely, again.surely) == pytest.approx((head.likely, head.surely))
    assert np.array_equal(again.weights, head.weights)


def test_every_example_is_of_a_topic_and_stands_once() -> None:
    said = alike.examples()
    questions = [question for _, question in said]
    assert {topic for topic, _ in said} <= registry.topics()
    assert all(questions)
    assert len(set(questions)) == len(questions)
