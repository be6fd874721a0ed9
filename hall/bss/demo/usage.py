"""Allowances of the demonstration."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from hall import months
from hall.bss.demo import records
from hall.bss.demo.operator import DemoAdapter
from hall.bss.usage import MonthOfUse, Rates, Usage, Usages
from hall.store.tables.accounts import bss_credits, bss_usage


class DemoUsages(DemoAdapter, Usages):
    """From bss_usage, and bought data from bss_credits. A month that has passed follows from records.yml."""

    async def of(self, msisdn: str) -> tuple[Usage, ...]:
        demo = self._demo
        garbage = await demo.fault("usage")
        await demo.keep_up()
        plan = await demo.rows(bss_usage, msisdn, bss_usage.c.month == demo.month, order="kind")
        now = demo.clock.now()
        bought = await demo.rows(bss_credits, msisdn, bss_credits.c.valid_until > now, order="valid_until")
        return (
            *(self._of_plan(row, garbage) for row in plan),
            *(Usage("data_mb", row.sku, row.data_mb, 0, row.valid_until, "bought") for row in bought if row.data_mb),
        )

    def _of_plan(self, row: Row[Any], garbage: bool) -> Usage:
        kind, _, code = row.kind.partition(":")
        scope = self._demo.people.records.get("extra_data", {}).get(code, {}).get("scope", "general")
        ends = months.start(months.shift(self._demo.month, 1))
        return Usage(kind, row.name, -1 if garbage else row.total, row.used, ends, scope)

    async def month(self, msisdn: str, month: str) -> MonthOfUse | None:
        garbage = await self._demo.fault("usage")
        line = await self._demo.line(msisdn)
        first = months.shift(min(line.anchor, self._demo.month), -records.HISTORY) if line else ""
        if line is None or not first <= month <= self._demo.month:
            return None
        day = self._demo.clock.local().day if month == self._demo.month else None
        used = records.used(self._demo.people, msisdn, month, line.anchor, day)
        return MonthOfUse("?" if garbage else month, used["data_mb"], used["minutes"], used["sms"])

    async def rates(self, msisdn: str) -> Rates:
        garbage = await self._demo.fault("usage")
        fen = {name: rate["fen"] for name, rate in self._demo.people.records["rates_fen"].items()}
        return Rates(-1 if garbage else fen.get("data"), fen.get("calls"), fen.get("sms"))
