"""Why something was charged."""

from __future__ import annotations

import pytest

from hall import charges
from hall.bill import Comparison
from hall.bss.bill import Bills
from hall.bss.demo import DemoBss
from hall.charges import Explained, Made, NoBills, Question, Several, Unfound
from hall.context import Hall
from hall.errors import Unavailable

LINE = "13800138000"


async def explain(hall: Hall, line: str = LINE, **asked: object) -> charges.Answer | None:
    return await charges.explain(hall, line, Question(**asked))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"amount_fen": 1500}, "service:VIDEO"),
        ({"name": "彩铃"}, "service:CRBT"),
        ({"words": "那个视频会员是干嘛的"}, "service:VIDEO"),
        ({"month": "2026-10", "kinds": ("calls",)}, "out:calls"),
        ({"words": "月租怎么这么贵", "kinds": ("plan",)}, "plan"),
    ],
)
async def test_an_item_is_found_by_amount_name_or_kind(hall: Hall, asked: dict[str, object], code: str) -> None:
    found = await explain(hall, **asked)
    assert isinstance(found, Explained)
    assert found.item.code == code


async def test_an_item_is_told_since_when_it_is_charged(hall: Hall) -> None:
    found = await explain(hall, amount_fen=1500)
    assert isinstance(found, Explained)
    assert (found.since, found.times, found.way) == ("2026-10", 2, "cancel")
    assert found.ordered_at
    assert found.what


async def test_two_items_of_one_amount_are_both_named(hall: Hall) -> None:
    found = await explain(hall, kinds=("vas",))
    assert isinstance(found, Several)
    assert [item.name for item in found.items] == ["彩铃", "视频会员"]


async def test_what_is_in_no_bill_is_not_guessed(hall: Hall) -> None:
    found = await explain(hall, amount_fen=8800)
    assert isinstance(found, Unfound)
    assert (found.first, found.month, found.amount_fen) == ("2026-09", "2026-11", 8800)


async def test_a_total_is_compared_with_the_month_before(hall: Hall) -> None:
    bill = await hall.bss[Bills].of(LINE, "2026-10")
    assert bill
    for asked in ({}, {"amount_fen": bill.total_fen}, {"month": "2026-10"}):
        found = await explain(hall, **asked)
        assert isinstance(found, Comparison)
        assert found.bill.month == "2026-10"
        assert sum(change.by_fen for change in found.changes) == found.more_fen


async def test_the_running_month_is_told_as_it_stands(hall: Hall) -> None:
    found = await explain(hall, month="2026-11")
    assert isinstance(found, Made)
    assert found.bill.open


async def test_a_month_without_a_bill_is_none(hall: Hall) -> None:
    assert isinstance(await explain(hall, month="2019-01"), NoBills)
    assert await explain(hall, "13800000000") is None


@pytest.mark.parametrize("fault", ["down", "garbage"])
async def test_a_system_that_fails_is_named(hall: Hall, demo: DemoBss, fault: str) -> None:
    demo.faults["bill"] = fault
    with pytest.raises(Unavailable) as raised:
        await explain(hall, amount_fen=1500)
    assert raised.value.part == "bill"
