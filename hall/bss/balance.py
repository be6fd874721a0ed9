"""Money on a line."""

from __future__ import annotations

from dataclasses import dataclass

from hall.bss.kinds import Records, is_count, is_fen, limited


@dataclass(frozen=True, slots=True)
class Balance:
    """Money on the line. `balance_fen` is below zero by `arrears_fen` when something is owed."""

    balance_fen: int
    arrears_fen: int


def _sound(balance: Balance, _msisdn: str) -> bool:
    return is_fen(balance.balance_fen) and is_count(balance.arrears_fen)


class Balances(Records):
    """What is on a line and what is owed. Part: balance."""

    @limited("balance", _sound)
    async def of(self, msisdn: str) -> Balance:
        """Money now. Raises NotFound for an unknown line."""
        raise NotImplementedError
