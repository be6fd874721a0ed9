"""Subscribing to a service: who may have it, what it costs from when, and that it is started once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from rapidfuzz import fuzz

from hall import months, services
from hall.bss.balance import Balances
from hall.bss.services import NewService, ServiceOrder, Services
from hall.bss.subscriber import Subscriber, Subscribers
from hall.catalogue import Service
from hall.clock import SHANGHAI
from hall.context import Hall

ALIKE = 75  # partial ratio from which a misspelt name is that service
Reason = Literal[
    "unknown", "not_sold", "had", "not_registered", "arrears", "blacklisted", "company", "minor", "in_plan", "balance",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a line may not have a service. `since`: it has it; `owed_fen`: what is owed, or what is missing."""

    reason: Reason
    name: str
    since: datetime | None = None
    owed_fen: int = 0
    plan: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a service costs a line, and from when: what is told before it is confirmed."""

    code: str
    name: str
    what: str
    fee_fen: int  # a month
    trial_until: datetime | None  # free before it
    fee_from: str  # the first month with a fee
    ends: str


async def terms(hall: Hall, line: str, service: Service) -> Terms | Refused:
    """The terms for a line, or why it may not have the service. Raises Unavailable("subscriber", "balance")."""
    who = await hall.bss[Subscribers].of(line)
    if who is None:
        return Refused("unknown", service.name)
    if refused := await _refusal(hall, who, service):
        return refused
    now = hall.clock.now()
    free_until = now + timedelta(days=service.trial_days) if service.trial_days else None
    tried = {one.code for one in await hall.bss[Services].history(line)} if free_until else set()
    if service.code in tried:
        free_until = None  # free once only
    first = months.of(now) if free_until is None else months.shift(months.of(free_until), 1)
    local = free_until.astimezone(SHANGHAI) if free_until else None
    return Terms(service.code, service.name, service.what, service.fee_fen, local, first, service.ends)


async def start(hall: Hall, line: str, agreed: Terms, key: str, by: str) -> None:
    """Start what was confirmed; the same `key` again does nothing. Raises Unavailable("subscriber")."""
    order = ServiceOrder(f"{key}:{agreed.code}", line, agreed.code, by)
    await hall.bss[Services].start(order, NewService(agreed.name, agreed.fee_fen, agreed.fee_from))


def wanted(hall: Hall, text: str) -> Service | None:
    """The service of the catalogue that a text names, writes otherwise, describes, or misspells."""
    if found := services.offered(hall, text) or services.named_in(hall, text):
        return found
    plain = text.lower()
    described = [one for one in hall.catalogue.services if one.sold and any(word in plain for word in one.words)]
    if len(described) == 1:
        return described[0]
    alike = [
        one for one in hall.catalogue.services if len(one.name) > 2 and fuzz.partial_ratio(one.name, text) >= ALIKE
    ]
    return alike[0] if len(alike) == 1 and len(plain) > 2 else None


def sold(hall: Hall) -> tuple[Service, ...]:
    """What is sold here: first what costs something and is for everybody."""
    listed = (one for one in hall.catalogue.services if one.sold)
    return tuple(sorted(listed, key=lambda one: (one.fee_fen == 0, one.for_ != "anybody")))


async def _refusal(hall: Hall, who: Subscriber, service: Service) -> Refused | None:
    rules, name = hall.policy.services, service.name
    held = await hall.bss[Services].of(who.msisdn)
    had = next((one for one in held if one.code == service.code and one.until is None), None)
    if had is not None:
        return Refused("had", name, since=had.since.astimezone(SHANGHAI))
    if not service.sold:
        return Refused("not_sold", name)
    if not who.real_name:
        return Refused("not_registered", name)
    if "blacklisted" in who.flags:
        return Refused("blacklisted", name)
    if "company" in who.flags and not rules.companies:
        return Refused("company", name)
    if service.for_ == "adults" and who.age is not None and who.age < rules.adults_from:
        return Refused("minor", name)
    if who.plan in rules.already_in.get(name, ()):
        return Refused("in_plan", name, plan=who.plan)
    balance = await hall.bss[Balances].of(who.msisdn)
    if balance.arrears_fen and service.fee_fen:
        return Refused("arrears", name, owed_fen=balance.arrears_fen)
    if balance.balance_fen < service.fee_fen and not service.trial_days:
        return Refused("balance", name, owed_fen=service.fee_fen - balance.balance_fen)
    return None
