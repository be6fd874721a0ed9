"""The rules are data; a mistake in them stops the start and names itself."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from hall.policy import Policy, PolicyError

RULES = Path(__file__).resolve().parents[3] / "data" / "policy"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("topup.yml", "packages.tsv"):
        shutil.copy(RULES / name, tmp_path)
    return tmp_path


def test_the_rules_of_the_project_are_read_with_source_and_date() -> None:
    rules = Policy.load(RULES).topup
    assert rules.source.document
    assert isinstance(rules.source.date, date)
    assert [rule.reason for rule in rules.rules][:3] == ["invalid_number", "virtual_number", "arrears"]
    assert (rules.rules[-1].carrier, rules.rules[-1].per_month) == ("联通", 5)


def test_packages_are_offered_by_scope_smallest_first() -> None:
    offered = Policy.load(RULES).offered("provincial")
    assert [p.sku for p in offered] == ["P100", "P500", "P1G", "P5G", "P10G"]


@pytest.mark.parametrize(
    ("day", "peak"),
    [
        ((2026, 11, 1), True),
        ((2026, 11, 2), False),
        ((2026, 11, 29), False),
        ((2026, 11, 30), True),
        ((2028, 2, 28), False),
        ((2028, 2, 29), True),
    ],
)
def test_the_first_and_the_last_day_of_a_month_are_slow(day: tuple[int, int, int], peak: bool) -> None:
    assert Policy.load(RULES).topup.is_peak(date(*day)) is peak


@pytest.mark.parametrize(
    ("old", "new", "key", "why"),
    [
        ("mode: retype", "mode: guess", "number_check.mode", "retype, last4"),
        ("mismatches: 3", "mismatches: no", "number_check.mismatches", "whole number"),
        ("reason: arrears", "reason: ugly", "eligibility[2].reason", "must be one of"),
        ("reason: arrears", "reason: blacklisted", "eligibility", "twice"),
        ("per_month: 5", "per_month: many", "eligibility[6].per_month", "whole number"),
        ("peak_hours: [24, 48]", "peak_hours: [48, 24]", "arrival.peak_hours", "lower first"),
        ("usual_minutes: 30", "", "arrival.usual_minutes", "is missing"),
        ("after_success: false", "after_success: true", "refund.after_success", "must be false"),
        ("date: 2026-11-22", "date: lately", "date", "YYYY-MM-DD"),
    ],
)
def test_a_mistake_names_file_key_and_reason(folder: Path, old: str, new: str, key: str, why: str) -> None:
    path = folder / "topup.yml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(PolicyError) as caught:
        Policy.load(folder)
    assert (caught.value.file, caught.value.key) == ("topup.yml", key)
    assert why in caught.value.why


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("N2G\tnational\t2048\t-1\tcalendar month", "price_fen"),
        ("N2G\tlocal\t2048\t100\tcalendar month", "scope"),
        ("N1G\tnational\t2048\t100\tcalendar month", "sku"),
        ("N2G\tnational\t2048", "price_fen"),
    ],
)
def test_a_bad_package_is_named_by_its_line(folder: Path, line: str, key: str) -> None:
    path = folder / "packages.tsv"
    path.write_text(path.read_text("utf-8").rstrip("\n") + f"\n{line}\n", "utf-8")
    with pytest.raises(PolicyError) as caught:
        Policy.load(folder)
    assert caught.value.key == f"line 12.{key}"


@pytest.mark.parametrize("text", ["", "- a\n- b", "a: [", "\x00"])
def test_a_file_that_is_no_mapping_is_named(folder: Path, text: str) -> None:
    (folder / "topup.yml").write_text(text, "utf-8")
    with pytest.raises(PolicyError, match=r"topup\.yml"):
        Policy.load(folder)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"topup\.yml"):
        Policy.load(tmp_path)


def test_real_name_rules_may_be_absent_but_not_without_source(folder: Path) -> None:
    assert Policy.load(folder).real_name == {}
    (folder / "real_name.yml").write_text("cases: {}\n", "utf-8")
    with pytest.raises(PolicyError, match=r"real_name\.yml: source: is missing"):
        Policy.load(folder)
