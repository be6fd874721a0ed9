"""Why something was charged: the item that a customer means, what it is, since when, and how it is ended."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from rapidfuzz import fuzz

from hall import bill, months
from hall.bill import Comparison
from hall.bss.bill import Bill, BillItem, Bills, Category
from hall.bss.services import Service, Services
from hall.context import Hall
from hall.policy.price_list import Item

LOOKED_AT = 3  # months in which an item is looked for: the running one and those before it
SURE = 75.0  # of 100: how like an item's name the words must be
_NUMBER = re.compile(r"(?<![\d.])\d{1,4}(?:\.\d{1,2})?(?![\d.月年日号GgMm分条次个])")
_DEARER = re.compile(r"多(?:了|出|扣|收|花)|贵了|涨了?")
SERVICE = "service:"  # begins an item's code of a value-added service

Ended = Literal["cancel", "hall", "plan", "use", "contract", ""]  # the way in which a charge ends
WAYS: dict[Category, Ended] = {
    "vas": "cancel",
    "plan": "plan",
    "calls": "use",
    "sms": "use",
    "data": "use",
    "other": "",
    "discount": "contract",
}


@dataclass(frozen=True, slots=True)
class Explained:
    """An item of a bill: what it is, since which month or moment it is charged, how it ends, in which months it was.

    `since` is the first month with it, of those on record; `ordered_at` when the service was subscribed to, if it is
    still on the line. `what` and `end` are the price list's words, empty where it has none.
    """

    month: str
    open: bool  # the month runs
    item: BillItem
    since: str
    ordered_at: datetime | None
    times: int  # months in a row, the named one included
    what: str
    period: str
    end: str
    way: Ended


@dataclass(frozen=True, slots=True)
class Several:
    """Items of a month that may be meant."""

    month: str
    items: tuple[BillItem, ...]


@dataclass(frozen=True, slots=True)
class Unfound:
    """Nothing that was meant is in the bills from `first` to `month`; `latest` is the newest, with what was charged."""

    first: str
    month: str
    amount_fen: int | None
    latest: Bill


@dataclass(frozen=True, slots=True)
class Made:
    """What a month's sum is made of: of a running one so far, or where there is nothing to compare with."""

    bill: Bill
    before: Bill | None
    new: tuple[BillItem, ...]  # what the month before did not have


@dataclass(frozen=True, slots=True)
class NoBills:
    """The line has no bill that could be asked about."""

    month: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about: an amount, a name as the operator writes it, a month, and the words themselves."""

    amount_fen: int | None = None
    name: str | None = None
    month: str | None = None
    words: str = ""
    kinds: tuple[Category, ...] = ()  # what the words name: calls, data, …


Answer = Explained | Several | Unfound | Made | Comparison | NoBills


async def explain(hall: Hall, msisdn: str, question: Question) -> Answer | None:
    """What a charge is, or of what a month's sum is made; None for an unknown line.

    An item is looked for in the month that is named, else in the running one and the two before it, newest first.
    Without one a month's sum is meant. Raises Unavailable("bill").
    """
    known = await hall.bss[Bills].months(msisdn)
    if not known:
        return None
    wanted = _months(hall, known, question.month)
    found = await asyncio.gather(*(hall.bss[Bills].of(msisdn, month) for month in wanted))
    bills = [one for one in found if one is not None]
    if not bills:
        return NoBills(question.month or "")
    question = _with_number(question, bills)
    if not _names_one(question, bills):
        return await _sum(hall, msisdn, bills, question)
    for one in bills:
        if items := _meant(one, question):
            return await _explained(hall, msisdn, one, items[0]) if len(items) == 1 else Several(one.month, items)
    if question.amount_fen is not None and (whole := _whole(bills, question.amount_fen)):
        return await _compared(hall, msisdn, whole)
    if _DEARER.search(question.words):  # 多了2块8: by how much, and no item
        return await _sum(hall, msisdn, bills, question)
    return Unfound(bills[-1].month, bills[0].month, question.amount_fen, bills[0])


async def explained(hall: Hall, msisdn: str, month: str, code: str) -> Explained | None:
    """An item by its code; None where the month has none of it. Raises Unavailable("bill")."""
    one = await hall.bss[Bills].of(msisdn, month)
    item = next((item for item in one.items if item.code == code), None) if one else None
    return await _explained(hall, msisdn, one, item) if one and item else None


async def lasting(hall: Hall, msisdn: str) -> tuple[BillItem, ...]:
    """What the newest bill has of services and plans: charged each month until they end. Raises Unavailable("bill")."""
    known = [month for month in await hall.bss[Bills].months(msisdn) if month <= months.of(hall.clock.now())]
    one = await hall.bss[Bills].of(msisdn, known[-1]) if known else None
    return tuple(item for item in one.items if item.category in ("vas", "plan")) if one else ()


def _months(hall: Hall, known: Sequence[str], wish: str | None) -> list[str]:
    now = months.of(hall.clock.now())
    ends = sorted((wish or "").split("/"))
    if wish and all(map(months.valid, ends)):
        return [month for month in reversed(months.between(ends[0], ends[-1])) if month in known][:LOOKED_AT]
    return [month for month in reversed(known) if month <= now][:LOOKED_AT]


def _with_number(question: Question, bills: Iterable[Bill]) -> Question:
    """A number without its unit (那个388是什么) is an amount where a bill has one like it."""
    if question.amount_fen is not None or question.name or question.month:
        return question
    said = {round(float(found) * 100) for found in _NUMBER.findall(question.words)}
    known = {abs(item.amount_fen) for one in bills for item in one.items}
    found = sorted(said & known)
    return replace(question, amount_fen=found[0]) if len(found) == 1 else question


def _names_one(question: Question, bills: Iterable[Bill]) -> bool:
    """Whether an item is meant, and not a whole sum."""
    if question.amount_fen is not None or question.name or question.kinds:
        return True
    return any(_alike(item, question.words) for one in bills for item in one.items if item.category != "plan")


def _meant(one: Bill, question: Question) -> tuple[BillItem, ...]:
    items = one.items
    if question.name and (named := [item for item in items if item.name == question.name]):
        return tuple(named)
    if question.amount_fen is not None:
        exact = [item for item in items if abs(item.amount_fen) == question.amount_fen]
        named = [item for item in exact if _alike(item, question.words)]
        return tuple(named or exact)
    if named := [item for item in items if _alike(item, question.words)]:
        return tuple(named)
    return tuple(item for item in items if item.category in question.kinds)


def _alike(item: BillItem, words: str) -> bool:
    """Whether words name an item, in whole or nearly."""
    return item.name in words or (len(words) >= len(item.name) and fuzz.partial_ratio(item.name, words) >= SURE)


def _whole(bills: Iterable[Bill], fen: int) -> Bill | None:
    """The bill whose total is the amount, or whose whole yuan are."""
    return next((one for one in bills if one.total_fen == fen or one.total_fen // 100 * 100 == fen), None)


async def _sum(hall: Hall, msisdn: str, bills: Sequence[Bill], question: Question) -> Answer:
    """A month's sum: the one that is named; else the newest closed one, and the running one if there is no other."""
    one = next((each for each in bills if question.month or not each.open), bills[0])
    return await _compared(hall, msisdn, one)


async def _compared(hall: Hall, msisdn: str, one: Bill) -> Answer:
    before = await hall.bss[Bills].of(msisdn, months.shift(one.month, -1))
    if before is None or one.open:
        old = {item.code for item in before.items} if before else {item.code for item in one.items}
        return Made(one, before, tuple(item for item in one.items if item.code not in old))
    return Comparison(one, before, bill.changes(before, one))


async def _explained(hall: Hall, msisdn: str, one: Bill, item: BillItem) -> Explained:
    since, times = await _since(hall, msisdn, one.month, item)
    held = await hall.bss[Services].of(msisdn) if item.code.startswith(SERVICE) else ()
    mine = next((service for service in held if f"{SERVICE}{service.code}" == item.code), None)
    entry = _entry(hall, item)
    return Explained(
        one.month,
        one.open,
        item,
        since=since,
        ordered_at=mine.since if mine else None,
        times=times,
        what=entry.what if entry else "",
        period=entry.period if entry else "",
        end=entry.end if entry else "",
        way=_way(hall, item, mine),
    )


def _way(hall: Hall, item: BillItem, mine: Service | None) -> Ended:
    """How it ends; a service that has ended already needs no way."""
    if item.category == "vas" and mine is None:
        return ""
    sold = next((one for one in hall.catalogue.services if mine is not None and one.code == mine.code), None)
    return "hall" if sold is not None and sold.ends == "hall" else WAYS[item.category]


def _entry(hall: Hall, item: BillItem) -> Item | None:
    """What the price list says of an item: by its name, or for the plan's fee in general."""
    names = (item.name, hall.policy.accounts.plan_item) if item.category == "plan" else (item.name,)
    for name in names:
        for entry in hall.policy.items:
            if name == entry.name or name in entry.keywords:
                return entry
    return None


async def _since(hall: Hall, msisdn: str, month: str, item: BillItem) -> tuple[str, int]:
    """The first month from which on the item is in each bill up to `month`, and how many that are."""
    known = [each for each in await hall.bss[Bills].months(msisdn) if each <= month]
    bills = await asyncio.gather(*(hall.bss[Bills].of(msisdn, each) for each in known))
    first, times = month, 0
    for one in reversed([one for one in bills if one is not None]):
        if all(each.code != item.code or each.name != item.name for each in one.items):
            break
        first, times = one.month, times + 1
    return first, times
