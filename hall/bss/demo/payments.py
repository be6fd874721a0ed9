"""Payments of the demonstration."""

from __future__ import annotations

from typing import cast

from hall.bss.demo.operator import DemoAdapter
from hall.bss.payments import LinePayments, Payment
from hall.store.tables.accounts import bss_payments


class DemoLinePayments(DemoAdapter, LinePayments):
    """From bss_payments."""

    async def of(self, msisdn: str) -> tuple[Payment, ...]:
        garbage = await self._demo.fault("balance")
        await self._demo.keep_up()
        rows = await self._demo.rows(bss_payments, msisdn, bss_payments.c.at <= self._demo.clock.now(), order="at")
        return tuple(Payment(row.at, cast(int, "?") if garbage else row.amount_fen, row.way) for row in reversed(rows))
