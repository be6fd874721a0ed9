"""Brings the demonstration's records up to the clock's month. Any number of times, by any process."""

from __future__ import annotations

import logging

from sqlalchemy import delete, select, update

from hall import months
from hall.bss.demo import records
from hall.bss.demo.records import HISTORY, Demo
from hall.clock import Clock
from hall.errors import Conflict
from hall.store.tables.accounts import (
    bss_bill_items,
    bss_bills,
    bss_credits,
    bss_payments,
    bss_services,
    bss_subscribers,
    bss_usage,
)
from hall.store.unit import Store, Unit

log = logging.getLogger(__name__)


async def seed(store: Store, clock: Clock) -> None:
    """Create what is missing: customers, and months of bills, usage and payments up to now.

    Months that ended since the last time are closed with their full bill. Raises StoreUnavailable.
    """
    demo, today = records.load(), clock.local()
    now = months.of(today)
    anchors = {row.msisdn: row.anchor for row in await store.all(select(bss_subscribers))}
    bills = await store.all(select(bss_bills))
    closed = {(row.msisdn, row.month) for row in bills if row.closed}
    running = {(row.msisdn, row.month) for row in bills if not row.closed}
    unit = store.unit()
    for customer in demo.customers:
        line = customer["msisdn"]
        anchor = anchors.get(line, now)
        if line not in anchors:
            _stage_line(unit, demo, line, anchor)
        for month in months.between(months.shift(min(anchor, now), -HISTORY), now):
            if (line, month) in closed or (month == now and (line, month) in running):
                continue
            _stage_bill(unit, demo, line, month, anchor, today.day if month == now else None, (line, month) in running)
        if (line, now) not in closed | running:
            _stage_month(unit, demo, line, now, today.day)
    try:
        await unit.commit()
    except Conflict:  # another process closed the same month at the same time, with the same rows
        log.info("demonstration records: another process was first")


def _stage_line(unit: Unit, demo: Demo, line: str, anchor: str) -> None:
    unit.insert_once(bss_subscribers, **records.subscriber(demo, demo.customer(line), anchor))
    for service in records.services(demo, line, anchor):
        unit.insert_once(bss_services, **service)


def _stage_bill(unit: Unit, demo: Demo, line: str, month: str, anchor: str, day: int | None, was_open: bool) -> None:
    if was_open:
        mine = (bss_bills.c.msisdn == line, bss_bills.c.month == month, bss_bills.c.closed.is_(False))
        unit.stage(update(bss_bills).where(*mine).values(closed=True), expect=1)
        unit.stage(delete(bss_bill_items).where(bss_bill_items.c.msisdn == line, bss_bill_items.c.month == month))
    else:
        unit.insert_once(bss_bills, msisdn=line, month=month, closed=day is None)
    for item in records.bill_items(demo, line, month, anchor, day):
        unit.insert_once(bss_bill_items, **item)
    if paid := records.payment(demo, line, month):
        unit.insert_once(bss_payments, **paid)


def _stage_month(unit: Unit, demo: Demo, line: str, month: str, day: int) -> None:
    for bucket in records.usage(demo, line, month, day):
        unit.insert_once(bss_usage, **bucket)
    for credit in records.credits(demo, line, month):
        unit.insert_once(bss_credits, **credit)
