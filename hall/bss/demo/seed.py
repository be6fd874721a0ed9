"""Brings the demonstration's records up to the clock's month. Any number of times, by any process."""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import Any

from sqlalchemy import Executable, Table, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hall import months
from hall.bss.demo import records
from hall.bss.demo.records import HISTORY, Demo, Ordered, Values
from hall.clock import Clock
from hall.errors import Conflict
from hall.store.tables.accounts import (
    bss_bill_items,
    bss_bills,
    bss_credits,
    bss_payments,
    bss_plan_changes,
    bss_services,
    bss_subscribers,
    bss_usage,
)
from hall.store.unit import Store, Unit

log = logging.getLogger(__name__)

Key = tuple[str, str]  # line, month
Rows = defaultdict[Table, list[Values]]  # in the order in which tables are filled: a bill before its items


async def seed(store: Store, clock: Clock, demo: Demo | None = None) -> None:
    """Create what is missing: customers, and months of bills, usage and payments up to now.

    `demo`: whose people they are, by default the demonstration's. Months that ended since the last time are closed
    with their full bill. Raises StoreUnavailable.
    """
    demo, day, now = demo or records.load(), clock.local().day, months.of(clock.now())
    anchors = {row.msisdn: row.anchor for row in await store.all(select(bss_subscribers))}
    known: dict[Key, bool] = {(row.msisdn, row.month): row.closed for row in await store.all(select(bss_bills))}
    unit, rows = store.unit(), Rows(list)
    ordered = await _ordered(store, unit, now)
    for customer in demo.customers:
        line = customer["msisdn"]
        anchor = anchors.get(line, now)
        if line not in anchors:
            rows[bss_subscribers].append(records.subscriber(demo, customer, anchor))
            rows[bss_services] += records.services(demo, line, anchor)
        for month in months.between(months.shift(min(anchor, now), -HISTORY), now):
            closed = known.get((line, month))
            if closed is None or (closed is False and month != now):
                items = records.bill_items(demo, line, month, anchor, day if month == now else None, ordered[line])
                _add_bill(rows, demo, line, month, items, closed=month != now)
            if closed is False and month != now:
                _close(unit, line, month)
        if (line, now) not in known:
            rows[bss_usage] += records.usage(demo, line, now, anchor, day, ordered[line].plans)
            rows[bss_credits] += records.credits(demo, line, now)
    for table, values in rows.items():
        if values:
            unit.stage(_insert_all(store, table, values))
    try:
        await unit.commit()
    except Conflict:  # another process closed the same month at the same time, with the same rows
        log.info("demonstration records: another process was first")


async def _ordered(store: Store, unit: Unit, now: str) -> defaultdict[str, Ordered]:
    """What was ordered, by line. A change of plan whose month has begun takes effect."""
    services: defaultdict[str, list[Any]] = defaultdict(list)
    plans: defaultdict[str, list[Any]] = defaultdict(list)
    for row in await store.all(select(bss_services)):
        services[row.msisdn].append(row)
    changes = bss_plan_changes.c
    due = (changes.state != "undone", changes.month <= now)
    for row in await store.all(select(bss_plan_changes).where(*due).order_by(changes.month, changes.at)):
        plans[row.msisdn].append(row)
        if row.state == "pending":
            mine = (changes.msisdn == row.msisdn, changes.key == row.key, changes.state == "pending")
            unit.stage(update(bss_plan_changes).where(*mine).values(state="done"), expect=1)
            unit.stage(update(bss_subscribers).where(bss_subscribers.c.msisdn == row.msisdn).values(plan=row.name))
    found: defaultdict[str, Ordered] = defaultdict(Ordered)
    for line in {*services, *plans}:
        found[line] = Ordered(services[line], plans[line])
    return found


def change_running(unit: Unit, demo: Demo, line: Any, name: str, month: str) -> None:
    """Stage a change of plan that takes effect at once: the line, its running bill and its allowances."""
    plan = demo.records["plans"][name]
    unit.stage(update(bss_subscribers).where(bss_subscribers.c.msisdn == line.msisdn).values(plan=name))
    item = (bss_bill_items.c.msisdn == line.msisdn, bss_bill_items.c.month == month, bss_bill_items.c.code == "plan")
    unit.stage(update(bss_bill_items).where(*item).values(name=name, amount_fen=plan["fee_fen"]))
    for kind in demo.records["allowances"]:
        mine = (bss_usage.c.msisdn == line.msisdn, bss_usage.c.month == month, bss_usage.c.kind == kind)
        unit.stage(update(bss_usage).where(*mine).values(total=plan[kind]))


def _insert_all(store: Store, table: Table, values: list[Values]) -> Executable:
    """One statement for all rows of a table; those that exist stay as they are."""
    build = sqlite.insert if store.is_sqlite else postgresql.insert
    return build(table).values(values).on_conflict_do_nothing()


def _add_bill(rows: Rows, demo: Demo, line: str, month: str, items: list[Values], *, closed: bool) -> None:
    """A month's bill: in full, or as far as the running month has come."""
    rows[bss_bills].append({"msisdn": line, "month": month, "closed": closed})
    rows[bss_bill_items] += items
    if paid := records.payment(demo, line, month):
        rows[bss_payments].append(paid)


def _close(unit: Unit, line: str, month: str) -> None:
    """The month has ended: its items give way to those of the full bill, which are inserted after this."""
    mine = (bss_bills.c.msisdn == line, bss_bills.c.month == month, bss_bills.c.closed.is_(False))
    unit.stage(update(bss_bills).where(*mine).values(closed=True), expect=1)
    unit.stage(delete(bss_bill_items).where(bss_bill_items.c.msisdn == line, bss_bill_items.c.month == month))
