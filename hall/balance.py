"""Balance and arrears of a line, and the running bill beside them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from hall import months
from hall.bss.balance import Balances
from hall.bss.bill import Bills
from hall.context import Hall
from hall.errors import NotFound, Unavailable


@dataclass(frozen=True, slots=True)
class Account:
    """A line's money, fen. `so_far_fen` is this month's bill up to now, None while the bill system is down."""

    balance_fen: int
    arrears_fen: int
    so_far_fen: int | None


async def account(hall: Hall, msisdn: str) -> Account | None:
    """The balance, arrears and the running bill of a line; None for a line of somebody else's network.

    Raises Unavailable("balance"). A bill system that is down costs only the running bill.
    """
    try:
        money, so_far = await asyncio.gather(hall.bss[Balances].of(msisdn), _so_far(hall, msisdn))
    except NotFound:
        return None
    return Account(money.balance_fen, money.arrears_fen, so_far)


async def _so_far(hall: Hall, msisdn: str) -> int | None:
    try:
        bill = await hall.bss[Bills].of(msisdn, months.of(hall.clock.now()))
    except Unavailable:
        return None
    return bill.total_fen if bill else None
