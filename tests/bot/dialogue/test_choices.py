"""Numbers, titles and buttons pick one of the open choices; nothing else does."""

from __future__ import annotations

from typing import Any

import pytest

from bot.dialogue.choices import choose
from bot.nlu.normalise import normalise

OFFERS = [
    {"title": "国内流量", "payload": '/inform{"scope":"national"}'},
    {"title": "省内流量", "payload": '/inform{"scope":"provincial"}'},
]


@pytest.mark.parametrize("text", ["2", "２", "2。", "选2", "第二个", "二", " 2 ", "回2", "省内流量"])
def test_a_number_or_title_picks_a_choice(text: str) -> None:
    found = choose(text, None, OFFERS)
    assert found is not None
    assert found["fills"] == {"scope": "provincial"}
    assert found["chosen"] is True


@pytest.mark.parametrize("text", ["3", "0", "22", "13800138000", "两百", "随便", "", "查话费"])
def test_anything_else_is_left_to_understanding(text: str) -> None:
    assert choose(text, None, OFFERS) is None


@pytest.mark.parametrize("text", ['/inform{"scope":"national"}', "/inform"])
def test_a_payload_typed_as_text_counts_only_while_it_is_on_offer(text: str) -> None:
    assert (choose(text, None, OFFERS) is not None) == (text == OFFERS[0]["payload"])
    assert choose(text, None, []) is None


def test_an_old_button_fills_nothing_but_may_start_a_task() -> None:
    assert choose("确认", "/affirm", OFFERS) is None
    assert choose("国内流量", '/inform{"scope":"national"}', []) is None
    started: Any = choose("充流量", "/topup_data", [])
    assert started["intent"] == {"name": "topup_data", "confidence": 1.0}


@pytest.mark.parametrize("payload", ["/inform{bad", "/Inform", "inform", '/inform["a"]', "/a b"])
def test_a_malformed_payload_is_no_choice(payload: str) -> None:
    assert choose("x", payload, []) is None


@pytest.mark.parametrize(("text", "title"), [("1g", "1GB 25元"), ("25元", "1GB 25元"), ("本机", "本机 138 0013 8000")])
def test_part_of_a_title_picks_the_only_choice_that_has_it(text: str, title: str) -> None:
    offers = [
        {"title": name, "payload": f'/inform{{"value":{index}}}'}
        for index, name in enumerate(("1GB 25元", "10GB 100元", "本机 138 0013 8000"))
    ]
    found = choose(text, None, offers)
    assert found is not None
    assert offers[found["fills"]["value"]]["title"] == title


@pytest.mark.parametrize("text", ["138", "元", "办了", "8000"])
def test_digits_single_characters_and_the_end_of_a_refusal_pick_nothing(text: str) -> None:
    offers = [
        {"title": "本机 138 0013 8000", "payload": '/inform{"phone_number":"13800138000"}'},
        {"title": "不办了", "payload": "/cancel"},
    ]
    assert choose(text, None, offers) is None


NUMBERED = "1|１|①|⒈|1.|1、|1。|1号|第1|第一个|选1|回1|回复1|1吧|一|（1）|(1)|1)|1!|【1】|“1”|1️⃣|壹|㈠|❶|➀|⑴|１）|｢1｣"
POLITE = (
    "第1个吧|选第一个|那就1吧谢谢您|就选1好了|选項1|回覆1|请选1|按1|输入1|1，谢谢|1 谢谢|1哈|嗯1|好的 1"
    "|前者|选1快点|谢谢，1|首个|头一个|1,请|敲1|1是的"
)
LABELLED = "1 国内流量|1国内|1\u200b|我选1|选择1|好的1|01|1#|第一项|一号"


@pytest.mark.parametrize("text", f"{NUMBERED}|{POLITE}|{LABELLED}".split("|"))
def test_one_number_is_that_number_whatever_stands_around_it(text: str) -> None:
    found = choose(text, None, OFFERS, normalise(text))
    assert found is not None
    assert found["fills"] == {"scope": "national"}


NOT_NUMBERED = "1G|1.5|1元|1块|1还是2|1吗|1?|不要1|1不要|1个|1个G|1月|1多少钱|001|000001|12|第9个|1呢|别选1|选一个|一下"


@pytest.mark.parametrize("text", f"{NOT_NUMBERED}|1 2|138 0013 8000".split("|"))
def test_a_value_a_question_or_a_negation_is_no_number(text: str) -> None:
    assert choose(text, None, OFFERS, normalise(text)) is None


def test_the_last_one_is_the_last() -> None:
    for text in ("最后一个", "选最后一个吧", "倒数第一个", "后者"):
        found = choose(text, None, OFFERS, normalise(text))
        assert found is not None, text
        assert found["fills"] == {"scope": "provincial"}
