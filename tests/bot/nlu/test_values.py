"""Values in the many forms that people write them: the tables of `values/`, one for each entity.

A row is what was written and the values that are found in it, `-` for none; the day is the 22nd of November 2026.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from bot.nlu.entities import find
from bot.nlu.normalise import align, normalise
from testing.tables import assert_table

TODAY = date(2026, 11, 22)
TABLES = sorted((Path(__file__).parent / "values").glob("*.tsv"))


def rows(table: Path) -> Iterator[tuple[str, str]]:
    for line in table.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            written, value = line.split("\t")
            yield written, value


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.stem)
def test_a_value_however_it_is_written(table: Path) -> None:
    def found(written: str) -> str:
        values = [str(one.value) for one in find(normalise(written), TODAY) if one.entity == table.stem]
        return "|".join(values) or "-"

    assert_table(rows(table), found)


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.stem)
def test_a_value_stands_within_its_text(table: Path) -> None:
    for written, _ in rows(table):
        text = normalise(written)
        spans = [(one.start, one.end) for one in find(text, TODAY)]
        assert all(0 <= start < end <= len(text) for start, end in spans)
        assert all(end <= start for (_, end), (start, _) in pairwise(spans)), written


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.stem)
def test_a_value_is_the_same_with_a_sentence_around_it(table: Path) -> None:
    """Words before and after change neither what is found nor where it stood in the original."""
    for written, value in rows(table):
        if value == "-" or table.stem not in ("phone_number", "month"):
            continue
        text = f"麻烦你看一下，{written}，谢谢"
        found = [one for one in find(align(text).text, TODAY) if one.entity == table.stem]
        assert "|".join(str(one.value) for one in found) == value, written
        places = [align(text).place(one.start, one.end) for one in found]
        assert all(7 <= start < end <= len(text) for start, end in places)


@pytest.mark.parametrize("text", ["一" * 200, "1" * 200 + "元", "9" * 30 + "G", "一百" * 100 + "兆"])
def test_a_numeral_without_end_is_no_value(text: str) -> None:
    assert [one for one in find(text, TODAY) if one.entity in ("phone_number", "month")] == []
    assert all(int(one.value) <= 1_000_000_000 for one in find(text, TODAY) if one.entity == "amount_fen")
