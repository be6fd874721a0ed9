"""SMS texts: what is said arrives whole, in texts that every network takes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages import Button, Reply
from channels.sms.rendering import LONGEST, PART, Words, parts, render, units

WORDS = Words(lead="回", hint="0返回 9人工")


def _choices(*titles: str) -> tuple[Button, ...]:
    return tuple(Button(title, f'/inform{{"choice":{n}}}') for n, title in enumerate(titles))


def test_a_turns_replies_are_one_text() -> None:
    assert render([Reply("话费余额88.50元。"), Reply("还需要什么？")]) == ["话费余额88.50元。\n还需要什么？"]


def test_choices_are_numbers_in_the_order_of_the_buttons() -> None:
    (text,) = render([Reply("充哪种流量？", _choices("国内流量", "省内流量"))], Words(lead="回"))
    assert text == "充哪种流量？\n回1 国内流量\n2 省内流量"


def test_numbers_run_on_through_the_replies_of_a_turn() -> None:
    (text,) = render([Reply("一", _choices("甲", "乙")), Reply("二", _choices("丙"))], Words(lead="回"))
    assert text.endswith("二\n3 丙")
    assert text.count("回") == 1


def test_the_hint_is_given_with_choices_when_it_costs_no_part() -> None:
    assert render([Reply("充哪种？", _choices("国内"))], WORDS) == ["充哪种？\n回1 国内\n0返回 9人工"]
    assert render([Reply("好的。")], WORDS) == ["好的。"]
    long = "长" * (70 - units("\n回1 国内"))
    assert render([Reply(long, _choices("国内"))], WORDS) == [f"{long}\n回1 国内"]


def test_the_hint_never_gives_a_choices_number_another_sense() -> None:
    (text,) = render([Reply("选", _choices(*"甲乙丙丁戊己庚辛壬"))], WORDS)
    assert "9 壬" in text
    assert "9人工" not in text


def test_a_long_reply_is_cut_after_a_sentence() -> None:
    sentence = "本月国内通用流量已用完，超出部分按每兆收费。"
    texts = render([Reply(sentence * 40)])
    assert len(texts) == 2
    assert all(text.endswith("。") for text in texts)


def test_a_link_is_never_cut() -> None:
    link = "https://hall.example.cn/pay/" + "a1B2" * 40
    texts = render([Reply("字" * 450 + link + "字" * 30)])
    assert sum(link in text for text in texts) == 1


def test_a_pictures_address_is_written_out_once() -> None:
    assert render([Reply("付款码", image="https://x.cn/1.png")]) == ["付款码\nhttps://x.cn/1.png"]
    assert render([Reply("付款码 https://x.cn/1.png", image="https://x.cn/1.png")]) == ["付款码 https://x.cn/1.png"]


def test_nothing_said_is_no_text() -> None:
    assert render([]) == []
    assert render([Reply("")]) == []


def test_parts_are_counted_as_networks_do() -> None:
    assert [parts("a" * n) for n in (0, 1, 70, 71, 134, 135)] == [0, 1, 1, 2, 2, 3]
    assert [parts("字" * n) for n in (70, 71, 134, 500, 1000)] == [1, 2, 2, 8, 16]


CLUSTERS = [
    "🇨🇳",
    "👍🏽",
    "👨\u200d👩\u200d👧",
    "👩🏽\u200d🚀",
    "1\ufe0f\u20e3",
    "e\u0301",
    "葛\U000e0100",
    "\u1100\u1161\u11a8",
]
CLUSTERS += ["🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"]


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_neither_a_border_nor_a_cut_goes_through_what_is_one_character(cluster: str) -> None:
    def whole(text: str) -> bool:
        raw, size = text.encode("utf-16-be"), 2 * PART
        pieces = [raw] if len(raw) <= 140 else [raw[at : at + size] for at in range(0, len(raw), size)]
        return any(cluster.encode("utf-16-be") in piece for piece in pieces)

    for before in (*range(55, 69), *range(484, 501)):
        texts = render([Reply("中" * before + cluster + "文" * 60)])
        assert any(whole(text) for text in texts), before
        assert all(units(text) <= LONGEST + 16 for text in texts)


_letters = st.one_of(
    st.sampled_from("流量余额元。！？，\n 😀👨\u200d👩\u200d👧🏽é"), st.characters(exclude_categories=["Cs", "Cc"])
)
_said = st.text(_letters, max_size=1500)
_replies = st.lists(
    st.builds(
        Reply,
        _said,
        st.lists(st.builds(Button, st.text("国内流量1G ", max_size=30), st.just("/x")), max_size=4).map(tuple),
    ),
    max_size=4,
)


@given(_replies)
def test_nothing_is_lost_and_every_text_can_be_sent(replies: list[Reply]) -> None:
    texts = render(replies, Words())
    number, whole = 0, ""
    for reply in replies:
        whole += reply.text
        for button in reply.buttons:
            number += 1
            whole += f"{number}{button.title}"
    assert re.sub(r"\s", "", "".join(texts)) == re.sub(r"\s", "", whole)
    for text in texts:
        assert text == text.strip() != ""
        assert parts(text) <= 8
        assert units(text) <= LONGEST + 24


@given(_said)
def test_no_character_lies_across_two_parts(said: str) -> None:
    for text in render([Reply(said)]):
        raw = text.encode("utf-16-be")
        pieces = [raw] if len(raw) <= 140 else [raw[i : i + 2 * PART] for i in range(0, len(raw), 2 * PART)]
        for piece in pieces:
            piece.decode("utf-16-be")
        assert len(pieces) == parts(text)


def test_every_text_bears_the_signature_and_is_no_longer_for_it() -> None:
    texts = render([Reply("话费已到账。" * 200)], Words(signature="【云桥】"))
    assert len(texts) > 2
    assert all(text.startswith("【云桥】话费") and units(text) <= LONGEST for text in texts)
