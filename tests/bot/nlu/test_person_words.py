"""What is said of a person at the desk, in whole messages, and what only sounds like it."""

from __future__ import annotations

import pytest

from bot.nlu.person_words import leading, read

SAID = {
    "no_person": "不要人工 不用转人工了 取消人工 我不要人工客服 别转了 人工不用了 算了不转了 没让你转人工",
    "no_wait": "不等了 我不等了 不想等了 算了不等了 取消排队 不排了 懒得等了 退出排队",
    "urges": "有人吗 怎么没人理我 人呢 还要多久 前面还有几个人 我排第几 到我了吗 等了好久了 没人理我",
    "about_person": (
        "人工几点上班 你们人工有人吗 人工要等多久 客服怎么还不来 怎么转人工了 昨天找人工一直没人 人工服务时间"
        " 客服电话是多少"
    ),
    "rates_good": "满意 非常满意 我很满意 服务不错",
    "rates_fair": "一般 还行吧",
    "rates_bad": "不满意 不太满意 太差了",
}


@pytest.mark.parametrize(("said", "text"), [(said, text) for said, texts in SAID.items() for text in texts.split()])
def test_what_is_said_of_a_person(said: str, text: str) -> None:
    assert read(text) == said


NOT_SAID = (
    "人工 转人工 我要人工客服 不要机器人，我要人工 能不能转人工 我要转人工，打电话没人接 等一下 别急 不急 不充了 不用了"
    " 查话费 你好"
)


@pytest.mark.parametrize("text", NOT_SAID.split())
def test_a_wish_for_a_person_and_what_is_about_something_else_is_none_of_it(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize("text", ["为什么不转人工", "不转人工吗", "你们不满意吗"])
def test_a_question_refuses_and_rates_nothing(text: str) -> None:
    assert read(text) in (None, "about_person")


def test_a_refusal_in_front_is_told_apart_from_the_rest() -> None:
    assert leading("不等了，查话费") == ("no_wait", "查话费")
    assert leading("不要人工 帮我查下话费") == ("no_person", "帮我查下话费")
    assert leading("不等了。") == ("", "不等了。")
    assert leading("查话费，不要人工") == ("", "查话费，不要人工")
    assert leading("人呢，怎么还不来") == ("", "人呢，怎么还不来")
