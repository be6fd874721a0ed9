"""Finds the package that a customer means, and tells what is known of packages."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from hall.policy import Package, Policy

SIZE_TOLERANCE = 0.05  # share of a package's size: 500 MB and 512 MB, 1000 MB and 1 GB mean the same package
DAYS = 30  # of the validity "30 days", the day of the top-up included
SCOPES = ("national", "provincial")
PRICE = "price"  # price:2500 means the package at that price
SMALL = 100  # MB: below it a number is no size
PICKS = ("smallest", "largest", "middle", "value", "longest")


@dataclass(frozen=True, slots=True)
class Agreed:
    """What is agreed of a top-up so far; None is still open. Amounts in fen; `last_day` in Asia/Shanghai."""

    product: Literal["data", "credit"]
    number: str | None
    own: bool
    changed: bool  # it replaces something that was agreed before
    assumed: bool = False  # nobody said that it is one's own line
    scope: Literal["national", "provincial"] | None = None
    data_mb: int | None = None
    face_fen: int | None = None
    price_fen: int | None = None
    last_day: date | None = None
    ends_today: bool = False
    way: Literal["wechat", "alipay"] | None = None
    pick: Literal["smallest", "largest", "middle", "value", "longest"] | None = (
        None  # one of PICKS, until the scope is known
    )
    budget_fen: int | None = None  # the price that was named instead of a size, until the scope is known


@dataclass(frozen=True, slots=True)
class Compared:
    """One size in both scopes, `price_fen` None where it is not sold; the difference, in fen."""

    data_mb: int
    national_fen: int | None
    provincial_fen: int | None


def wanted(policy: Policy, scope: str, data_mb: int) -> Package | None:
    """The package of that size in the scope, or None."""
    closest = nearest(policy, scope, data_mb)[:1]
    return next((p for p in closest if abs(p.data_mb - data_mb) <= SIZE_TOLERANCE * p.data_mb), None)


def nearest(policy: Policy, scope: str, data_mb: int) -> list[Package]:
    """The packages of the scope, the closest in size first."""
    return sorted(policy.offered(scope), key=lambda p: (abs(p.data_mb - data_mb), p.data_mb))


def about(offered: Iterable[Package], number: int) -> Package | None:
    """The package whose size in MB is nearly that number, below a gigabyte: 500 → 512MB; None for none."""
    return next((p for p in offered if SMALL <= number < 1024 and 0.95 <= number / p.data_mb <= 1.05), None)


def last_day(package: Package, today: date) -> date:
    """The last day on which a package that arrives today can be used."""
    if package.valid == "30 days":
        return today + timedelta(days=DAYS - 1)
    return today.replace(day=monthrange(today.year, today.month)[1])


def compared(policy: Policy, data_mb: int) -> Compared:
    """What a size costs in both scopes."""
    national, provincial = (wanted(policy, scope, data_mb) for scope in SCOPES)
    return Compared(
        (national or provincial).data_mb if national or provincial else data_mb,  # type: ignore[union-attr]
        national.price_fen if national else None,
        provincial.price_fen if provincial else None,
    )


def best_value(offered: Iterable[Package]) -> Package:
    """The package whose gigabyte costs least."""
    return min(offered, key=lambda p: p.price_fen / p.data_mb)


def picked(offered: Sequence[Package], which: str) -> Package | None:
    """The package that is meant: one of PICKS, larger:1024, smaller:5000, price:2500 (fen); else None.

    Packages are compared by price, for which they are named: the cheapest is the smallest. What counts from a package
    (its MB or fen) is that package itself where there is none beyond it.
    """
    ordered = sorted(offered, key=lambda p: p.price_fen)
    if not ordered:
        return None
    word, _, base = which.partition(":")
    if word == PRICE:
        return next((p for p in ordered if str(p.price_fen) == base), None)
    if word == "longest":
        return next((p for p in ordered if p.valid == "30 days"), None)
    if base:
        return _beside(ordered, word, int(base))
    places = {"smallest": ordered[0], "largest": ordered[-1], "middle": ordered[len(ordered) // 2]}
    return best_value(ordered) if which == "value" and ordered[0].data_mb else places.get(which)


def cheaper(offered: Sequence[Package], than: Package) -> list[Package]:
    """What of the offered costs less, the dearest first."""
    return sorted((p for p in offered if p.price_fen < than.price_fen), key=lambda p: -p.price_fen)


def by_price(offered: Sequence[Package], which: str) -> list[Package]:
    """The two packages whose price is nearest to `price:2000`, cheapest first; nothing for another word."""
    word, _, base = which.partition(":")
    near = sorted(offered, key=lambda p: abs(p.price_fen - int(base)))[:2] if word == PRICE else []
    return sorted(near, key=lambda p: p.price_fen)


def half(offered: Sequence[Package], which: str) -> list[Package]:
    """The larger or the smaller of what is offered, by price; nothing for another word."""
    ordered = sorted(offered, key=lambda p: p.price_fen)
    halves = {"larger": ordered[len(ordered) // 2 :], "smaller": ordered[: (len(ordered) + 1) // 2]}
    return halves.get(which, [])


def _beside(ordered: Sequence[Package], word: str, base: int) -> Package:
    place = next((i for i, p in enumerate(ordered) if base in (p.data_mb, p.face_fen)), 0)
    return ordered[max(place - 1, 0) if word == "smaller" else min(place + 1, len(ordered) - 1)]
