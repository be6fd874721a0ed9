"""Call details: every call, message and data session of a line, a month at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from hall.bss.kinds import Records, is_count, limited

DetailKind = Literal["call", "sms", "data"]


@dataclass(frozen=True, slots=True)
class Detail:
    """One record. `quantity` counts begun minutes, messages or MB; `fee_fen` is what it cost beside the plan."""

    at: datetime
    kind: DetailKind
    outgoing: bool  # of data always
    other: str  # the other party's number; "" for data
    quantity: int
    seconds: int  # of a call, else 0
    fee_fen: int


def _sound(found: tuple[Detail, ...] | None, *_: object) -> bool:
    return found is None or all(is_count(one.quantity) and is_count(one.fee_fen) for one in found)


class CallDetails(Records):
    """What was called, sent and used. Part: details. TM Forum: 635 `/usage`."""

    @limited("details", _sound)
    async def of(self, msisdn: str, month: str) -> tuple[Detail, ...] | None:
        """The records of a month, oldest first; None where there is no record of that month."""
        raise NotImplementedError
