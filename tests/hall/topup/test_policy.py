"""The rules are data; a mistake in them stops the start and names itself."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from pathlib import Path

import pytest

from hall.clock import SHANGHAI
from hall.operator_files import DEMONSTRATION
from hall.policy import Policy, PolicyError

TOPUP, CONTACT, SUPPLIERS = "policy/topup.yml", "policy/contact.yml", "policy/suppliers.yml"
PACKAGES, PREFIXES, REAL_NAME = "catalogue/packages.tsv", "number_prefixes.tsv", "guides/real_name.yml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the demonstration's rules: another operator that differs in nothing yet."""
    for name in (TOPUP, CONTACT, SUPPLIERS, PACKAGES, PREFIXES, REAL_NAME):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(DEMONSTRATION / name, tmp_path / name)
    return tmp_path


def test_every_rule_of_the_project_has_its_source_and_date() -> None:
    rules = Policy.load().topup
    sources = [*rules.sources.values(), *(rule.source for rule in rules.rules)]
    assert all(source.document and isinstance(source.date, date) for source in sources)
    assert [rule.reason for rule in rules.rules][:3] == ["invalid_number", "virtual_number", "arrears"]
    unicom = next(rule for rule in rules.rules if rule.reason == "too_many")
    assert (unicom.carrier, unicom.per_month) == ("联通", 5)


def test_arrears_and_plans_hinder_data_only() -> None:
    rules = Policy.load().topup
    data, credit = ({rule.reason for rule in rules.for_product(product)} for product in ("data", "credit"))
    assert data - credit == {"arrears", "excluded", "too_many"}
    assert credit < data


def test_credit_is_sold_in_fixed_amounts_at_their_price() -> None:
    policy = Policy.load()
    sold = policy.topup.credit()
    assert [p.face_fen for p in sold] == [1000, 2000, 3000, 5000, 10000, 20000, 30000, 50000]
    assert all(p.price_fen == p.face_fen and policy.package(p.sku) == p for p in sold)


def test_packages_are_offered_by_scope_smallest_first() -> None:
    offered = Policy.load().offered("provincial")
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
    assert Policy.load().topup.is_peak(date(*day)) is peak


@pytest.mark.parametrize(
    ("old", "new", "key", "why"),
    [
        ("others: retype", "others: guess", "number_check.others", "retype, last4"),
        ("own: read_back", "own: trust", "number_check.own", "read_back, retype, last4"),
        ("mismatches: 3", "mismatches: no", "number_check.mismatches", "whole number"),
        ("reason: arrears", "reason: ugly", "eligibility[2].reason", "must be one of"),
        ("reason: arrears", "reason: blacklisted", "eligibility[4].reason", "twice"),
        ("reason: virtual_number", "reason: landline", "eligibility[1].reason", "must be one of"),
        ("per_month: 5", "per_month: many", "eligibility[6].per_month", "whole number"),
        ("per_day: 40", "per_day: 0", "eligibility[7].per_day", "whole number"),
        ("products: [data]", "products: [date]", "eligibility[2].products", "data, credit"),
        ("source: fraud", "source: hearsay", "eligibility[7].source", "none of the sources"),
        ("amounts_yuan: [10, 20", "amounts_yuan: [10, 10", "credit.amounts_yuan", "twice"),
        ("amounts_yuan: [10, 20", "amounts_yuan: [9.9, 20", "credit.amounts_yuan", "whole number"),
        ("peak_hours: [24, 48]", "peak_hours: [48, 24]", "arrival.peak_hours", "lower first"),
        ("usual_minutes: 30", "usual_minutes: ~", "arrival.usual_minutes", "is missing"),
        ("usual_minutes: 30", "usual_minutes: 30\n  usual_minuets: 40", "arrival.usual_minuets", "no rule"),
        ("after_success: false", "after_success: true", "refund.after_success", "must be false"),
        ("date: 2026-11-22", "date: lately", "sources.mall.date", "YYYY-MM-DD"),
    ],
)
def test_a_mistake_names_file_line_key_and_reason(folder: Path, old: str, new: str, key: str, why: str) -> None:
    path = folder / TOPUP
    text = path.read_text("utf-8")
    assert old in text
    changed = text.replace(old, new, 1)
    path.write_text(changed, "utf-8")
    with pytest.raises(PolicyError) as caught:
        Policy.load(folder)
    assert (caught.value.file, caught.value.key) == (str(path), key)
    assert why in caught.value.why
    near = range(text[: text.index(old)].count("\n") - 9, text[: text.index(old)].count("\n") + 6)
    assert caught.value.line in near
    assert f"{path} line {caught.value.line}: {key}: " in str(caught.value)


def test_a_key_that_is_there_twice_is_named_by_its_line(folder: Path) -> None:
    path = folder / TOPUP
    text = path.read_text("utf-8")
    path.write_text(text.replace("mismatches: 3", "mismatches: 3\n  mismatches: 30", 1), "utf-8")
    line = text[: text.index("mismatches: 3")].count("\n") + 2
    with pytest.raises(PolicyError, match=rf"topup\.yml line {line}: mismatches is there twice"):
        Policy.load(folder)


def test_the_line_is_that_of_the_mistake(folder: Path) -> None:
    path = folder / CONTACT
    lines = path.read_text("utf-8").splitlines()
    wrong = next(number for number, line in enumerate(lines) if "07:00" in line)
    lines[wrong] = lines[wrong].replace("07:00", "7 o'clock")
    path.write_text("\n".join(lines), "utf-8")
    with pytest.raises(PolicyError, match=rf"contact\.yml line {wrong + 1}: sms_hours\.results\.hours: .*HH:MM"):
        Policy.load(folder)


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
    path = folder / PACKAGES
    text = path.read_text("utf-8").rstrip("\n")
    path.write_text(f"{text}\n{line}\n", "utf-8")
    with pytest.raises(PolicyError) as caught:
        Policy.load(folder)
    assert (caught.value.key, caught.value.line) == (key, text.count("\n") + 2)


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("移动\tphone\t135\t\ta list\t2026-11-22", "kind"),
        ("移动\tmobile\t13x\t\ta list\t2026-11-22", "prefixes"),
        ("移动\tmobile\t135\t\t\t2026-11-22", "source"),
        ("移动\tmobile\t135\t\ta list\tlately", "date"),
    ],
)
def test_a_bad_number_segment_is_named_by_its_line(folder: Path, line: str, key: str) -> None:
    path = folder / PREFIXES
    text = path.read_text("utf-8").rstrip("\n")
    path.write_text(f"{text}\n{line}\n", "utf-8")
    with pytest.raises(PolicyError) as caught:
        Policy.load(folder)
    assert (caught.value.key, caught.value.line) == (key, text.count("\n") + 2)


@pytest.mark.parametrize(
    ("now", "heard", "sent"),
    [
        ((15, 10, 0), None, (15, 10, 0)),
        ((15, 6, 59), None, (15, 7, 0)),
        ((15, 21, 59), None, (15, 21, 59)),
        ((15, 22, 0), None, (16, 7, 0)),
        ((15, 23, 30), (15, 22, 31), (15, 23, 30)),  # he is awake
        ((15, 23, 30), (15, 22, 29), (16, 7, 0)),
    ],
)
def test_results_wait_for_the_morning_unless_the_customer_is_awake(
    now: tuple[int, ...], heard: tuple[int, ...] | None, sent: tuple[int, ...]
) -> None:
    def at(parts: tuple[int, ...]) -> datetime:
        return datetime(2026, 11, *parts, tzinfo=SHANGHAI)  # type: ignore[arg-type,misc]

    hours = Policy.load().contact.results
    assert hours.next(at(now), at(heard) if heard else None) == at(sent)


@pytest.mark.parametrize("text", ["", "- a\n- b", "a: [", "\x00"])
def test_a_file_that_is_no_mapping_is_named(folder: Path, text: str) -> None:
    (folder / TOPUP).write_text(text, "utf-8")
    with pytest.raises(PolicyError, match=r"topup\.yml"):
        Policy.load(folder)


def test_real_name_rules_need_a_source(folder: Path) -> None:
    (folder / REAL_NAME).write_text("date: 2026-11-22\ncases: {}\n", "utf-8")
    with pytest.raises(PolicyError, match=r"real_name\.yml line 1: source: is missing"):
        Policy.load(folder)


@pytest.mark.parametrize(
    ("old", "new", "key", "why"),
    [
        ("money: yuan", "money: jiao", "suppliers.standard.money", "fen, yuan"),
        ('"4": partial', '"4": half', "suppliers.standard.states", "must be one of"),
        ('"2": succeeded, "3": failed', '"2": succeeded', "suppliers.standard.states", "what failed"),
        ('duplicate: ["1004"]', 'duplicate: ["0"]', "suppliers.standard.codes", "two things"),
        ('accepted: ["0"]', "accepted: []", "suppliers.standard.codes.accepted", "must have a code"),
        (", delivered: successamount", "", "suppliers.standard.read.delivered", "its worth"),
        ("order: /recharge/order", "order: recharge", "suppliers.standard.paths.order", "begins with /"),
        ("user: userid", "user: mobile", "suppliers.standard.send", "one name"),
        ("source: common", "source: nobody", "suppliers.standard.source", "none of the sources"),
        ("envelope: data", "envelop: data", "suppliers.standard.envelop", "no rule"),
    ],
)
def test_a_mistake_in_a_suppliers_table_is_named(folder: Path, old: str, new: str, key: str, why: str) -> None:
    path = folder / SUPPLIERS
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(PolicyError) as caught:
        Policy.load(folder)
    assert (caught.value.file, caught.value.key) == (str(path), key)
    assert why in caught.value.why
    assert caught.value.line
