"""Times as programs write them."""

from datetime import datetime, timezone

import pytest

from hall.clock import moment

AT = datetime(2026, 11, 15, 2, 0, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-15T10:00:00+0800", "2026-11-15T10:00:00+08", "2026-11-15T10:00:00+08:00", "2026-11-15T02:00:00Z",
        "2026-11-15t02:00:00z", "20261115T020000Z", "2026-11-15 02:00:00", "2026-11-15T02:00Z", "1794708000",
        "1794708000000", 1794708000, 1794708000000, 1794708000.0, "1794708000000000", "1794708000000000000",
        "1794708000.000", "20261115020000", "2026-11-15T10:00:00+08:00[Asia/Shanghai]", "2026-11-15T02:00:00 UTC",
        "2026-11-14T18:00:00\u221208:00", "2026-11-15 10:00:00 +0800", "2026-11-15T01:59:60Z", "20261115T015960Z",
        "2026-11-14T24:00:00-02:00", "20261114T2400-0200", "2026-319T02:00:00Z",
    ],
)  # fmt: skip
def test_one_moment_in_many_forms(text: object) -> None:
    assert moment(text) == AT


@pytest.mark.parametrize(
    "fraction", [".1", ".12", ".123", ".1234", ".12345", ".123456", ".1234567", ".123456789", ",5"]
)
def test_any_fraction_of_a_second(fraction: str) -> None:
    found = moment(f"2026-11-15T02:00:00{fraction}Z")
    assert found is not None
    assert found.replace(microsecond=0) == AT


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01T00:00:00Z", None, True, [], "99999999999999999999", "nan"])
def test_what_is_no_time(text: object) -> None:
    assert moment(text) is None
