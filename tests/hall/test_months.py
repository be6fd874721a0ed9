"""Months in Asia/Shanghai."""

from datetime import datetime, timezone

from hall import months


def test_a_month_begins_at_midnight_in_shanghai() -> None:
    assert months.of(datetime(2026, 10, 31, 15, 59, tzinfo=timezone.utc)) == "2026-10"
    assert months.of(datetime(2026, 10, 31, 16, 0, tzinfo=timezone.utc)) == "2026-11"
    assert months.start("2026-11") == datetime(2026, 10, 31, 16, 0, tzinfo=timezone.utc)


def test_years_roll_over() -> None:
    assert months.shift("2026-01", -1) == "2025-12"
    assert months.shift("2026-12", 1) == "2027-01"
    assert months.between("2025-11", "2026-02") == ("2025-11", "2025-12", "2026-01", "2026-02")
    assert months.between("2026-02", "2026-01") == ()
    assert months.distance("2025-12", "2026-02") == 2
    assert (months.days("2028-02"), months.days("2026-02")) == (29, 28)


def test_only_a_real_month_is_valid() -> None:
    assert months.valid("2026-08")
    assert not any(months.valid(text) for text in ("2026-13", "2026-00", "2026-8", "八月", "", "2026-08-01"))
