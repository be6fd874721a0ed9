"""Services of the demonstration."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, update

from hall.bss.demo.operator import DemoAdapter
from hall.bss.services import NewService, Service, ServiceOrder, Services
from hall.errors import Conflict, Unavailable
from hall.store.tables.accounts import bss_bill_items, bss_orders, bss_services
from hall.store.unit import Unit


class DemoServices(DemoAdapter, Services):
    """From and into bss_services; every order is kept in bss_orders, and a new fee is on the running bill."""

    async def of(self, msisdn: str) -> tuple[Service, ...]:
        now = self._demo.clock.now()
        return tuple(one for one in await self.history(msisdn) if one.until is None or one.until > now)

    async def history(self, msisdn: str) -> tuple[Service, ...]:
        garbage = await self._demo.fault("subscriber")
        rows = await self._demo.rows(bss_services, msisdn, order="since")
        return tuple(_service(row, garbage=garbage) for row in rows)

    async def end(self, order: ServiceOrder, at: datetime) -> None:
        unit = await self._order(order, f"end:{order.code}")
        mine = (bss_services.c.msisdn == order.msisdn, bss_services.c.code == order.code)
        unit.stage(update(bss_services).where(*mine, bss_services.c.until.is_(None)).values(until=at))
        await _committed(unit)

    async def start(self, order: ServiceOrder, service: NewService) -> None:
        unit, demo = await self._order(order, f"start:{order.code}"), self._demo
        now, month = demo.clock.now(), demo.month
        mine: dict[str, Any] = {"msisdn": order.msisdn, "code": order.code}
        how = {"ordered_by": order.by, "confirmed": True, "since": now, "until": None, "fee_from": service.fee_from}
        what = {"name": service.name, "fee_fen": service.fee_fen}
        ended = (bss_services.c.msisdn == order.msisdn, bss_services.c.code == order.code, bss_services.c.until <= now)
        unit.stage(update(bss_services).where(*ended).values(**what, **how))
        unit.insert_once(bss_services, **mine, **what, **how)
        if service.fee_fen and service.fee_from <= month:
            about = {"name": service.name, "amount_fen": service.fee_fen, "category": "vas", "quantity": None}
            item = {"msisdn": order.msisdn, "month": month, "code": f"service:{order.code}", "position": NEWEST}
            unit.insert_once(bss_bill_items, **item, **about)
        await _committed(unit)

    async def _order(self, order: ServiceOrder, what: str) -> Unit:
        """A unit of work with the order in it; one that was done stages nothing but itself again."""
        if await self._demo.fault("subscriber"):
            raise Unavailable("subscriber", "garbage")
        await self._demo.keep_up()
        unit = self._demo.store.unit()
        at = self._demo.clock.now()
        unit.insert_once(bss_orders, key=order.key, msisdn=order.msisdn, what=what, by=order.by, at=at)
        return unit


NEWEST = 90  # the place of a new fee on the running bill: behind the others


async def _committed(unit: Unit) -> None:
    try:
        await unit.commit()
    except Conflict:
        raise Unavailable("subscriber", "the line is changing: try again") from None


def _service(row: Row[Any], *, garbage: bool) -> Service:
    fee = cast(int, "?") if garbage else row.fee_fen
    ordered = (row.until, row.fee_from, row.ordered_by, row.confirmed)
    return Service(row.code, row.name, fee, row.since, *ordered)
