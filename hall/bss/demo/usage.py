"""Allowances of the demonstration."""

from __future__ import annotations

from hall import months
from hall.bss.demo.operator import DemoAdapter
from hall.bss.usage import Usage, Usages
from hall.store.tables.accounts import bss_credits, bss_usage


class DemoUsages(DemoAdapter, Usages):
    """From bss_usage, and bought data from bss_credits."""

    async def of(self, msisdn: str) -> tuple[Usage, ...]:
        demo = self._demo
        garbage = await demo.fault("usage")
        await demo.keep_up()
        ends = months.start(months.shift(demo.month, 1))
        plan = await demo.rows(bss_usage, msisdn, bss_usage.c.month == demo.month, order="kind")
        bought = await demo.rows(bss_credits, msisdn, bss_credits.c.valid_until > demo.clock.now(), order="valid_until")
        return (
            *(Usage(row.kind, row.name, -1 if garbage else row.total, row.used, ends) for row in plan),
            *(Usage("data_mb", row.sku, row.data_mb, 0, row.valid_until) for row in bought),
        )
