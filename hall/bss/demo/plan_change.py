"""Changes of plan in the demonstration: done when their month begins (seed.py)."""

from __future__ import annotations

from sqlalchemy import select, update

from hall.bss.demo.operator import DemoAdapter
from hall.bss.demo.records import month_use
from hall.bss.demo.seed import change_running
from hall.bss.plan_change import PlanChange, PlanChanges, PlanOrder
from hall.bss.use_history import MonthUse, UseHistory
from hall.errors import Conflict, NotFound, Unavailable
from hall.store.tables.accounts import bss_orders, bss_plan_changes
from hall.store.unit import Unit

PENDING, DONE, UNDONE = "pending", "done", "undone"


class DemoPlanChanges(DemoAdapter, PlanChanges):
    """From and into bss_plan_changes."""

    async def pending(self, msisdn: str) -> PlanChange | None:
        garbage = await self._demo.fault("plan")
        await self._demo.keep_up()
        open_ = bss_plan_changes.c.state == PENDING
        rows = await self._demo.rows(bss_plan_changes, msisdn, open_, order="at")
        if not rows:
            return None
        row = rows[-1]
        return PlanChange("?" if garbage else msisdn, row.name, row.was, row.month, row.at)

    async def order(self, order: PlanOrder) -> None:
        if await self._demo.fault("plan"):
            raise Unavailable("plan", "garbage")
        await self._demo.keep_up()
        line = await self._demo.line(order.msisdn)
        if line is None:
            raise NotFound("no such line")
        if await self._ordered(order.msisdn, order.key):
            return
        unit, now = self._demo.store.unit(), self._demo.clock.now()
        self._undone(unit, order.msisdn)
        at_once = order.month <= self._demo.month
        values = {"msisdn": order.msisdn, "key": order.key, "name": order.name, "was": line.plan, "month": order.month}
        more = {"ends_contract": order.ends_contract, "state": DONE if at_once else PENDING, "at": now}
        unit.insert_once(bss_plan_changes, **values, **more)
        unit.insert_once(bss_orders, key=order.key, msisdn=order.msisdn, what=f"plan:{order.name}", by=order.by, at=now)
        if at_once:
            change_running(unit, self._demo.people, line, order.name, self._demo.month)
        await _committed(unit)

    async def undo(self, msisdn: str, key: str, by: str) -> None:
        if await self._demo.fault("plan"):
            raise Unavailable("plan", "garbage")
        unit, now = self._demo.store.unit(), self._demo.clock.now()
        self._undone(unit, msisdn)
        unit.insert_once(bss_orders, key=key, msisdn=msisdn, what="plan:undo", by=by, at=now)
        await _committed(unit)

    async def _ordered(self, msisdn: str, key: str) -> bool:
        mine = (bss_plan_changes.c.msisdn == msisdn, bss_plan_changes.c.key == key)
        return await self._demo.store.one(select(bss_plan_changes.c.key).where(*mine)) is not None

    @staticmethod
    def _undone(unit: Unit, msisdn: str) -> None:
        open_ = (bss_plan_changes.c.msisdn == msisdn, bss_plan_changes.c.state == PENDING)
        unit.stage(update(bss_plan_changes).where(*open_).values(state=UNDONE))


class DemoUseHistory(DemoAdapter, UseHistory):
    """What the bills and the pattern of use say: beyond the plan, all of it was used."""

    async def of(self, msisdn: str, month: str) -> MonthUse | None:
        garbage = await self._demo.fault("usage")
        await self._demo.keep_up()
        line = await self._demo.line(msisdn)
        if line is None:
            return None
        done = bss_plan_changes.c.state == DONE
        changes = await self._demo.rows(bss_plan_changes, msisdn, done, order="month")
        data_mb, minutes, sms = month_use(self._demo.people, msisdn, month, line.anchor, changes)
        return MonthUse("?" if garbage else month, data_mb, minutes, sms)


async def _committed(unit: Unit) -> None:
    try:
        await unit.commit()
    except Conflict:
        raise Unavailable("plan", "the line is changing: try again") from None
