"""Call details as a customer may see them: a summary for the chat, the list for a page, numbers masked by policy."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Literal

from hall import months
from hall.bss.call_details import CallDetails, Detail, DetailKind
from hall.clock import SHANGHAI
from hall.context import Hall
from hall.privacy import mask_msisdn

LARGEST = 3  # of each kind, in the summary


@dataclass(frozen=True, slots=True)
class Largest:
    """A record that stands out: the longest calls, the days with most data, who got most messages."""

    kind: DetailKind
    other: str  # masked; "" for data
    quantity: int
    day: int


@dataclass(frozen=True, slots=True)
class Summary:
    """A month's calls, messages and data. `calls` and `minutes` are outgoing, as a plan counts them."""

    month: str
    open: bool
    calls: int
    minutes: int
    heard: int  # incoming calls
    messages: int
    data_mb: int
    fee_fen: int
    largest: tuple[Largest, ...]
    called: tuple[Largest, ...] = ()  # who was called most often: `quantity` calls, the last on `day`


@dataclass(frozen=True, slots=True)
class DetailsRefused:
    """Why there are none. `several`: more than one month; `too_early`: before `first`; `unclear`: not a month."""

    reason: Literal["unclear", "several", "future", "too_early", "none"]
    month: str
    first: str


async def summary(hall: Hall, line: str, wish: str | None = None) -> Summary | DetailsRefused:
    """What a month's records add up to; without a wish the running month's. Raises Unavailable("details")."""
    now = months.of(hall.clock.now())
    month, first = wish or now, months.shift(now, 1 - hall.policy.verification.detail_months)
    if why := _refused(month, now, first):
        return DetailsRefused(why, month, first)
    found = await hall.bss[CallDetails].of(line, month)
    return DetailsRefused("none", month, first) if found is None else _summary(month, month == now, found)


async def listed(hall: Hall, line: str, month: str) -> tuple[Detail, ...]:
    """The records of a month, numbers masked where the policy says so. Raises Unavailable("details")."""
    found = await hall.bss[CallDetails].of(line, month) or ()
    masked = hall.policy.verification.numbers_masked
    return tuple(replace(one, other=mask_msisdn(one.other)) if masked and one.other else one for one in found)


def _refused(month: str, now: str, first: str) -> Literal["unclear", "several", "future", "too_early"] | None:
    if "/" in month:
        return "several"
    if not months.valid(month):
        return "unclear"
    if month > now:
        return "future"
    return "too_early" if month < first else None


def _summary(month: str, running: bool, found: tuple[Detail, ...]) -> Summary:
    calls = [one for one in found if one.kind == "call" and one.outgoing]
    return Summary(
        month,
        running,
        len(calls),
        sum(one.quantity for one in calls),
        sum(one.kind == "call" and not one.outgoing for one in found),
        sum(one.quantity for one in found if one.kind == "sms" and one.outgoing),
        sum(one.quantity for one in found if one.kind == "data"),
        sum(one.fee_fen for one in found),
        (*_most(calls), *_chatted(found), *_most([one for one in found if one.kind == "data"])),
        _often(calls),
    )


def _most(found: list[Detail]) -> tuple[Largest, ...]:
    largest = sorted(found, key=lambda one: (-one.quantity, one.at))[:LARGEST]
    return tuple(Largest(one.kind, _masked(one.other), one.quantity, _day(one)) for one in largest)


def _often(calls: list[Detail]) -> tuple[Largest, ...]:
    counts, last = Counter(one.other for one in calls), {one.other: _day(one) for one in calls}
    return tuple(Largest("call", _masked(other), count, last[other]) for other, count in counts.most_common(LARGEST))


def _chatted(found: tuple[Detail, ...]) -> tuple[Largest, ...]:
    counts = Counter(one.other for one in found if one.kind == "sms" and one.outgoing)
    last = {one.other: _day(one) for one in found if one.kind == "sms"}
    return tuple(Largest("sms", _masked(other), count, last[other]) for other, count in counts.most_common(LARGEST))


def _masked(number: str) -> str:
    return mask_msisdn(number) if number else ""


def _day(one: Detail) -> int:
    return one.at.astimezone(SHANGHAI).day
