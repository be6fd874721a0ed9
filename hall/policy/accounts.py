"""What a line holds, by rule: policy/accounts.yml of the operator's folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, cast, get_args

from hall.policy_file import File, Source, amount_text, count, one_of, text, truth, words_text

GiftKind = Literal["credit", "data", "pick_up"]


@dataclass(frozen=True, slots=True)
class UsageRules:
    """Allowances: `low_percent` of one is little; `rolls_over`: what a plan includes can be used a month longer."""

    source: Source | None
    low_percent: int
    rolls_over: bool


@dataclass(frozen=True, slots=True)
class PointsRules:
    """Points: `per_yuan` of them a yuan, on `credited_day` of the next month; they end after `years` whole years."""

    source: Source | None
    per_yuan: int
    credited_day: int
    years: int
    transferable: bool
    arrives_minutes: int  # what was redeemed
    pick_up_days: int  # what is fetched in a hall is kept so long


@dataclass(frozen=True, slots=True)
class PaymentRules:
    """When money is on the line at the latest: `arrives_minutes` after a payment online, else `other_hours`."""

    source: Source | None
    arrives_minutes: int
    other_hours: int


@dataclass(frozen=True, slots=True)
class AccountRules:
    """policy/accounts.yml."""

    usage: UsageRules
    points: PointsRules
    payments: PaymentRules
    plan_item: str  # what the price list calls a plan's fee


@dataclass(frozen=True, slots=True)
class Gift:
    """What points buy: `amount` fen of credit, MB of data for `days`, or a thing to be fetched in a hall."""

    code: str
    name: str
    points: int
    kind: GiftKind
    amount: int
    days: int
    said_as: tuple[str, ...] = ()


NO_ACCOUNTS = AccountRules(
    UsageRules(None, 0, False), PointsRules(None, 0, 1, 0, False, 0, 0), PaymentRules(None, 0, 0), ""
)


def accounts(file: File) -> AccountRules:
    """Check accounts.yml; raises PolicyError."""
    file.source("charges")
    rules = AccountRules(
        UsageRules(file.source("usage"), file.get("usage.low_percent", count), file.get("usage.rolls_over", truth)),
        _points(file),
        PaymentRules(
            file.source("payments"),
            file.get("payments.arrives_minutes", count),
            file.get("payments.other_hours", count),
        ),
        file.get("charges.plan_item", text),
    )
    file.finish()
    return rules


def _points(file: File) -> PointsRules:
    counts = {
        name: file.get(f"points.{name}", count)
        for name in ("per_yuan", "credited_day", "years", "arrives_minutes", "pick_up_days")
    }
    return PointsRules(file.source("points"), transferable=file.get("points.transferable", truth), **counts)


def gifts(rows: Iterable[File]) -> tuple[Gift, ...]:
    """Check gifts.tsv; raises PolicyError."""
    found = tuple(_gifts(rows))
    return tuple(sorted(found, key=lambda gift: gift.points))


def _gifts(rows: Iterable[File]) -> Iterator[Gift]:
    seen = set[str]()
    for row in rows:
        code = row.get("code", text)
        if code in seen:
            raise row.error("code", f"{code} is there twice")
        seen.add(code)
        counts = {name: row.get(name, amount_text) for name in ("points", "amount", "days")}
        kind = cast(GiftKind, row.get("kind", one_of(*get_args(GiftKind))))
        yield Gift(code, row.get("name", text), kind=kind, said_as=row.get("said_as", words_text), **counts)
        row.finish()
