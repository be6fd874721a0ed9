"""Where a message with several wishes is cut, and that a message with one is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.engine.engine import Engine
from bot.nlu.multi_intent import Link, cuts, separate

ROWS = [line.split("\t") for line in Path(__file__).with_name("wishes.tsv").read_text("utf-8").splitlines()[1:]]
SEVERAL = [(text, wishes.split()) for text, wishes in ROWS if wishes]
ONE = [text for text, wishes in ROWS if not wishes]
WORDS = {"话费": "check_balance", "账单": "check_bill", "积分": "check_points", "挂失": "report_lost", "人工": "person"}


class Ear:
    """Understands by single words and counts how often it was asked; 充 is unsure."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def understand(self, text: str) -> dict[str, Any]:
        self.heard.append(text)
        found = [intent for word, intent in WORDS.items() if word in text]
        name = found[0] if found else "cancel" if text.startswith("不") else "inform" if text.isdigit() else ""
        return {"text": text, "intent": {"name": name}}

    @staticmethod
    def wish(parse: dict[str, Any], clear: bool) -> str:
        name = str(parse["intent"]["name"])
        return "" if name in ("inform", "cancel") or (clear and "大概" in parse["text"]) else name

    async def names(self, text: str, **options: bool) -> list[str]:
        return [part["intent"]["name"] for part in await separate(text, self.understand, self.wish, **options)]


@pytest.mark.parametrize(
    ("text", "link", "first", "rest"),
    [
        ("查话费顺便看看账单", Link.ADDED, "查话费", "看看账单"),
        ("查话费，另外再看看账单", Link.ADDED, "查话费", "看看账单"),
        ("查话费再看看账单", Link.NEXT, "查话费", "看看账单"),
        ("查话费，然后呢看看账单", Link.NEXT, "查话费", "呢看看账单"),
        ("查话费和账单", Link.LISTED, "查话费", "账单"),
        ("查话费，还有账单", Link.LISTED, "查话费", "账单"),
        ("查话费。查账单", Link.MARK, "查话费", "查账单"),
        ("查话费\n查账单", Link.MARK, "查话费", "查账单"),
        ("把彩铃取消了，再查账单", Link.NEXT, "把彩铃取消了", "查账单"),
    ],
)
def test_what_is_written_says_where(text: str, link: Link, first: str, rest: str) -> None:
    found = cuts(text)[0]
    assert (found.link, found.first, found.rest) == (link, first, rest)


@pytest.mark.parametrize(
    "text",
    [
        "查话费",
        "话费还有多少",
        "你好，查话费",
        "查话费，谢谢",
        "查话费，不对，查账单",
        "不是查话费，是查账单",
        "流量用完了，怎么充",
        "查话费，不够再充50",
        "我昨天查了话费，少了50块，转人工",
        "我要投诉，乱扣我话费",
        "要是话费不够，帮我充50",
        "改套餐之前，帮我查下话费",
        "再见",
        "话费不用查 查账单",
        "办个宽带 一百兆的",
        "宽带账户里还有好多钱",
        "没人接的时候转到另外一个号",
        "投诉之后几天给答复",
        "查话费再说",
        "查话费，" + "我跟你说这个事情" * 20 + "转人工",
    ],
)
def test_what_is_one_wish_is_not_even_tried(text: str) -> None:
    assert cuts(text) == []


async def test_each_part_has_its_meaning_in_the_order_of_the_text() -> None:
    assert await Ear().names("看看账单，再查下话费") == ["check_bill", "check_balance"]


async def test_both_must_be_understood_and_differ() -> None:
    assert await Ear().names("查话费顺便充点啥") == []
    assert await Ear().names("天气怎么样顺便查话费") == []
    assert await Ear().names("查话费顺便问话费剩多少") == []


async def test_where_no_word_says_so_both_must_be_beyond_doubt() -> None:
    assert await Ear().names("大概查话费，再查账单") == []
    assert await Ear().names("查账单，大概查话费") == []
    assert await Ear().names("大概查话费，顺便查账单") == ["check_balance", "check_bill"]


async def test_all_that_separators_divide_are_found() -> None:
    assert await Ear().names("查话费，查账单，查积分") == ["check_balance", "check_bill", "check_points"]
    assert len(await Ear().names("查话费，查账单，查积分，转人工")) == 4


async def test_names_in_a_row_are_found_with_a_word_for_all_of_them() -> None:
    assert await Ear().names("话费账单积分都查一下") == ["check_balance", "check_bill", "check_points"]
    assert await Ear().names("话费余额都查一下") == []


async def test_what_a_list_says_once_counts_for_both() -> None:
    ear = Ear()
    await ear.names("话费和积分还剩多少")
    assert ear.heard == ["话费还剩多少", "积分还剩多少"]


async def test_an_open_question_may_be_answered_before_the_wish() -> None:
    assert await Ear().names("13800138000，顺便查话费", answering=True) == ["inform", "check_balance"]
    assert await Ear().names("不充了，查账单", answering=True) == ["cancel", "check_bill"]
    assert await Ear().names("13800138000，顺便查话费") == []


async def test_only_plain_consent_goes_with_a_wish() -> None:
    assert len(await Ear().names("确认，顺便查话费", answering=True)) == 2
    assert await Ear().names("好的，帮我查话费", answering=True) == []


async def test_an_ordinary_message_costs_no_second_understanding() -> None:
    ear = Ear()
    for text in ("查话费", "我想问一下这个月话费还剩多少", "你好，查话费", "给13800138000充1G国内流量"):
        await ear.names(text)
    assert ear.heard == []


async def test_real_sentences_are_separated_as_their_writers_meant_them(engine: Engine) -> None:
    right = []
    for text, wishes in SEVERAL:
        found = [part["intent"]["name"] for part in (await engine.parse(text)).get("wishes", [])]
        right.append(len(found) == len(wishes) and all(f in w.split("|") for f, w in zip(found, wishes, strict=True)))
        if not right[-1]:
            print(text, wishes, found)
    assert sum(right) >= 0.8 * len(SEVERAL)  # the classifier has its share in what is missed


async def test_real_sentences_with_one_wish_are_left_whole(engine: Engine) -> None:
    split = [text for text in ONE if (await engine.parse(text)).get("wishes")]
    print(split)
    assert len(split) <= 0.05 * len(ONE)


async def test_the_one_stated_last_is_the_one_that_is_named(engine: Engine) -> None:
    parsed = await engine.parse("查一下话费余额再帮我充1G流量")
    assert parsed["intent"]["name"] == "topup_data"
    assert [(e["entity"], e["value"]) for e in parsed["entities"]] == [("data_mb", 1024)]
    assert parsed["text"] == "查一下话费余额再帮我充1G流量"
    assert (await engine.parse("我要挂失顺便问下话费还有多少"))["intent"]["name"] == "check_balance"


async def test_a_code_is_never_cut(engine: Engine) -> None:
    assert "wishes" not in await engine.parse("CXZD 202608")
