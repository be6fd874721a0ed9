"""Entries of the demonstration."""

from __future__ import annotations

from sqlalchemy import select

from hall import months
from hall.bss.demo.operator import DemoAdapter
from hall.bss.entry import Entries, Entry, PlanFee
from hall.store.tables.accounts import bss_bill_items

PLAN = "plan"  # category of the plan's item


class DemoEntries(DemoAdapter, Entries):
    """From `entry` in records.yml; months older than the bills were charged as booked."""

    async def of(self, msisdn: str) -> Entry | None:
        garbage = await self._demo.fault("plan")
        line, people = await self._demo.line(msisdn), self._demo.people
        if line is None or "entry" not in people.about(msisdn):
            return None
        form, plans = people.about(msisdn)["entry"], people.records["plans"]
        month = "?" if garbage else months.shift(line.anchor, form["month"])
        applied, booked = form["applied"], form["booked"]
        fees = (plans[applied]["fee_fen"], plans[booked]["fee_fen"])
        return Entry(form["form_no"], month, applied, fees[0], booked, fees[1])

    async def plan_fees(self, msisdn: str) -> tuple[PlanFee, ...]:
        await self._demo.fault("bill")
        await self._demo.keep_up()
        entry = await self.of(msisdn)
        if entry is None:
            return ()
        mine = (bss_bill_items.c.msisdn == msisdn, bss_bill_items.c.category == PLAN)
        rows = {row.month: row for row in await self._demo.store.all(select(bss_bill_items).where(*mine))}
        code = next((row.code for row in rows.values()), PLAN)
        return tuple(
            PlanFee(month, rows[month].code, rows[month].name, rows[month].amount_fen)
            if month in rows
            else PlanFee(month, code, entry.booked, entry.booked_fen)
            for month in months.between(entry.month, self._demo.month)
        )
