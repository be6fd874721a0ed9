"""Points: how many, when they end, what they buy, and giving them for something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz

from hall.bss.points import Account, Ending, PointAccounts, Redemption
from hall.context import Hall
from hall.policy.accounts import Gift

SURE = 88.0  # of 100: how like a gift's name what was written must be


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that points buy; `enough`: the line has as many."""

    code: str
    name: str
    points: int
    enough: bool


@dataclass(frozen=True, slots=True)
class Points:
    """A line's points, those that end, and what they buy, the dearest that is within reach first."""

    points: int
    ending: tuple[Ending, ...]
    gifts: tuple[Offer, ...]

    @property
    def within_reach(self) -> tuple[Offer, ...]:
        """What the line has enough points for, the dearest first."""
        return tuple(gift for gift in self.gifts if gift.enough)


@dataclass(frozen=True, slots=True)
class Redeemed:
    """Points were given for `gift`; `left` of them remain."""

    gift: Gift
    left: int


@dataclass(frozen=True, slots=True)
class TooFew:
    """`gift` needs `short` points more than the line has, and `within_reach` is what it has enough for."""

    gift: Gift
    points: int
    within_reach: tuple[Offer, ...]

    @property
    def short(self) -> int:
        """How many are missing."""
        return self.gift.points - self.points


async def of(hall: Hall, msisdn: str) -> Points | None:
    """The points of a line; None for an unknown line. Raises Unavailable("points")."""
    account = await hall.bss[PointAccounts].of(msisdn)
    if account is None:
        return None
    today = hall.clock.local().date()
    return Points(account.points, _running(account, today), offers(hall, account.points))


async def redeemed(hall: Hall, msisdn: str) -> tuple[Redemption, ...]:
    """What the line gave points for, newest first. Raises Unavailable("points")."""
    return await hall.bss[PointAccounts].redeemed(msisdn)


def gift(hall: Hall, code: str) -> Gift | None:
    """What is sold for points under a code."""
    return next((one for one in hall.policy.gifts if one.code == code), None)


def most_credit(hall: Hall, points: int) -> tuple[Gift, ...]:
    """The most credit that so many points buy at once; none when they are too few."""
    credit = [one for one in hall.policy.gifts if one.kind == "credit" and one.points <= points]
    return tuple(sorted(credit, key=lambda one: -one.points)[:1])


def meant(hall: Hall, words: str, fen: int | None = None, data_mb: int | None = None) -> tuple[Gift, ...]:
    """What a customer may mean: by an amount of credit or data, by a name or a part of one; empty when unclear."""
    known = hall.policy.gifts
    if fen is not None or data_mb is not None:
        return tuple(
            one for one in known if (one.kind, one.amount) in (("credit", fen), ("data", _near(known, data_mb)))
        )
    named = [one for one in known if any(name in words for name in (one.name, *one.said_as))]
    if named:
        return tuple(named)
    return tuple(one for one in known if len(words) > 1 and fuzz.partial_ratio(one.name, words) >= SURE)


async def enough(hall: Hall, msisdn: str, wanted: Gift) -> TooFew | None:
    """None when the line has points enough. Raises Unavailable("points")."""
    account = await hall.bss[PointAccounts].of(msisdn)
    points = account.points if account else 0
    if points >= wanted.points:
        return None
    return TooFew(wanted, points, tuple(one for one in offers(hall, points) if one.enough))


async def redeem(hall: Hall, msisdn: str, wanted: Gift, key: str) -> Redeemed | TooFew:
    """Give points for a gift, once for a `key`. Raises Unavailable("points"): it may have happened or not."""
    done = await hall.bss[PointAccounts].redeem(msisdn, wanted.code, key)
    account = await hall.bss[PointAccounts].of(msisdn)
    points = account.points if account else 0
    if done is None:
        return TooFew(wanted, points, tuple(one for one in offers(hall, points) if one.enough))
    return Redeemed(wanted, points)


def offers(hall: Hall, points: int) -> tuple[Offer, ...]:
    """What can be had first, the dearest of it first; then the rest, the cheapest first."""
    offers = [Offer(one.code, one.name, one.points, one.points <= points) for one in hall.policy.gifts]
    return tuple(sorted(offers, key=lambda one: (not one.enough, -one.points if one.enough else one.points)))


def _running(account: Account, today: date) -> tuple[Ending, ...]:
    return tuple(one for one in account.ending if one.ends >= today and one.points)


def _near(known: Sequence[Gift], data_mb: int | None) -> int | None:
    """The size that is sold and meant: 500 MB and 512 MB are the same."""
    if data_mb is None:
        return None
    sizes = [one.amount for one in known if one.kind == "data"]
    return next((size for size in sizes if abs(size - data_mb) * 20 <= size), data_mb)
