"""Bought data and money on lines of the demonstration."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, insert, select, update

from hall import months
from hall.bss.demo.operator import DemoAdapter
from hall.bss.topup import Topups
from hall.errors import Conflict, NotFound, Unavailable
from hall.store.prepared import Prepared, given
from hall.store.tables.accounts import bss_credits, bss_payments, bss_subscribers

CREDITS = Prepared(
    select(func.count().label("count")).where(
        given(bss_credits.c.msisdn), given(bss_credits.c.sku), given(bss_credits.c.month)
    )
)


class DemoTopups(DemoAdapter, Topups):
    """Into bss_credits, and money onto the line."""

    async def count(self, msisdn: str, sku: str, month: str) -> int:
        garbage = await self._demo.fault("topup")
        await self._demo.keep_up()
        row = await self._demo.store.one(CREDITS, {"its_msisdn": msisdn, "its_sku": sku, "its_month": month})
        return -1 if garbage or row is None else int(row[0])

    async def credit_data(self, msisdn: str, sku: str, data_mb: int, valid_until: datetime, key: str) -> None:
        if await self._demo.fault("topup"):
            raise Unavailable("topup", "garbage")
        if await self._demo.line(msisdn) is None:
            raise NotFound("no such line")
        unit, now = self._demo.store.unit(), self._demo.clock.now()
        unit.insert_once(
            bss_credits, key=key, msisdn=msisdn, sku=sku, data_mb=data_mb, valid_until=valid_until,
            month=months.of(now), at=now,
        )  # fmt: skip
        await unit.commit()

    async def credit_money(self, msisdn: str, amount_fen: int, key: str, way: str) -> None:
        if await self._demo.fault("topup"):
            raise Unavailable("topup", "garbage")
        line = await self._demo.line(msisdn)
        if line is None:
            raise NotFound("no such line")
        if await self._credited(key):
            return
        unit, now, after = self._demo.store.unit(), self._demo.clock.now(), line.balance_fen + amount_fen
        unit.stage(
            insert(bss_credits).values(
                key=key, msisdn=msisdn, sku="", data_mb=0, valid_until=now, month=months.of(now), at=now
            )
        )
        unit.stage(insert(bss_payments).values(msisdn=msisdn, at=now, amount_fen=amount_fen, way=way))
        unit.stage(
            update(bss_subscribers)
            .where(bss_subscribers.c.msisdn == msisdn, bss_subscribers.c.balance_fen == line.balance_fen)
            .values(balance_fen=after, arrears_fen=max(0, -after)),
            expect=1,
        )
        try:
            await unit.commit()
        except Conflict:
            if not await self._credited(key):
                raise Unavailable("topup", "the line is changing: try again") from None

    async def _credited(self, key: str) -> bool:
        return await self._demo.store.one(select(bss_credits.c.key).where(bss_credits.c.key == key)) is not None
