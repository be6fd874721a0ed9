"""Services, rebates and contracts of lines."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hall import held
from hall.context import Hall

LINE = "13800138000"


async def test_services_add_up(hall: Hall) -> None:
    found = await held.services(hall, LINE)
    assert found
    assert [(one.no, one.name) for one in found.services] == [(1, "彩铃"), (2, "视频会员")]
    assert found.total_fen == sum(one.fee_fen for one in found.services) == 2000


@pytest.mark.parametrize(("asked", "has"), [("彩铃", True), ("来电显示", False)])
async def test_one_that_is_asked_about_is_there_or_not(hall: Hall, asked: str, has: bool) -> None:
    found = await held.services(hall, LINE, asked)
    assert found
    assert found.has is has


@pytest.mark.parametrize(
    ("day", "state", "left", "following"),
    [(9, "waits", 4, date(2026, 11, 10)), (10, "paid", 3, date(2026, 12, 10)), (30, "paid", 3, date(2026, 12, 10))],
)
async def test_a_rebate_comes_on_its_day(
    hall: Hall, clock: Any, day: int, state: str, left: int, following: date
) -> None:
    clock.set(2026, 11, day, 12)
    found = await held.rebates(hall, LINE)
    assert found
    due = found.rebates[0]
    assert (due.state, due.left, due.next) == (state, left, following)
    assert due.paid + due.left == 24


async def test_a_rebate_that_is_over_is_told_so(hall: Hall) -> None:
    found = await held.rebates(hall, "13900139002")
    assert found
    assert [(due.state, due.left, due.next) for due in found.rebates] == [("ended", 0, None)]


async def test_the_last_month_of_a_contract_counts(hall: Hall, clock: Any) -> None:
    clock.set(2027, 2, 28, 12)
    found = await held.contract(hall, LINE)
    assert found
    assert (found.until, found.left) == ("2027-02", 1)
    clock.set(2027, 3, 1, 12)
    found = await held.contract(hall, LINE)
    assert found
    assert (found.until, found.ended) == (None, "2027-02")


async def test_an_unknown_line_has_nothing(hall: Hall) -> None:
    for call in (held.services, held.rebates, held.contract):
        assert await call(hall, "13800000000") is None
