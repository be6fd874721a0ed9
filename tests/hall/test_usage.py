"""What is left of allowances, what was used, and how long it lasts."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hall import usage
from hall.bss.demo import DemoBss
from hall.bss.topup import Topups
from hall.context import Hall
from hall.errors import Unavailable

EVERYDAY, BOUGHT, DIAMOND = "13800138000", "18600186006", "13400134009"


async def test_what_is_used_and_what_is_left_make_the_whole(hall: Hall) -> None:
    found = await usage.left(hall, EVERYDAY)
    assert found
    assert {one.unit for one in found.everything} == {"mb", "minutes", "messages"}
    for one in found.everything:
        assert 0 <= one.left <= one.total
        assert one.low == (one.left * 10 <= one.total)


async def test_only_what_was_asked_for_is_told_and_priced(hall: Hall) -> None:
    found = await usage.left(hall, EVERYDAY, ["minutes"])
    assert found
    assert {one.unit for one in found.allowances} == {"minutes"}
    assert [(one.unit, one.fen) for one in found.beyond] == [("minutes", 15)]
    assert len(found.everything) > len(found.allowances)


async def test_packages_that_end_together_are_one_allowance(hall: Hall) -> None:
    """Five of 1 GB are 5 GB; one that ends later stands beside them."""
    found = await usage.left(hall, BOUGHT, ["data_mb"])
    assert found
    assert [one.total for one in found.allowances if one.scope == "bought"] == [5 * 1024]


async def test_bought_data_keeps_a_used_up_plan_from_running_short(hall: Hall, clock: Any) -> None:
    clock.set(2026, 11, 20, 4)
    await hall.bss[Topups].credit_data(EVERYDAY, "N1G", 1024, clock.now(), "k1")
    found = await usage.left(hall, BOUGHT, ["data_mb"])
    assert found
    plan = next(one for one in found.allowances if one.scope == "general")
    assert plan.left == 0
    assert plan.low
    assert "mb" not in found.short


async def test_the_months_of_a_range_are_told_oldest_first_and_the_running_one_to_today(hall: Hall) -> None:
    found = await usage.used(hall, EVERYDAY, "2026-09/2026-11")
    assert found
    assert [one.month for one in found.months] == ["2026-09", "2026-10", "2026-11"]
    assert found.running
    assert found.months[1].minutes == 100 + 43  # the bill has 43 beyond the plan's


@pytest.mark.parametrize("wish", ["2031-01", "1999-01", "soon"])
async def test_months_without_a_record_are_none(hall: Hall, wish: str) -> None:
    assert await usage.used(hall, EVERYDAY, wish) is None


async def test_the_pace_is_by_whole_days_and_ends_with_the_month(hall: Hall) -> None:
    found = await usage.pace(hall, DIAMOND)
    assert found
    today = hall.clock.local().date()
    assert found.a_day_mb == found.used_mb // today.day
    assert found.lasts is None or today <= found.lasts < found.ends
    assert found.ends == date(today.year, today.month, 30 if today.month == 11 else found.ends.day)


async def test_an_unknown_line_is_told_apart(hall: Hall) -> None:
    assert await usage.left(hall, "13800000000") is None


@pytest.mark.parametrize("fault", ["down", "garbage"])
async def test_a_system_that_fails_is_named(hall: Hall, demo: DemoBss, fault: str) -> None:
    demo.faults["usage"] = fault
    for call in (usage.left(hall, EVERYDAY), usage.used(hall, EVERYDAY, "2026-10"), usage.rates(hall, EVERYDAY)):
        with pytest.raises(Unavailable) as raised:
            await call
        assert raised.value.part == "usage"
