"""Allowances and what was used of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from hall.bss.kinds import Records, is_count, limited

Bucket = Literal["data_mb", "minutes", "sms"]


@dataclass(frozen=True, slots=True)
class Usage:
    """What is left of one allowance of the running month."""

    kind: Bucket
    name: str
    total: int
    used: int
    ends_at: datetime  # the first moment at which it can no longer be used


class Usages(Records):
    """What is left. Part: usage."""

    @limited("usage", lambda found, _msisdn: all(is_count(one.total) and is_count(one.used) for one in found))
    async def of(self, msisdn: str) -> tuple[Usage, ...]:
        """The allowances of the running month."""
        raise NotImplementedError
