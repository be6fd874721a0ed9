"""Call details of the demonstration: made from a month's allowances and bill, to whose sums they add up.

The same month always gives the same records. Outgoing calls use minutes; incoming ones cost nothing and use none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from hall import months
from hall.bss.call_details import CallDetails, Detail, DetailKind
from hall.bss.demo import records
from hall.bss.demo.operator import DemoAdapter
from hall.store.tables.accounts import bss_bill_items, bss_bills, bss_usage

KINDS: Mapping[str, DetailKind] = {"minutes": "call", "sms": "sms", "data_mb": "data"}
CHARGED: Mapping[str, DetailKind] = {"calls": "call", "sms": "sms", "data": "data"}
MINUTES = (1, 1, 1, 2, 2, 3, 3, 4, 6, 9, 14)  # of a call
PREFIXES = ("138", "139", "151", "187", "186", "189")
FIRST_HOUR, LAST_HOUR = 7, 21


@dataclass(frozen=True, slots=True)
class Month:
    """What one month's records add up to, by kind: what the plan covered, and beside it quantity and fen."""

    line: str
    month: str
    days: int  # that have records
    used: Mapping[DetailKind, int]
    charged: Mapping[DetailKind, tuple[int, int]]


def details(month: Month) -> tuple[Detail, ...]:
    """The records of a month, oldest first."""
    random = Random(f"{month.line} {month.month}")
    others = [f"{random.choice(PREFIXES)}{random.randrange(10**8):08d}" for _ in range(8)]
    made = [one for kind in KINDS.values() for one in _of_kind(month, kind, random, others)]
    return tuple(sorted(made, key=lambda one: (one.at, one.kind, one.other)))


def _of_kind(month: Month, kind: DetailKind, random: Random, others: list[str]) -> Iterator[Detail]:
    quantity, fen = month.charged.get(kind, (0, 0))
    yield from _records(month, kind, (month.used.get(kind, 0), 0), random, others)
    yield from _records(month, kind, (quantity, fen), random, others)


def _records(
    month: Month, kind: DetailKind, total: tuple[int, int], random: Random, others: list[str]
) -> Iterator[Detail]:
    """Records of one kind that add up to a quantity and to what it cost."""
    quantity, fen = total
    done, told = 0, 0
    for part in _parts(kind, quantity, month.days, random):
        done += part
        fee, told = fen * done // quantity - told, fen * done // quantity
        other = "" if kind == "data" else random.choice(others[:3] * 3 + others)
        seconds = part * 60 - random.randrange(60) if kind == "call" else 0
        yield Detail(_moment(month, random), kind, True, other, part, seconds, fee)
        if kind == "call" and random.random() < 0.6:
            heard = random.choice(MINUTES)
            yield Detail(_moment(month, random), kind, False, random.choice(others), heard, heard * 60 - 7, 0)


def _parts(kind: DetailKind, quantity: int, days: int, random: Random) -> Iterator[int]:
    """How a quantity falls into records: calls of some minutes, one message each, data by the day."""
    left = quantity
    while left > 0:
        most = {"call": random.choice(MINUTES), "sms": 1}.get(kind) or max(
            1, quantity * random.randint(50, 150) // (100 * days)
        )
        part = min(left, most)
        left -= part
        yield part


def _moment(month: Month, random: Random) -> datetime:
    day, hour = random.randrange(month.days), random.randint(FIRST_HOUR, LAST_HOUR)
    return months.start(month.month) + timedelta(days=day, hours=hour, seconds=random.randrange(3600))


class DemoCallDetails(DemoAdapter, CallDetails):
    """From bss_bills and bss_usage."""

    async def of(self, msisdn: str, month: str) -> tuple[Detail, ...] | None:
        garbage, demo = await self._demo.fault("details"), self._demo
        await demo.keep_up()
        if not await demo.rows(bss_bills, msisdn, bss_bills.c.month == month, order="month"):
            return None
        items = await demo.rows(bss_bill_items, msisdn, bss_bill_items.c.month == month, order="position")
        charged = {
            CHARGED[row.category]: (row.quantity, row.amount_fen)
            for row in items
            if row.category in CHARGED and row.quantity
        }
        used, days = await self._used(msisdn, month)
        found = details(Month(msisdn, month, days, used, charged))
        latest = demo.clock.now() - timedelta(minutes=1)
        found = tuple(Detail(min(one.at, latest), *_rest(one, garbage)) for one in found)
        return tuple(sorted(found, key=lambda one: one.at))

    async def _used(self, msisdn: str, month: str) -> tuple[dict[DetailKind, int], int]:
        """What the plan covered, as the allowances say, and of how many days there are records."""
        demo, days = self._demo, months.days(month)
        if month != demo.month:
            line = await demo.line(msisdn)
            rows = records.usage(demo.people, msisdn, month, line.anchor if line else month, days)
            return _by_kind((row["kind"], row["used"]) for row in rows), days
        kept = await demo.rows(bss_usage, msisdn, bss_usage.c.month == month, order="kind")
        today = demo.clock.local().day
        return _by_kind((row.kind, row.used) for row in kept), max(1, today - 1)


def _by_kind(rows: Iterable[tuple[str, int]]) -> dict[DetailKind, int]:
    """What was used by kind; data for some uses only (`data_mb:DOUYIN`) is data, too."""
    found: dict[DetailKind, int] = defaultdict(int)
    for kind, used in rows:
        found[KINDS[kind.partition(":")[0]]] += used
    return found


def _rest(one: Detail, garbage: bool) -> tuple[DetailKind, bool, str, int, int, int]:
    return one.kind, one.outgoing, one.other, -1 if garbage else one.quantity, one.seconds, one.fee_fen
