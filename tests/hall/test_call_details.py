"""Call details: they add up to the bill and the allowances, numbers are masked, months are limited."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall import call_details, months
from hall.bss.bill import Bills
from hall.bss.call_details import CallDetails
from hall.bss.demo import DemoBss
from hall.bss.demo.call_details import Month, details
from hall.bss.usage import Usages
from hall.call_details import DetailsRefused, Summary
from hall.context import Hall
from hall.errors import Unavailable

LINE = "13800138000"
USED = st.fixed_dictionaries({"call": st.integers(0, 900), "sms": st.integers(0, 90)})
AMOUNT = st.tuples(st.integers(0, 300), st.integers(0, 50))


@given(used=USED, charged=AMOUNT, days=st.integers(1, 31))
def test_records_add_up_to_what_was_used_and_charged(used: Any, charged: tuple[int, int], days: int) -> None:
    quantity, rate = charged
    found = details(Month(LINE, "2026-10", days, used, {"call": (quantity, quantity * rate)}))
    calls = [one for one in found if one.kind == "call" and one.outgoing]
    assert sum(one.quantity for one in calls) == used["call"] + quantity
    assert sum(one.fee_fen for one in found) == quantity * rate
    assert sum(one.quantity for one in found if one.kind == "sms") == used["sms"]
    assert all(one.seconds <= one.quantity * 60 and one.fee_fen >= 0 for one in found)
    assert all(months.of(one.at) == "2026-10" for one in found)


@pytest.mark.parametrize("line", ["13800138000", "13900139002", "17300173012", "18600186006"])
@pytest.mark.parametrize("back", [0, 1, 3])
async def test_a_month_adds_up_to_its_bill(hall: Hall, line: str, back: int) -> None:
    month = months.shift(months.of(hall.clock.now()), -back)
    bill, found = await hall.bss[Bills].of(line, month), await call_details.summary(hall, line, month)
    assert bill
    assert isinstance(found, Summary)
    charged = [item for item in bill.items if item.category in ("calls", "sms", "data")]
    assert found.fee_fen == sum(item.amount_fen for item in charged)


async def test_the_running_month_adds_up_to_the_allowances(hall: Hall) -> None:
    found = await call_details.summary(hall, LINE)
    bill = await hall.bss[Bills].of(LINE, months.of(hall.clock.now()))
    used: Counter[str] = Counter()
    for one in await hall.bss[Usages].of(LINE):
        used[one.kind] += one.used  # data for some uses is data, too
    assert isinstance(found, Summary)
    assert bill
    beside = sum(item.quantity or 0 for item in bill.items if item.category == "calls")
    assert (found.minutes, found.messages, found.data_mb) == (used["minutes"] + beside, used["sms"], used["data_mb"])


async def test_nothing_of_them_lies_ahead(hall: Hall) -> None:
    found = await hall.bss[CallDetails].of(LINE, months.of(hall.clock.now()))
    assert found
    assert max(one.at for one in found) < hall.clock.now()


async def test_numbers_are_masked_everywhere(hall: Hall) -> None:
    month = months.shift(months.of(hall.clock.now()), -1)
    found = await call_details.listed(hall, LINE, month)
    told = await call_details.summary(hall, LINE, month)
    assert isinstance(told, Summary)
    assert all("****" in one.other for one in (*found, *told.largest) if one.other)


@pytest.mark.parametrize(("back", "why"), [(-1, "future"), (6, "too_early"), (0, None), (5, None)])
async def test_six_months_can_be_asked_for(hall: Hall, back: int, why: str | None) -> None:
    found = await call_details.summary(hall, LINE, months.shift(months.of(hall.clock.now()), -back))
    assert (found.reason if isinstance(found, DetailsRefused) else None) == why


async def test_several_months_and_nonsense_are_told_apart(hall: Hall) -> None:
    for wish, why in (("2026-08/2026-10", "several"), ("2026-13", "unclear")):
        found = await call_details.summary(hall, LINE, wish)
        assert isinstance(found, DetailsRefused)
        assert found.reason == why


@pytest.mark.parametrize("fault", ["down", "garbage"])
async def test_a_system_that_fails_is_named(hall: Hall, demo: DemoBss, fault: str) -> None:
    demo.faults["details"] = fault
    with pytest.raises(Unavailable) as raised:
        await call_details.summary(hall, LINE)
    assert raised.value.part == "details"
