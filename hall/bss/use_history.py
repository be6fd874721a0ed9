"""What a line used in a month, within its plan and beyond."""

from __future__ import annotations

from dataclasses import dataclass

from hall.bss.kinds import Records, is_count, limited


@dataclass(frozen=True, slots=True)
class MonthUse:
    """The use of a calendar month."""

    month: str
    data_mb: int
    minutes: int
    sms: int


def _sound(found: MonthUse | None, _msisdn: str, month: str) -> bool:
    counts = () if found is None else (found.data_mb, found.minutes, found.sms)
    return found is None or (found.month == month and all(map(is_count, counts)))


class UseHistory(Records):
    """What was used. Part: usage. TM Forum: 677 `queryUsageConsumption`."""

    @limited("usage", _sound)
    async def of(self, msisdn: str, month: str) -> MonthUse | None:
        """The use of a closed month; None where there is no record."""
        raise NotImplementedError
