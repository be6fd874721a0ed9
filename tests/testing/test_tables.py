"""A table of a test names every row that differs."""

from __future__ import annotations

import pytest

from testing.tables import assert_table


def test_a_table_that_agrees_passes() -> None:
    assert_table([("1", 1), ("2", 2)], int)


def test_every_row_that_differs_is_named_and_an_exception_is_a_difference() -> None:
    with pytest.raises(AssertionError) as failed:
        assert_table([("1", 1), ("2", 3), ("x", 4)], int)
    text = str(failed.value)
    assert text.startswith("2 of 3 rows differ:")
    assert "'2': 2, expected 3" in text
    assert "'x': ValueError" in text


def test_a_table_without_rows_fails() -> None:
    with pytest.raises(AssertionError, match="no rows"):
        assert_table([], int)
