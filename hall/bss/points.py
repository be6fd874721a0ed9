"""Points of lines, and what was had for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from hall.bss.kinds import Records, is_count, limited


@dataclass(frozen=True, slots=True)
class Ending:
    """So many points can be used up to and including a day."""

    points: int
    ends: date


@dataclass(frozen=True, slots=True)
class Account:
    """A line's points, and those of them that end, the soonest first."""

    msisdn: str
    points: int
    ending: tuple[Ending, ...] = ()


@dataclass(frozen=True, slots=True)
class Redemption:
    """Points that were given for something of the operator's catalogue; `gift` is its code there."""

    gift: str
    name: str
    points: int
    at: datetime


def _sound(account: Account | None, msisdn: str) -> bool:
    if account is None:
        return True
    return account.msisdn == msisdn and all(map(is_count, (account.points, *(one.points for one in account.ending))))


class PointAccounts(Records):
    """Points. Part: points. TM Forum: 658 `/loyaltyBalance`, `/loyaltyBurn`."""

    @limited("points", _sound)
    async def of(self, msisdn: str) -> Account | None:
        """The points of a line; None for an unknown line."""
        raise NotImplementedError

    @limited("points", lambda found, _msisdn: all(is_count(one.points) for one in found))
    async def redeemed(self, msisdn: str) -> tuple[Redemption, ...]:
        """What the line gave its points for, newest first."""
        raise NotImplementedError

    @limited("points")
    async def redeem(self, msisdn: str, gift: str, key: str) -> Redemption | None:
        """Give points for something, which is delivered with it; None where they are too few.

        Idempotent: the same `key` again finds the first redemption and takes nothing. After Unavailable it may have
        happened or not: ask again under the same key. Raises NotFound for an unknown line or gift.
        """
        raise NotImplementedError
