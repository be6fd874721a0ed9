"""What the customer reads about a bill."""

from typing import Any

import pytest

from actions.bill import DefaultMonth, TellBill
from hall import months
from hall.bss.bill import Bills
from hall.bss.demo import DemoBss, records
from hall.context import Hall


async def test_who_names_no_month_means_the_last_closed_one(play: Any, clock: Any) -> None:
    assert (await play(DefaultMonth)).slots == {"month": "2026-10"}
    clock.set(2027, 1, 1)
    assert (await play(DefaultMonth)).slots == {"month": "2026-12"}


async def test_a_bill_has_total_items_and_what_changed(play: Any) -> None:
    text = (await play(TellBill, month="2026-10")).texts[0]
    assert text.splitlines() == [
        "10月账单共 65.45 元：",
        "· 畅享39元套餐 39元",
        "· 彩铃 5元",
        "· 视频会员 15元",
        "· 套餐外通话 43分钟 6.45元",
        "比9月多 19.20 元，因为：",
        "· 新增了视频会员，多 15 元",
        "· 套餐外通话多打了 28 分钟，多 4.20 元",
    ]


async def test_by_sms_it_is_four_lines_of_one_part(play: Any) -> None:
    text = (await play(TellBill, month="2026-10", channel="sms")).texts[0]
    assert text.splitlines()[0] == "10月账单65.45元"
    assert len(text.splitlines()) == 4
    assert len(text) <= 70


async def test_every_closed_bill_of_everybody_fits_an_sms_with_the_same_total(play: Any, hall: Hall) -> None:
    for line in (row["msisdn"] for row in records.load().customers):
        for month in (await hall.bss[Bills].months(line))[1:-1]:
            short, long = [(await play(TellBill, line=line, month=month, channel=c)).texts[0] for c in ("sms", "web")]
            bill = await hall.bss[Bills].of(line, month)
            assert bill
            assert f"{bill.total_fen / 100:.2f}" in short
            assert f"{bill.total_fen / 100:.2f}" in long
            assert len(short) <= 70, short


async def test_the_running_month_says_that_it_is_not_finished(play: Any) -> None:
    told = await play(TellBill, month="2026-11")
    assert "到现在共消费 61.25 元" in told.texts[0]
    assert "还没结束" in told.texts[0]


async def test_a_range_gives_totals(play: Any) -> None:
    told = await play(TellBill, month="2026-08/2026-10")
    lines = told.texts[0].splitlines()
    assert lines[:4] == ["8月到10月共 156.90 元：", "· 8月 45.20元", "· 9月 46.25元", "· 10月 65.45元"]
    assert "更早的月份没有账单" not in told.texts[0]
    assert "更早的月份没有账单" in (await play(TellBill, month="2026-01/2026-10")).texts[0]


async def test_the_year_is_said_when_it_is_another(play: Any, clock: Any) -> None:
    clock.set(2027, 2, 3)
    assert (await play(TellBill, month="2026-12")).texts[0].startswith("2026年12月账单")


@pytest.mark.parametrize(
    ("month", "word"), [("2026-12", "12月还没到"), ("2025-12", "最早可以查4月"), ("乱写", "哪个月")]
)
async def test_a_month_without_a_bill_is_refused_with_the_reason(play: Any, month: str, word: str) -> None:
    told = await play(TellBill, month=month)
    assert told.result == "end"
    assert word in told.texts[0]


async def test_somebody_elses_bill_is_not_told(play: Any) -> None:
    assert (await play(TellBill, month="2026-10", mentioned_number="13900139002")).keys == ["utter_not_your_line"]
    assert (await play(TellBill, month="2026-10", line="13800000000")).keys == ["utter_unknown_line"]


@pytest.mark.parametrize("fault", ["down", "slow", "garbage"])
async def test_a_bill_system_that_fails_is_named(play: Any, demo: DemoBss, fault: str) -> None:
    demo.faults["bill"] = fault
    told = await play(TellBill, month="2026-10")
    assert (told.result, told.slots) == ("down", {"outage": "bill"})
    assert told.texts == []


async def test_new_years_eve_and_the_first_of_a_month(play: Any, clock: Any) -> None:
    clock.set(2026, 12, 31, 23, 59)
    assert "到现在" in (await play(TellBill, month="2026-12")).texts[0]
    clock.set(2027, 1, 1, 0, 0)
    assert "到现在" not in (await play(TellBill, month="2026-12")).texts[0]
    assert "到现在" in (await play(TellBill, month=months.of(clock.now()))).texts[0]
