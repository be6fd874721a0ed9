"""Days as people name them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall import days
from hall.days import Days

TODAY = date(2026, 11, 15)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("今天交的", TODAY, TODAY),
        ("我昨晚充了50", date(2026, 11, 14), None),
        ("前天在银行交的", date(2026, 11, 13), None),
        ("大前天", date(2026, 11, 12), None),
        ("6号交的50块", date(2026, 11, 6), None),
        ("二十八号交的", date(2026, 10, 28), None),
        ("11月6日", date(2026, 11, 6), None),
        ("去年的12月三号", date(2025, 12, 3), None),
        ("上周交的", date(2026, 11, 2), date(2026, 11, 8)),
        ("刚交的话费", TODAY, None),
    ],
)
def test_days_are_read_looking_back(text: str, first: date, last: date | None) -> None:
    assert days.read(text, TODAY) == Days(first, last or first)


@pytest.mark.parametrize("text", ["交的话费到了没", "2月30号", "交费记录", "50块"])
def test_a_text_without_a_day_names_none(text: str) -> None:
    assert days.read(text, TODAY) is None


@given(day=st.integers(1, 31), today=st.dates(date(2025, 1, 1), date(2030, 12, 31)))
def test_no_day_lies_ahead(day: int, today: date) -> None:
    found = days.read(f"{day}号交的", today)
    assert found is None or today - timedelta(days=62) <= found.first <= today
