"""Short texts are understood once a day; nothing else is remembered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from bot.engine.engine import Engine
from bot.engine.parse_cache import MOST, ParseCache
from hall import clock

DAY, NEXT = date(2026, 11, 24), date(2026, 11, 25)


def found(name: str) -> dict[str, Any]:
    return {"intent": {"name": name}, "entities": [{"entity": "month", "value": "2026-10"}]}


def test_what_is_remembered_is_a_copy_that_may_be_changed() -> None:
    recall, kept = ParseCache(), found("check_balance")
    assert recall.find("查话费", DAY) is None
    recall.keep("查话费", kept)
    kept["entities"].clear()
    first = recall.find("查话费", DAY)
    assert first == found("check_balance")
    first["entities"].clear()
    assert recall.find("查话费", DAY) == found("check_balance")


def test_on_another_day_it_may_mean_something_else() -> None:
    recall = ParseCache()
    recall.find("上月账单", DAY)
    recall.keep("上月账单", found("check_bill"))
    assert recall.find("上月账单", NEXT) is None


@pytest.mark.parametrize(
    "text", ["13800138000", "验证码1234", "123456", "幺三八零零幺三八零零零", "我叫张建国，住在花园路", "123 4"]
)
def test_numbers_codes_and_long_texts_are_not_kept(text: str) -> None:
    recall = ParseCache()
    recall.find(text, DAY)
    recall.keep(text, found("inform"))
    assert recall.find(text, DAY) is None


def test_only_so_many_are_kept_and_the_ones_in_use_stay() -> None:
    recall = ParseCache()
    recall.find("", DAY)
    for number in range(MOST + 10):
        recall.keep(chr(0x4E00 + number), found("check_balance"))
        recall.find(chr(0x4E00), DAY)
    assert recall.find(chr(0x4E00), DAY) is not None
    assert recall.find(chr(0x4E01), DAY) is None
    assert len(recall._known) == MOST


async def test_the_second_time_a_text_is_understood_as_the_first_time(engine: Engine) -> None:
    for text in ("查话费", "上月账单", "都不要", "1G", "", "/restart"):
        fresh = await engine.parse(text)
        assert await engine.parse(text) == fresh


async def test_last_month_is_another_one_in_another_month(engine: Engine) -> None:
    before, months = clock.current(), list[Any]()
    try:
        for day in (datetime(2026, 10, 31, 23, 59), datetime(2026, 11, 1, 0, 0)):
            clock.use(clock.Clock(day))
            parsed = await engine.parse("上月账单")
            months.append([one["value"] for one in parsed["entities"]])
    finally:
        clock.use(before)
    assert months[0] != months[1]
