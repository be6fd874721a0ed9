"""Payments onto a line, wherever they were made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hall.bss.kinds import Records, is_fen, limited


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that was paid onto the line."""

    at: datetime
    amount_fen: int
    way: str


class LinePayments(Records):
    """What was paid. Part: balance."""

    @limited("balance", lambda found, _msisdn: all(is_fen(one.amount_fen) for one in found))
    async def of(self, msisdn: str) -> tuple[Payment, ...]:
        """What was paid onto the line, newest first."""
        raise NotImplementedError
