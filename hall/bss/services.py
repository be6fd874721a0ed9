"""Value-added services of a line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hall.bss.kinds import Records, is_count, limited


@dataclass(frozen=True, slots=True)
class Service:
    """A value-added service that the line has."""

    code: str
    name: str
    fee_fen: int  # a month
    since: datetime


class Services(Records):
    """What a line has subscribed to. Part: subscriber."""

    @limited("subscriber", lambda found, _msisdn: all(is_count(one.fee_fen) for one in found))
    async def of(self, msisdn: str) -> tuple[Service, ...]:
        """The services of the line, oldest first."""
        raise NotImplementedError
