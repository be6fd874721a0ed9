"""`yingting reconcile` says what it compared, what differs and what it could not read, and how it ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from hall.store import migrations
from testing.apps import settings
from yingting.commands.reconcile import command
from yingting.wiring import build_hall

HEADING = "kind,payment_no,provider_no,refund_no,amount_fen\n"


async def migrated(folder: Path) -> None:
    hall = build_hall(settings(folder))
    await migrations.upgrade(hall.store)
    await hall.store.close()


async def test_a_day_that_agrees_ends_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await migrated(tmp_path)
    assert await command(settings(tmp_path), "2026-11-14", [], []) == 0
    assert "0 differences, 0 lines not read" in capsys.readouterr().out


async def test_differences_and_bad_lines_end_with_1_and_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await migrated(tmp_path)
    file = tmp_path / "pay.csv"
    file.write_text(f"{HEADING}payment,T2026111400001,X1,,2500\npayment,bad\n", "utf-8")
    assert await command(settings(tmp_path), None, [file], []) == 1
    said = capsys.readouterr().out
    assert "reconciliation of 2026-11-14" in said
    assert "not read: pay.csv line 3: has 2 of 5 columns" in said
    assert "payment:demo payment X1 is on the statement and not in our books: ours -, theirs 25.00 (line 2)" in said


@pytest.mark.parametrize(
    ("day", "name", "why"),
    [("14.11.", None, "is not a date"), (None, "none.csv", "No such file"), (None, "x", "heading")],
)
async def test_what_cannot_be_begun_ends_with_2_and_does_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], day: str | None, name: str | None, why: str
) -> None:
    await migrated(tmp_path)
    (tmp_path / "x").write_text("a,b\n", "utf-8")
    assert await command(settings(tmp_path), day, [tmp_path / name] if name else [], []) == 2
    assert why in capsys.readouterr().err


async def test_a_database_that_is_not_migrated_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await command(settings(tmp_path), None, [], []) == 2
    assert "yingting db upgrade" in capsys.readouterr().err
