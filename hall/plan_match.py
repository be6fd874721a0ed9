"""Which plan fits: what each would have cost for the use of the last three months, to the fen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select

from hall import months, msisdn
from hall.bss.plan import Plan as LinePlan
from hall.bss.subscriber import Subscriber
from hall.bss.use_history import MonthUse, UseHistory
from hall.catalogue import Plan
from hall.context import Hall
from hall.policy.services import Rates
from hall.store.tables.accounts import declined_offers
from hall.store.unit import Store, Unit

_MORE = re.compile(
    r"流量(?:再)?(?:多|大)|大流量|多点流量|流量[^,。]{0,4}不够|更大的|大一?[点些档]的|大点的|超出?来?了?[^,。]{0,4}推荐|总超|老超"
)
_ADVICE = re.compile(r"推荐|合适|划算|便宜|省钱|适合|建议")
MONTHS = 3  # of use that are looked at
YEAR = 12
MOST = 3  # plans that are told
Why = Literal["enough", "no_more_beyond", "beyond_and_cheaper", "dearer"]


@dataclass(frozen=True, slots=True)
class Match:
    """A plan, what it would have cost in these months, and in a year less (more: negative) than the present one."""

    name: str
    fee_fen: int  # a month
    data_mb: int
    minutes: int
    sms: int
    cost_fen: int
    year_fen: int
    why: Why


@dataclass(frozen=True, slots=True)
class Row:
    """A plan beside others: `cost_fen` is an average month, `year_fen` a year more (less: negative) than now."""

    name: str
    fee_fen: int
    data_mb: int
    minutes: int
    sms: int
    cost_fen: int
    year_fen: int
    current: bool


@dataclass(frozen=True, slots=True)
class Beyond:
    """What an average month costs beyond a plan, in fen."""

    data_fen: int
    calls_fen: int
    sms_fen: int


@dataclass(frozen=True, slots=True)
class Use:
    """What was used a month, on average, rounded up."""

    data_mb: int
    minutes: int
    sms: int


@dataclass(frozen=True, slots=True)
class Matched:
    """The present plan with its cost, and the others, cheapest first; `best` are those that cost less."""

    use: Use
    months: tuple[str, ...]
    present: Match | None
    ranked: tuple[Match, ...]

    @property
    def best(self) -> tuple[Match, ...]:
        """At most three that cost less than the present one."""
        return tuple(one for one in self.ranked if self.present is None or one.year_fen > 0)[:MOST]


def cost(plan: Plan | LinePlan, use: MonthUse, rates: Rates) -> int:
    """What a plan costs in a month with that use, in fen: the fee and what is beyond."""
    data = min(max(0, use.data_mb - plan.data_mb) * rates.mb, rates.data_most)
    calls = max(0, use.minutes - plan.minutes) * rates.minute
    return plan.fee_fen + data + calls + max(0, use.sms - plan.sms) * rates.message


def matched(
    plans: Iterable[Plan], present: LinePlan | None, used: Sequence[MonthUse], rates: Rates, discount_fen: int = 0
) -> Matched:
    """Rank plans by what they would have cost in these months; ties go to the larger plan, then by name.

    `discount_fen` is what the present plan costs less a month, as long as it is kept.
    """
    now = sum(cost(present, use, rates) - discount_fen for use in used) if present else 0
    found = [_match(plan, used, rates, present, now) for plan in plans if present is None or plan.name != present.name]
    found.sort(key=lambda one: (one.cost_fen, -one.data_mb, -one.minutes, one.name))
    mine = _match(present, used, rates, present, now) if present else None
    many = max(1, len(used))
    sums = (sum(getattr(use, name) for use in used) for name in ("data_mb", "minutes", "sms"))
    average = Use(*(-(-total // many) for total in sums))
    return Matched(average, tuple(use.month for use in used), mine, tuple(found))


async def used(hall: Hall, line: str) -> tuple[MonthUse, ...]:
    """The use of the last closed months. Raises Unavailable("usage")."""
    last = months.shift(months.of(hall.clock.now()), -1)
    wanted = months.between(months.shift(last, 1 - MONTHS), last)
    found = [await hall.bss[UseHistory].of(line, month) for month in wanted]
    return tuple(use for use in found if use is not None)


def open_to(hall: Hall, who: Subscriber | None) -> tuple[Plan, ...]:
    """The plans that a line may change into; of an unknown one those for anybody."""
    return tuple(plan for plan in hall.catalogue.plans if _is_open(hall, plan, who))


def rows(found: Matched, told: Iterable[Match]) -> list[Row]:
    """The present plan and those that are told, side by side."""
    many = max(1, len(found.months))
    shown = [*([found.present] if found.present else []), *told]
    return [
        Row(
            *(one.name, one.fee_fen, one.data_mb, one.minutes, one.sms),
            cost_fen=one.cost_fen // many,
            year_fen=-one.year_fen,
            current=one is found.present,
        )
        for one in shown
    ]


def larger(found: Matched) -> tuple[Match, ...]:
    """The cheapest plans with more data than the present one, dearer or not."""
    least = found.present.data_mb if found.present else 0
    return tuple(one for one in found.ranked if one.data_mb > least)[:MOST]


def for_use(hall: Hall, line: str | None, data_mb: int, minutes: int) -> tuple[Match, ...]:
    """The three cheapest plans for a use that was told. Of a line only its number is looked at, for the carrier."""
    number = msisdn.carrier(line) if line else None
    plans = [plan for plan in open_to(hall, None) if number is None or plan.carrier in ("", number)]
    use = (MonthUse("2000-01", data_mb, minutes, 0),)
    return matched(plans or open_to(hall, None), None, use, hall.policy.services.rates).ranked[:MOST]


def present_for(hall: Hall, present: LinePlan, data_mb: int, minutes: int) -> Match:
    """What the present plan costs for a use that was told."""
    use = (MonthUse("2000-01", data_mb, minutes, 0),)
    return _match(present, use, hall.policy.services.rates, None, 0)


def beyond(plan: Plan | LinePlan, used: Sequence[MonthUse], rates: Rates) -> Beyond:
    """What an average month of that use costs beyond a plan, rounded down to the fen."""
    many = max(1, len(used))
    data = sum(min(max(0, use.data_mb - plan.data_mb) * rates.mb, rates.data_most) for use in used)
    calls = sum(max(0, use.minutes - plan.minutes) * rates.minute for use in used)
    texts = sum(max(0, use.sms - plan.sms) * rates.message for use in used)
    return Beyond(data // many, calls // many, texts // many)


def wants_more(text: str) -> bool:
    """Whether a text wants a plan with more data, whatever it costs."""
    return _MORE.search(text) is not None


def wants_advice(text: str) -> bool:
    """Whether a text wants to be told which plan fits."""
    return _ADVICE.search(text) is not None


async def declined(store: Store, line: str) -> frozenset[str]:
    """The names of plans that the line did not want."""
    rows = await store.all(select(declined_offers.c.offer).where(declined_offers.c.msisdn == line))
    return frozenset(row.offer.removeprefix("plan:") for row in rows)


def decline(hall: Hall, unit: Unit, line: str, names: Iterable[str]) -> None:
    """Stage that these plans were offered and not wanted."""
    for name in names:
        unit.insert_once(declined_offers, msisdn=line, offer=f"plan:{name}", at=hall.clock.now())


def _is_open(hall: Hall, plan: Plan, who: Subscriber | None) -> bool:
    if plan.carrier == "-" or plan.for_ == "nobody":
        return False
    if who is None:
        return plan.for_ == "anybody"
    fits = {
        "anybody": "company" not in who.flags,
        "seniors": (who.age or 0) >= hall.policy.services.seniors_from,
        "companies": "company" in who.flags,
    }
    return plan.carrier in ("", who.carrier) and fits[plan.for_]


def _match(plan: Plan | LinePlan, used: Sequence[MonthUse], rates: Rates, present: LinePlan | None, now: int) -> Match:
    total = now if plan is present else sum(cost(plan, use, rates) for use in used)
    year = (now - total) * YEAR // MONTHS if present else 0
    counts = (plan.fee_fen, plan.data_mb, plan.minutes, plan.sms)
    return Match(plan.name, *counts, total, year, _why(plan, used, rates, present, year))


def _why(plan: Plan | LinePlan, used: Sequence[MonthUse], rates: Rates, present: LinePlan | None, year: int) -> Why:
    if present is not None and year < 0:
        return "dearer"
    if any(cost(plan, use, rates) > plan.fee_fen for use in used):
        return "beyond_and_cheaper"
    if present is not None and any(cost(present, use, rates) > present.fee_fen for use in used):
        return "no_more_beyond"
    return "enough"
