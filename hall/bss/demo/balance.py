"""Money on lines of the demonstration."""

from __future__ import annotations

from typing import cast

from hall.bss.balance import Balance, Balances
from hall.bss.demo.operator import DemoAdapter
from hall.errors import NotFound


class DemoBalances(DemoAdapter, Balances):
    """From bss_subscribers."""

    async def of(self, msisdn: str) -> Balance:
        garbage = await self._demo.fault("balance")
        row = await self._demo.line(msisdn)
        if row is None:
            raise NotFound("no such line")
        return Balance(cast(int, "?") if garbage else row.balance_fen, row.arrears_fen)
