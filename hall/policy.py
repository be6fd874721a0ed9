"""The operator's rules, kept as data in data/policy with source and date, checked on start.

A mistake there must stop the start, not a customer: `PolicyError` names file, key and reason.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml

from hall.errors import HallError

DIRECTORY = Path("data/policy")
SCOPES = ("national", "provincial")
VALIDITIES = ("calendar month", "30 days")
REASONS = ("invalid_number", "virtual_number", "arrears", "not_registered", "blacklisted", "excluded", "too_many")
T = TypeVar("T")


class PolicyError(HallError):
    """A rule that cannot be read: which file, which key, and why."""

    def __init__(self, file: str, key: str, why: str) -> None:
        super().__init__(f"{file}: {key}: {why}" if key else f"{file}: {why}")
        self.file, self.key, self.why = file, key, why


@dataclass(frozen=True, slots=True)
class Source:
    """Where the rules of a file come from, and as of when."""

    document: str
    date: date


@dataclass(frozen=True, slots=True)
class Package:
    """What is sold: a data package, or credit (`scope` and `valid` empty, `data_mb` 0, `face_fen` put on the line)."""

    sku: str
    scope: str  # national | provincial
    data_mb: int
    price_fen: int
    valid: str  # "calendar month" | "30 days"
    product: Literal["data", "credit"] = "data"
    face_fen: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason to refuse. `carrier` and `per_month` only for `too_many`."""

    reason: str
    carrier: str | None = None
    per_month: int | None = None


@dataclass(frozen=True, slots=True)
class TopupRules:
    """data/policy/topup.yml."""

    source: Source
    number_check: Literal["retype", "last4"]
    mismatches: int
    rules: tuple[Rule, ...]
    usual_minutes: int
    peak_days: frozenset[str]  # of first, last
    peak_hours: tuple[int, int]
    expires: timedelta
    ways: tuple[str, ...]
    delivery_query_seconds: tuple[int, ...]
    delivery_person_after: timedelta
    refund_query_seconds: tuple[int, ...]
    refund_person_after: timedelta
    refund_days: int

    def is_peak(self, day: date) -> bool:
        """Whether a top-up on that day (Asia/Shanghai) takes longer than usual."""
        last = (day + timedelta(days=1)).day == 1
        return ("first" in self.peak_days and day.day == 1) or ("last" in self.peak_days and last)


@dataclass(frozen=True, slots=True)
class CompensationRules:
    """data/policy/compensation.yml, in fen; without the file nothing is granted.

    `limits`: by reason, up to which nobody has to approve.
    """

    source: Source | None
    most_fen: int
    month_fen: int
    limits: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Policy:
    """Every rule of the hall. `real_name` is data/policy/real_name.yml as it is, {} when absent."""

    topup: TopupRules
    packages: tuple[Package, ...]
    real_name: Mapping[str, Any] = field(default_factory=dict)
    compensation: CompensationRules = field(default_factory=lambda: CompensationRules(None, 0, 0, {}))

    @classmethod
    def load(cls, directory: Path | str = DIRECTORY) -> Policy:
        """Read and check all files of the directory; raises PolicyError."""
        folder = Path(directory)
        topup = _topup(_File.read(folder / "topup.yml"))
        packages = _packages(folder / "packages.tsv")
        compensation = _compensation(folder / "compensation.yml")
        return cls(topup, packages, _plain(folder / "real_name.yml"), compensation=compensation)

    def package(self, sku: str) -> Package | None:
        """The package of that number, or None."""
        return next((p for p in self.packages if p.sku == sku), None)

    def offered(self, scope: str) -> tuple[Package, ...]:
        """The packages of a scope, smallest first."""
        return tuple(sorted((p for p in self.packages if p.scope == scope), key=lambda p: p.data_mb))


@dataclass(frozen=True, slots=True)
class _File:
    """A YAML mapping whose values are asked for by dotted key and kind."""

    name: str
    data: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path) -> _File:
        try:
            data = yaml.safe_load(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise PolicyError(path.name, "", str(error)) from error
        if not isinstance(data, dict):
            raise PolicyError(path.name, "", "must be a mapping")
        return cls(path.name, data)

    def get(self, key: str, check: Callable[[Any], T]) -> T:
        """The value at `key` as `check` returns it; a ValueError of `check` says what is wrong."""
        value: Any = self.data
        for part in key.split("."):
            if not isinstance(value, dict) or part not in value:
                raise PolicyError(self.name, key, "is missing")
            value = value[part]
        try:
            return check(value)
        except ValueError as error:
            raise PolicyError(self.name, key, f"{error}, not {value!r}") from error


def _topup(file: _File) -> TopupRules:
    low, high = file.get("arrival.peak_hours", _pair)
    file.get("refund.after_success", _only(False))
    return TopupRules(
        source=_source(file),
        number_check="last4" if file.get("number_check.mode", _one_of("retype", "last4")) == "last4" else "retype",
        mismatches=file.get("number_check.mismatches", _count),
        rules=_rules(file),
        usual_minutes=file.get("arrival.usual_minutes", _count),
        peak_days=frozenset(file.get("arrival.peak_days", _list_of(_one_of("first", "last"), empty=True))),
        peak_hours=(low, high),
        expires=timedelta(minutes=file.get("payment.expires_minutes", _count)),
        ways=file.get("payment.ways", _list_of(_text)),
        delivery_query_seconds=file.get("delivery.query_seconds", _list_of(_count)),
        delivery_person_after=timedelta(hours=file.get("delivery.person_after_hours", _count)),
        refund_query_seconds=file.get("refund.query_seconds", _list_of(_count)),
        refund_person_after=timedelta(hours=file.get("refund.person_after_hours", _count)),
        refund_days=file.get("refund.arrives_days", _count),
    )


def _compensation(path: Path) -> CompensationRules:
    if not path.exists():
        return CompensationRules(None, 0, 0, {})
    file = _File.read(path)
    reasons = file.get("limits", _mapping)
    limits = {str(reason): file.get(f"limits.{reason}", _count) for reason in reasons}
    if not limits:
        raise PolicyError(file.name, "limits", "names no reason")
    return CompensationRules(_source(file), file.get("most_fen", _count), file.get("month_fen", _count), limits)


def _rules(file: _File) -> tuple[Rule, ...]:
    rules = []
    for index, entry in enumerate(file.get("eligibility", _list_of(_mapping))):
        one = _File(file.name, {f"eligibility[{index}]": entry})
        reason = one.get(f"eligibility[{index}].reason", _one_of(*REASONS))
        if reason == "too_many":
            carrier = one.get(f"eligibility[{index}].carrier", _text)
            rules.append(Rule(reason, carrier, one.get(f"eligibility[{index}].per_month", _count)))
        else:
            rules.append(Rule(reason))
    if len({rule.reason for rule in rules}) < len(rules):
        raise PolicyError(file.name, "eligibility", "names a reason twice")
    if not {"invalid_number", "virtual_number"} <= {rule.reason for rule in rules}:
        raise PolicyError(file.name, "eligibility", "must check the number")
    return tuple(rules)


def _source(file: _File) -> Source:
    return Source(file.get("source", _text), file.get("date", _day))


def _packages(path: Path) -> tuple[Package, ...]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(path.name, "", str(error)) from error
    found: dict[str, Package] = {}
    for number, row in enumerate(csv.DictReader(lines, delimiter="\t"), start=2):
        file = _File(path.name, {f"line {number}": row})
        column = f"line {number}."
        package = Package(
            sku=file.get(column + "sku", _text),
            scope=file.get(column + "scope", _one_of(*SCOPES)),
            data_mb=file.get(column + "data_mb", _number_text),
            price_fen=file.get(column + "price_fen", _number_text),
            valid=file.get(column + "valid", _one_of(*VALIDITIES)),
        )
        if package.sku in found:
            raise PolicyError(path.name, column + "sku", f"{package.sku} is there twice")
        found[package.sku] = package
    if not found:
        raise PolicyError(path.name, "", "has no packages")
    return tuple(found.values())


def _plain(path: Path) -> Mapping[str, Any]:
    if not path.exists():
        return {}
    file = _File.read(path)
    _source(file)
    return file.data


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("must be a whole number above 0")
    return value


def _number_text(value: Any) -> int:
    if not isinstance(value, str) or not value.isdecimal() or int(value) < 1:
        raise ValueError("must be a whole number above 0")
    return int(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be a text")
    return value.strip()


def _day(value: Any) -> date:
    if type(value) is not date:
        raise ValueError("must be a date, YYYY-MM-DD")
    return value


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("must be a mapping")
    return value


def _pair(value: Any) -> tuple[int, int]:
    low, high = _list_of(_count)(value) if isinstance(value, list) and len(value) == 2 else (2, 1)
    if low > high:
        raise ValueError("must be two numbers, the lower first")
    return low, high


def _one_of(*allowed: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return str(value)

    return check


def _only(allowed: bool) -> Callable[[Any], bool]:
    def check(value: Any) -> bool:
        if value is not allowed:
            raise ValueError(f"must be {str(allowed).lower()}: the hall knows no other rule")
        return bool(value)

    return check


def _list_of(check: Callable[[Any], T], *, empty: bool = False) -> Callable[[Any], tuple[T, ...]]:
    def check_all(value: Any) -> tuple[T, ...]:
        if not isinstance(value, list) or not (value or empty):
            raise ValueError("must be a list")
        return tuple(check(item) for item in value)

    return check_all
