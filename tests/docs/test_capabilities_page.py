"""docs/capabilities.md is made of the dialogues that are played."""

from __future__ import annotations

from bot.settings import ROOT
from testing.capabilities_page import cases, page, rows_of, titles


def test_the_page_is_what_the_dialogues_say() -> None:
    written = (ROOT / "docs" / "capabilities.md").read_text("utf-8")
    assert written == page(), "python -m testing.capabilities_page > docs/capabilities.md"


def test_every_row_that_a_dialogue_names_is_a_row() -> None:
    named = {row for _, case in cases() for row in rows_of(case)}
    assert named - {"G5", "G7"} <= set(titles())
