"""Bookings of halls in the demonstration."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from hall.bss.demo.operator import DemoAdapter
from hall.bss.stores import Booking, StoreBookings
from hall.clock import SHANGHAI
from hall.errors import Conflict
from hall.store.tables.stores import bss_store_bookings

ROW = bss_store_bookings.c


class DemoStoreBookings(DemoAdapter, StoreBookings):
    """From bss_store_bookings; a seat of a slot is taken by one row."""

    async def taken(self, store: str, first: datetime, last: datetime) -> Mapping[datetime, int]:
        await self._demo.fault("stores")
        there = (ROW.store == store, ROW.at >= first, ROW.at < last, ROW.seat.is_not(None))
        rows = await self._demo.store.all(select(ROW.at, func.count()).where(*there).group_by(ROW.at))
        return {row[0]: row[1] for row in rows}

    async def of(self, msisdn: str) -> Booking | None:
        garbage = await self._demo.fault("stores")
        open_ = (ROW.msisdn == msisdn, ROW.seat.is_not(None), ROW.at > self._demo.clock.now())
        row = await self._demo.store.one(select(bss_store_bookings).where(*open_).order_by(ROW.at))
        return _booking(row, "?" if garbage else msisdn) if row else None

    async def book(self, msisdn: str, store: str, at: datetime, business: str, key: str, people: int) -> Booking | None:
        await self._demo.fault("stores")
        for seat in range(people):
            made = await self._by(key)
            if made is not None:
                return _booking(made, msisdn)
            unit = self._demo.store.unit()
            unit.stage(_given_up(msisdn, self._demo.clock.now()))
            values = {"key": key, "no": _number(key, at), "msisdn": msisdn, "store": store, "at": at}
            unit.stage(insert(bss_store_bookings).values(**values, seat=seat, business=business))
            try:
                await unit.commit()
            except Conflict:
                continue
            return await self.of(msisdn)
        return None

    async def cancel(self, msisdn: str, key: str) -> Booking | None:
        found = await self.of(msisdn)
        unit = self._demo.store.unit()
        unit.stage(_given_up(msisdn, self._demo.clock.now()))
        await unit.commit()
        return found

    async def _by(self, key: str) -> Any:
        return await self._demo.store.one(select(bss_store_bookings).where(ROW.key == key))


def _given_up(msisdn: str, now: datetime) -> Any:
    return update(bss_store_bookings).where(ROW.msisdn == msisdn, ROW.at > now).values(seat=None)


def _number(key: str, at: datetime) -> str:
    return f"Y{at.astimezone(SHANGHAI):%m%d}{int(hashlib.sha256(key.encode()).hexdigest(), 16) % 10000:04d}"


def _booking(row: Any, msisdn: str) -> Booking:
    return Booking(row.no, msisdn, row.store, row.at, row.business)
