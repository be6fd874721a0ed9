"""The demonstration's operator: the port over its own tables, with a switch for each fault."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, Table, func, insert, select, update

from hall import months
from hall.bss.demo.seed import seed
from hall.bss.port import Balance, Bill, BillItem, Payment, Service, Subscriber, Usage
from hall.clock import Clock
from hall.errors import Conflict, NotFound, Unavailable
from hall.store.prepared import Prepared, given
from hall.store.tables.accounts import (
    bss_bill_items,
    bss_bills,
    bss_credits,
    bss_payments,
    bss_services,
    bss_subscribers,
    bss_usage,
)
from hall.store.unit import Store

SLOW = 60.0  # seconds: longer than any time limit of a caller
LINE = Prepared(select(bss_subscribers).where(given(bss_subscribers.c.msisdn)))
BILL = Prepared(  # an item a row; of a bill without any one row without an item
    select(*(bss_bill_items.c[name] for name in ("code", "name", "amount_fen", "category", "quantity")))
    .select_from(bss_bills)
    .outerjoin(
        bss_bill_items, (bss_bill_items.c.msisdn == bss_bills.c.msisdn) & (bss_bill_items.c.month == bss_bills.c.month)
    )
    .where(given(bss_bills.c.msisdn), given(bss_bills.c.month))
    .order_by(bss_bill_items.c.position)
)
CREDITS = Prepared(
    select(func.count().label("count")).where(
        given(bss_credits.c.msisdn), given(bss_credits.c.sku), given(bss_credits.c.month)
    )
)
PARTS = ("balance", "bill", "subscriber", "usage", "topup")


class DemoBss:
    """Answers from the tables bss_*; `seed` must have run once.

    `faults[part]` is "down" (refuses), "slow" (does not answer in time) or "garbage" (answers with
    what belongs to nobody): how the hall behaves then can be tried in tests and demonstrations.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self.faults: dict[str, str] = {}
        self._month = ""
        self._rolling: asyncio.Task[None] | None = None

    async def subscriber(self, msisdn: str) -> Subscriber | None:
        garbage = await self._fault("subscriber")
        row = await self._line(msisdn)
        if row is None:
            return None
        flags = frozenset(row.flags)
        return Subscriber(
            msisdn="?" if garbage else row.msisdn, carrier=row.carrier, name=row.name, city=row.city, tier=row.tier,
            age=row.age, real_name=row.real_name, flags=flags, plan=row.plan,
            excludes_data_packages="excludes_data_packages" in flags, points=row.points,
        )  # fmt: skip

    async def balance(self, msisdn: str) -> Balance:
        garbage = await self._fault("balance")
        row = await self._line(msisdn)
        if row is None:
            raise NotFound("no such line")
        return Balance(cast(int, "?") if garbage else row.balance_fen, row.arrears_fen)

    async def bill(self, msisdn: str, month: str) -> Bill | None:
        garbage = await self._fault("bill")
        await self._keep_up()
        rows = await self._store.all(BILL, {"its_msisdn": msisdn, "its_month": month})
        if not rows:
            return None
        items = tuple(BillItem(*row) for row in rows if row.code is not None)
        return Bill("?" if garbage else month, items, open=month == self._now())

    async def bill_months(self, msisdn: str) -> tuple[str, ...]:
        garbage = await self._fault("bill")
        await self._keep_up()
        rows = await self._rows(bss_bills, msisdn, bss_bills.c.month <= self._now(), order="month")
        return ("?",) if garbage else tuple(row.month for row in rows)

    async def usage(self, msisdn: str) -> tuple[Usage, ...]:
        garbage = await self._fault("usage")
        await self._keep_up()
        ends = months.start(months.shift(self._now(), 1))
        plan = await self._rows(bss_usage, msisdn, bss_usage.c.month == self._now(), order="kind")
        valid = bss_credits.c.valid_until > self._clock.now()
        bought = await self._rows(bss_credits, msisdn, valid, order="valid_until")
        return (
            *(Usage(row.kind, row.name, -1 if garbage else row.total, row.used, ends) for row in plan),
            *(Usage("data_mb", row.sku, row.data_mb, 0, row.valid_until) for row in bought),
        )

    async def services(self, msisdn: str) -> tuple[Service, ...]:
        garbage = await self._fault("subscriber")
        rows = await self._rows(bss_services, msisdn, order="since")
        return tuple(Service(row.code, row.name, cast(int, "?") if garbage else row.fee_fen, row.since) for row in rows)

    async def payments(self, msisdn: str) -> tuple[Payment, ...]:
        garbage = await self._fault("balance")
        await self._keep_up()
        rows = await self._rows(bss_payments, msisdn, bss_payments.c.at <= self._clock.now(), order="at")
        return tuple(Payment(row.at, cast(int, "?") if garbage else row.amount_fen, row.way) for row in reversed(rows))

    async def topup_count(self, msisdn: str, sku: str, month: str) -> int:
        garbage = await self._fault("topup")
        await self._keep_up()
        row = await self._store.one(CREDITS, {"its_msisdn": msisdn, "its_sku": sku, "its_month": month})
        return -1 if garbage or row is None else int(row[0])

    async def credit_data(self, msisdn: str, sku: str, data_mb: int, valid_until: datetime, key: str) -> None:
        if await self._fault("topup"):
            raise Unavailable("topup", "garbage")
        if await self._line(msisdn) is None:
            raise NotFound("no such line")
        unit, now = self._store.unit(), self._clock.now()
        unit.insert_once(
            bss_credits, key=key, msisdn=msisdn, sku=sku, data_mb=data_mb, valid_until=valid_until,
            month=months.of(now), at=now,
        )  # fmt: skip
        await unit.commit()

    async def credit_money(self, msisdn: str, amount_fen: int, key: str, way: str) -> None:
        if await self._fault("topup"):
            raise Unavailable("topup", "garbage")
        line = await self._line(msisdn)
        if line is None:
            raise NotFound("no such line")
        if await self._credited(key):
            return
        unit, now, after = self._store.unit(), self._clock.now(), line.balance_fen + amount_fen
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
        return await self._store.one(select(bss_credits.c.key).where(bss_credits.c.key == key)) is not None

    def _now(self) -> str:
        return months.of(self._clock.now())

    async def _keep_up(self) -> None:
        """A month that began while the process ran gets its records, too.

        Shielded: a caller whose time is up must not stop it half-way for all others.
        """
        if self._month == self._now():
            return
        if self._rolling is None or self._rolling.done():
            self._rolling = asyncio.create_task(self._roll())
        await asyncio.shield(self._rolling)

    async def _roll(self) -> None:
        month = self._now()
        await seed(self._store, self._clock)
        self._month = month

    async def _fault(self, part: str) -> bool:
        """Act out the fault of a part; True when its answer is to be garbage."""
        fault = self.faults.get(part)
        if fault == "down":
            raise Unavailable(part, "switched off")
        if fault == "slow":
            await asyncio.sleep(SLOW)
        return fault == "garbage"

    async def _line(self, msisdn: str) -> Row[Any] | None:
        return await self._store.one(LINE, {"its_msisdn": msisdn})

    async def _rows(self, table: Table, msisdn: str, *where: Any, order: str) -> Sequence[Row[Any]]:
        return await self._store.all(select(table).where(table.c.msisdn == msisdn, *where).order_by(table.c[order]))
