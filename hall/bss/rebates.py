"""Rebates: money that comes back to a line month by month, as its contract says."""

from __future__ import annotations

from dataclasses import dataclass

from hall import months
from hall.bss.kinds import Records, is_count, limited


@dataclass(frozen=True, slots=True)
class Rebate:
    """`amount_fen` comes back on the `day` of each month from `since` to `until`, both included."""

    name: str
    amount_fen: int
    day: int
    since: str
    until: str


def _sound(found: tuple[Rebate, ...], _msisdn: str) -> bool:
    return all(
        is_count(one.amount_fen) and 1 <= one.day <= 28 and months.valid(one.since) and months.valid(one.until)
        for one in found
    )


class Rebates(Records):
    """Rebates of a line. Part: plan. TM Forum: 637 `/product`, its agreement."""

    @limited("plan", _sound)
    async def of(self, msisdn: str) -> tuple[Rebate, ...]:
        """The rebates of a line, also those that have ended."""
        raise NotImplementedError
