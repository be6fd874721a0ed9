"""Allowances and what was used of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from hall.bss.kinds import Records, is_count, limited

Bucket = Literal["data_mb", "minutes", "sms"]
Scope = Literal["general", "targeted", "provincial", "bought"]


@dataclass(frozen=True, slots=True)
class Usage:
    """What is left of one allowance. `scope` of data: for everything, for some apps only, in the province, bought."""

    kind: Bucket
    name: str
    total: int
    used: int
    ends_at: datetime  # the first moment at which it can no longer be used
    scope: Scope = "general"


@dataclass(frozen=True, slots=True)
class MonthOfUse:
    """What was used in a month, within the allowances and beyond them."""

    month: str
    data_mb: int
    minutes: int
    sms: int


@dataclass(frozen=True, slots=True)
class Rates:
    """What is paid beyond the allowances: fen a MB, a minute, a message; None where nothing is sold beyond one."""

    data_fen: int | None
    minute_fen: int | None
    message_fen: int | None


def _sound_month(found: MonthOfUse | None, _msisdn: str, month: str) -> bool:
    if found is None:
        return True
    return found.month == month and all(map(is_count, (found.data_mb, found.minutes, found.sms)))


def _sound_rates(rates: Rates, _msisdn: str) -> bool:
    return all(fen is None or is_count(fen) for fen in (rates.data_fen, rates.minute_fen, rates.message_fen))


class Usages(Records):
    """What is left. Part: usage. TM Forum: 677 `queryUsageConsumption`."""

    @limited("usage", lambda found, _msisdn: all(is_count(one.total) and is_count(one.used) for one in found))
    async def of(self, msisdn: str) -> tuple[Usage, ...]:
        """The allowances of the running month, those of the plan first."""
        raise NotImplementedError

    @limited("usage", _sound_month)
    async def month(self, msisdn: str, month: str) -> MonthOfUse | None:
        """What was used in a month, the running one included; None where there is no record."""
        raise NotImplementedError

    @limited("usage", _sound_rates)
    async def rates(self, msisdn: str) -> Rates:
        """What the line pays beyond its allowances."""
        raise NotImplementedError
