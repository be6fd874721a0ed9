"""The demonstration's supplier: succeeds, fails, delivers a part, is slow or stays silent, as chosen for each order.

Its records are in `demo_deliveries`. A delivery is done when it is asked for after its time, and
then credited to the line in the operator's records, once.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Row, select, update

from hall.bss.kinds import Bss
from hall.bss.supplier.port import Delivery, DeliveryState
from hall.bss.topup import Topups
from hall.clock import Clock
from hall.errors import NotFound
from hall.store.tables.topup import demo_deliveries
from hall.store.unit import Store, Unit
from hall.validity import valid_until

TOPUP = "充值"  # what the line's payments show
MODES = ("succeed", "fail", "part", "part_unclear", "slow", "silent")
TAKES = dict.fromkeys(("succeed", "fail", "part", "part_unclear"), timedelta(seconds=2)) | {
    "slow": timedelta(seconds=60)
}


class DemoSupplier:
    """Adapter and supplier in one."""

    def __init__(self, store: Store, clock: Clock, bss: Bss) -> None:
        self._store, self._clock, self._bss = store, clock, bss

    def choose(self, unit: Unit, order_no: str, mode: str) -> None:
        """Stage how the supplier will behave for an order that was not submitted yet."""
        if mode not in MODES:
            raise ValueError(f"{mode!r} is none of {', '.join(MODES)}")
        unit.insert_once(demo_deliveries, order_no=order_no, mode=mode)

    async def submit(self, delivery: Delivery) -> DeliveryState:
        """See the port."""
        unit = self._store.unit()
        unit.insert_once(demo_deliveries, order_no=delivery.order_no, mode="succeed")
        unit.stage(
            update(demo_deliveries)
            .where(demo_deliveries.c.order_no == delivery.order_no, demo_deliveries.c.submitted_at.is_(None))
            .values(
                msisdn=delivery.msisdn,
                sku=delivery.sku,
                data_mb=delivery.data_mb,
                valid=delivery.valid,
                face_fen=delivery.face_fen,
                submitted_at=self._clock.now(),
            )
        )
        await unit.commit()
        return DeliveryState("accepted", f"S{delivery.order_no}")

    async def query(self, order_no: str) -> DeliveryState:
        """See the port."""
        row = await self._store.one(select(demo_deliveries).where(demo_deliveries.c.order_no == order_no))
        if row is None or row.submitted_at is None or row.mode == "silent":
            return DeliveryState("not_found")
        if self._clock.now() < row.submitted_at + TAKES[row.mode]:
            return DeliveryState("processing")
        if row.mode == "fail":
            return DeliveryState("failed", reason="refused_by_network")
        try:
            if row.done_at is None:
                await self._deliver(row)
        except NotFound:
            return DeliveryState("failed", reason="unknown_number")
        if row.mode == "part":
            return DeliveryState("partial", delivered_fen=(row.face_fen or 0) // 2, delivered_mb=row.data_mb // 2)
        if row.mode == "part_unclear":
            return DeliveryState("partial")
        return DeliveryState("succeeded")

    async def _deliver(self, row: Row[Any]) -> None:
        share = 2 if row.mode in ("part", "part_unclear") else 1
        if row.face_fen:
            await self._bss[Topups].credit_money(row.msisdn, row.face_fen // share, row.order_no, TOPUP)
        else:
            until = valid_until(row.valid, self._clock.now())
            await self._bss[Topups].credit_data(row.msisdn, row.sku, row.data_mb // share, until, row.order_no)
        unit = self._store.unit()
        done = update(demo_deliveries).where(demo_deliveries.c.order_no == row.order_no)
        unit.stage(done.values(done_at=self._clock.now()))
        await unit.commit()
