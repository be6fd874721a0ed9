"""Family numbers: the lines that a line calls at a better price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hall.bss.kinds import Records, limited


@dataclass(frozen=True, slots=True)
class Member:
    """A number in a line's family."""

    number: str
    since: datetime


class Families(Records):
    """Families of lines. Part: line."""

    @limited("line")
    async def of(self, msisdn: str) -> tuple[Member, ...]:
        """The members, oldest first."""
        raise NotImplementedError

    @limited("line")
    async def add(self, msisdn: str, number: str, key: str) -> None:
        """Take a number in. Idempotent by `key`, and for one that is a member."""
        raise NotImplementedError

    @limited("line")
    async def remove(self, msisdn: str, number: str, key: str) -> None:
        """Take a number out. Idempotent by `key`, and for one that is no member."""
        raise NotImplementedError
