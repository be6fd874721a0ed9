"""docs/security-findings.md names every finding, and tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
PAGE = (TESTS.parent / "docs" / "security-findings.md").read_text(encoding="utf-8")
FINDINGS = [f"{kind}{number}" for kind, most in (("H", 7), ("M", 15), ("L", 14)) for number in range(1, most + 1)]


def test_every_finding_has_its_row() -> None:
    rows = re.findall(r"(?m)^\| ([HML]\d+) \|", PAGE)
    assert rows == FINDINGS


def test_every_row_is_shown_by_a_test_or_argued() -> None:
    for row in re.findall(r"(?m)^\| [HMLF]\d+ \|.*$", PAGE):
        assert "::test_" in row or "argued:" in row, row


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)
    assert len(named) > 80
    for file, test in named:
        assert re.search(rf"def {test}\(", (TESTS / file).read_text(encoding="utf-8")), f"{file}::{test}"
