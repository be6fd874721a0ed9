"""Machines that answer our answers are left alone; customers who say the same again are not."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from bot.conversations.automata import SAME, Automata
from bot.engine.memory import Memory
from bot.messages import Reply

NOW = datetime(2026, 11, 15, 10, 0, tzinfo=timezone.utc)
ANSWER = "您的话费余额88.50元，本月已消费31.50元，查账单请回2。"


@pytest.fixture
def automata() -> Automata:
    return Automata(b"a secret of at least sixteen bytes")


def answered(automata: Automata, texts: list[str], every: timedelta = timedelta(minutes=1)) -> int:
    memory, count = Memory(), 0
    for place, text in enumerate(texts):
        memory, machine = automata.listen(memory, text, NOW + place * every)
        if not machine:
            memory, count = automata.said(memory, memory, (Reply(ANSWER),)), count + 1
    return count


def test_the_same_text_is_answered_so_many_times_an_hour(automata: Automata) -> None:
    assert answered(automata, ["收到，谢谢！"] * 40) == SAME


def test_the_same_text_is_answered_again_in_another_hour(automata: Automata) -> None:
    assert answered(automata, ["查话费"] * 30, every=timedelta(minutes=10)) == 30


def test_different_texts_are_all_answered(automata: Automata) -> None:
    assert answered(automata, [f"充{amount}元" for amount in range(40)]) == 40


@pytest.mark.parametrize("around", ["{}", "收到：{}", "转发 {} 谢谢"])
def test_who_echoes_our_text_is_answered_once(automata: Automata, around: str) -> None:
    texts = [around.format(ANSWER) + str(number) for number in range(14)]
    assert answered(automata, ["查话费", *texts]) == 2


@pytest.mark.parametrize(
    "text", ["我正在开车，稍后回复您", "【自动回复】您好，我在休假", "Out of office: back on Monday", "您的短信已送达"]
)
def test_what_says_that_it_is_automatic_is_answered_once(automata: Automata, text: str) -> None:
    assert answered(automata, [f"{text}{'。' * (number % 3)}" for number in range(14)]) == 1


@pytest.mark.parametrize("text", ["我在开车，先帮我充50话费", "短信收到了吗", "短信发送给我", "请回复我余额"])
def test_a_customer_sounds_like_no_machine(automata: Automata, text: str) -> None:
    assert answered(automata, [text] * 5) == 5


def test_what_is_kept_cannot_be_read(automata: Automata) -> None:
    memory, _ = automata.listen(Memory(), "服务密码135790", NOW)
    assert "135790" not in str(memory)
    assert "服务" not in str(memory)
