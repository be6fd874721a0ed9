"""What is told of business that is done in a hall or elsewhere, for the customer's own case.

The entries are data (guides/*.yml of the operator, hall/policy/guides.py); this module finds one by words, and looks
up what the records say of the customer's line: which conditions it meets, and what fits it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from rapidfuzz import fuzz

from hall import months, plan_change
from hall.bss.balance import Balance, Balances
from hall.bss.line_state import ACTIVE, LOST, LineState, LineStates
from hall.bss.plan import Plan, Plans
from hall.bss.services import Service, Services
from hall.bss.subscriber import Subscriber, Subscribers
from hall.clock import SHANGHAI
from hall.context import Hall
from hall.errors import Unavailable
from hall.money import short_yuan
from hall.policy.guides import BLOCKS, Check, Condition, Guide, Guides

CLOSE = 80  # per cent: the lowest similarity of a misspelt name
SHORTEST = 3  # characters of words that may be misspelt


@dataclass(frozen=True, slots=True)
class Finding:
    """What the records say of one condition, where there is something to say; amounts in fen."""

    check: Check
    fen: int = 0
    month: str | None = None
    days: int = 0


@dataclass(frozen=True, slots=True)
class Own:
    """The customer's own case. `fails` keep him from it, `notes` are good to know; `met` how many conditions hold."""

    number: str
    fails: tuple[Finding, ...]
    notes: tuple[Finding, ...]
    met: int
    points: int
    balance_fen: int
    loses: bool


@dataclass(frozen=True, slots=True)
class Records:
    """What is read of a line for a guide."""

    subscriber: Subscriber
    balance: Balance
    plan: Plan | None
    services: tuple[Service, ...]
    state: LineState


async def records(hall: Hall, msisdn: str) -> Records | None:
    """What is on file of a line, read at once; None for an unknown line. Raises Unavailable."""
    subscriber = await hall.bss[Subscribers].of(msisdn)
    if subscriber is None:
        return None
    balance, plan, services, state = await asyncio.gather(
        hall.bss[Balances].of(msisdn),
        hall.bss[Plans].of(msisdn),
        hall.bss[Services].of(msisdn),
        hall.bss[LineStates].of(msisdn),
    )
    return Records(subscriber, balance, plan, services, state)


async def known(hall: Hall, msisdn: str | None) -> Records | None:
    """The same, None also without a line and while a system is down: what holds for everybody is told all the same."""
    try:
        return await records(hall, msisdn) if msisdn else None
    except Unavailable:
        return None


def fits(found: Records | None, case: str) -> Mapping[str, frozenset[str]]:
    """What tells which facts fit: the case, and of the line its carrier, tier, place and what is special of it."""
    words = {"case": frozenset({case})}
    if found is None:
        return words
    one = found.subscriber
    is_ = {*one.flags, found.state.state, *(service.code for service in found.services)}
    words |= {
        name: frozenset({value}) for name, value in (("carrier", one.carrier), ("tier", one.tier), ("city", one.city))
    }
    return words | {"is": frozenset(is_)}


def own(hall: Hall, guide: Guide, found: Records) -> Own:
    """The guide's conditions, looked up for the line."""
    findings = [(one, _finding(hall, one, found)) for one in guide.conditions]
    blocks = [finding for one, finding in findings if one.check in BLOCKS]
    return Own(
        number=found.subscriber.msisdn,
        fails=tuple(finding for finding in blocks if finding is not None),
        notes=tuple(finding for one, finding in findings if one.check not in BLOCKS and finding is not None),
        met=blocks.count(None),
        points=found.subscriber.points,
        balance_fen=max(0, found.balance.balance_fen),
        loses=guide.loses,
    )


def _finding(hall: Hall, condition: Condition, found: Records) -> Finding | None:
    """What is to be told of a condition; None when it is met, or there is nothing to tell."""
    check, has = condition.check, {service.code for service in found.services}
    owed, state = found.balance.arrears_fen, found.state.state
    if check == "days":
        left = _days_left(hall, condition.days, found.plan)
        return Finding(check, days=left) if left > 0 else None
    if check == "contract":
        until = found.plan.contract_until if found.plan else None
        if found.plan is None or until is None or until < months.of(hall.clock.now()):
            return None
        return Finding(check, fen=plan_change.penalty(hall, found.plan), month=until)
    told = {
        "real_name": not found.subscriber.real_name,
        "arrears": owed > 0,
        "owes": owed > 0,
        "state": state != ACTIVE,
        "is_lost": state == LOST,
        "company": found.subscriber.tier == "enterprise",
        "service": condition.code in has,
        "has_service": condition.code in has,
    }
    return Finding(check, fen=owed) if told[check] else None


def _days_left(hall: Hall, days: int, plan: Plan | None) -> int:
    """Days until a line has been on the network for so many, as far as its record tells."""
    if plan is None or plan.since is None:
        return 0
    since = months.start(plan.since).astimezone(SHANGHAI).date()
    return (since + timedelta(days=days) - hall.clock.local().date()).days


def rules(hall: Hall) -> Mapping[str, str]:
    """The values of policy/line.yml that facts may name, as they are told."""
    line = hall.policy.line
    return {
        "suspend_fee": short_yuan(line.suspend_fen),
        "suspend_months": str(line.suspend_months),
        "family_fee": short_yuan(line.family_fen),
        "family_most": str(line.family_most),
        "family_minutes": str(line.family_minutes),
    }


# -- by words --------------------------------------------------------------------------------------


def find(guides: Guides, said: str) -> Guide | None:
    """The guide that a customer's words are about: by title and keywords, misspelt ones too; None for none."""
    scored = ((_score((one.title, *one.keywords), said), one) for one in guides.values())
    best = max(scored, key=lambda pair: pair[0], default=None)
    return best[1] if best is not None and best[0] >= CLOSE else None


def case_of(guide: Guide, said: str) -> str:
    """The case that the words tell, "" for none."""
    small = said.lower()
    return next((case for case, words in guide.cases.items() if any(word.lower() in small for word in words)), "")


def asked(guide: Guide, said: str) -> list[str]:
    """The facts that the words ask for by name."""
    small = said.lower()
    return [name for name, words in guide.asks.items() if any(word.lower() in small for word in words)]


def _score(names: tuple[str, ...], said: str) -> float:
    small = said.lower()
    return max((_similar(name.lower(), small) for name in names), default=0.0)


def _similar(name: str, said: str) -> float:
    if name in said:
        return 100.0 + len(name)  # the longer of two names that are there
    return fuzz.partial_ratio(name, said) if min(len(name), len(said)) >= SHORTEST else 0.0
