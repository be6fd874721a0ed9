"""A month's bill, what changed against the month before, and what is refused."""

from typing import Any

import pytest

from hall import bill
from hall.bill import Refused, Statement, Totals
from hall.bss.bill import Bill, BillItem, Bills
from hall.bss.demo import DemoBss
from hall.context import Hall
from hall.errors import Unavailable

LINE = "13800138000"


async def _statement(hall: Hall, wish: str | None = None, line: str = LINE) -> Statement:
    found = await bill.statement(hall, line, wish)
    assert isinstance(found, Statement)
    return found


async def test_without_a_month_the_last_closed_one_is_meant(hall: Hall, clock: Any) -> None:
    assert (await _statement(hall)).bill.month == "2026-10"
    clock.set(2027, 1, 1, 0, 1)
    assert (await _statement(hall)).bill.month == "2026-12"
    clock.set(2026, 12, 31, 23, 59)
    assert (await _statement(hall)).bill.month == "2026-11"


async def test_changes_say_what_and_why_and_add_up(hall: Hall) -> None:
    found = await _statement(hall, "2026-10")
    assert found.bill.total_fen == 6545
    assert [(c.why, c.item.name, c.by_fen, c.by_quantity) for c in found.changes] == [
        ("new", "视频会员", 1500, 0), ("more_use", "套餐外通话", 420, 28),
    ]  # fmt: skip
    assert sum(change.by_fen for change in found.changes) == found.more_fen == 1920


async def test_a_service_that_ended_is_told(hall: Hall) -> None:
    found = await _statement(hall, "2026-10", "18900189007")
    assert [(c.why, c.item.name, c.by_fen) for c in found.changes] == [("ended", "视频会员", -1500)]


async def test_changes_of_every_month_of_everybody_add_up(hall: Hall) -> None:
    for line in ("13900139002", "13700137004", "13400134009", "18700187010", "15600156011", "17300173012"):
        for month in (await hall.bss[Bills].months(line))[1:-1]:
            found = await _statement(hall, month, line)
            assert sum(change.by_fen for change in found.changes) == found.more_fen


def test_another_plan_and_another_price_are_told_apart() -> None:
    before = Bill("2026-09", (BillItem("plan", "A", 1900, "plan"), BillItem("service:X", "X", 500, "vas")))
    after = Bill("2026-10", (BillItem("plan", "B", 2900, "plan"), BillItem("service:X", "X", 300, "vas")))
    found = [(c.why, c.by_fen, c.was) for c in bill.changes(before, after)]
    assert found == [("other_plan", 1000, "A"), ("cheaper", -200, "")]


async def test_the_running_month_is_compared_with_nothing(hall: Hall) -> None:
    found = await _statement(hall, "2026-11")
    assert found.bill.open
    assert found.more_fen is None
    assert not found.changes


async def test_the_first_month_is_compared_with_nothing(hall: Hall) -> None:
    assert (await _statement(hall, "2026-04")).before is None


@pytest.mark.parametrize(
    ("wish", "refused"),
    [
        ("2026-12", Refused("future", "2026-12")),
        ("2027-01/2027-03", Refused("future", "2027-01")),
        ("2026-03", Refused("too_early", "2026-03", "2026-04")),
        ("2025-01/2025-06", Refused("too_early", "2025-06", "2026-04")),
        ("2026-13", Refused("unclear", "2026-13")),
        ("上个月", Refused("unclear", "上个月")),
        ("2026-08/2026-09/2026-10", Refused("unclear", "2026-08/2026-09/2026-10")),
    ],
)
async def test_what_has_no_bill_is_refused_with_the_reason(hall: Hall, wish: str, refused: Refused) -> None:
    assert await bill.statement(hall, LINE, wish) == refused


async def test_an_unknown_line_is_refused(hall: Hall) -> None:
    assert await bill.statement(hall, "13800000000", "2026-10") == Refused("unknown", "2026-10")


async def test_a_range_gives_each_months_total(hall: Hall) -> None:
    found = await bill.statement(hall, LINE, "2026-08/2026-10")
    assert isinstance(found, Totals)
    totals = [(bill.month, bill.total_fen) for bill in found.bills]
    assert totals == [("2026-08", 4520), ("2026-09", 4625), ("2026-10", 6545)]
    assert (found.total_fen, found.missing) == (15690, ())


async def test_a_range_is_cut_to_the_records_and_to_now(hall: Hall) -> None:
    found = await bill.statement(hall, LINE, "2026-12/2026-02")
    assert isinstance(found, Totals)
    assert (found.bills[0].month, found.bills[-1].month) == ("2026-04", "2026-11")
    assert found.missing == ("2026-02", "2026-03")


async def test_a_bill_system_that_is_down_is_named(hall: Hall, demo: DemoBss) -> None:
    demo.faults["bill"] = "garbage"
    with pytest.raises(Unavailable) as raised:
        await bill.statement(hall, LINE, "2026-10")
    assert raised.value.part == "bill"


async def test_two_months_are_compared_whichever_is_named_first(hall: Hall) -> None:
    one, other = [await bill.compared(hall, LINE, *pair) for pair in (("2026-08", "2026-10"), ("2026-10", "2026-08"))]
    assert one == other
    assert isinstance(one, bill.Comparison)
    assert one.more_fen == 2025 == sum(change.by_fen for change in one.changes)


async def test_a_month_beside_the_one_before_unless_another_is_named(hall: Hall) -> None:
    found = await bill.compared(hall, LINE, "2026-10")
    assert isinstance(found, bill.Comparison)
    assert (found.before.month, found.more_fen) == ("2026-09", 1920)


async def test_the_running_month_is_no_part_of_an_average(hall: Hall) -> None:
    found = await bill.closed(hall, LINE, "2026-01/2026-12")
    assert isinstance(found, Totals)
    assert [one.month for one in found.bills] == [f"2026-{month:02d}" for month in range(4, 11)]
    extremes = bill.Extremes(found.bills, found.missing)
    assert extremes.most.month == "2026-10"
    assert bill.Average(found.bills, ()).average_fen == round(found.total_fen / 7)


async def test_what_lies_before_the_first_bill_or_ahead_cannot_be_compared(hall: Hall) -> None:
    early, ahead = await bill.closed(hall, LINE, "2025-01/2025-12"), await bill.compared(hall, LINE, "2027-01")
    assert isinstance(early, Refused)
    assert isinstance(ahead, Refused)
    assert (early.reason, ahead.reason) == ("too_early", "future")
