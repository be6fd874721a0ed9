"""Entries of lines: what a customer applied for when the line was opened, and what was booked."""

from __future__ import annotations

from dataclasses import dataclass

from hall import months
from hall.bss.kinds import Records, is_fen, limited


@dataclass(frozen=True, slots=True)
class Entry:
    """The form of an application. Plans by name, fees a month in fen; `month`: the first one of the line."""

    form_no: str
    month: str
    applied: str
    applied_fen: int
    booked: str
    booked_fen: int

    @property
    def wrong(self) -> bool:
        """Whether something else was booked than applied for."""
        return self.applied != self.booked


@dataclass(frozen=True, slots=True)
class PlanFee:
    """What a month's bill charged for the plan, archive included."""

    month: str
    code: str  # of the item
    name: str
    fen: int


def _sound(entry: Entry | None, _msisdn: str) -> bool:
    return entry is None or (months.valid(entry.month) and is_fen(entry.applied_fen) and is_fen(entry.booked_fen))


class Entries(Records):
    """Part: plan. TM Forum: 622 `/productOrder`, the first one of a line."""

    @limited("plan", _sound)
    async def of(self, msisdn: str) -> Entry | None:
        """The entry of a line; None where the form is not on record."""
        raise NotImplementedError

    @limited("bill", lambda found, _msisdn: all(months.valid(one.month) and is_fen(one.fen) for one in found))
    async def plan_fees(self, msisdn: str) -> tuple[PlanFee, ...]:
        """What was charged for the plan in each month since the entry, oldest first."""
        raise NotImplementedError
