"""Changing the plan of a line: may it, from when, and what is lost."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from rapidfuzz import fuzz, process

from hall import months, plan_match
from hall import plan as plans
from hall.bss.balance import Balances
from hall.bss.bill import Bills
from hall.bss.plan import Plan as LinePlan
from hall.bss.plan_change import PlanChange, PlanChanges, PlanOrder
from hall.bss.subscriber import Subscriber, Subscribers
from hall.catalogue import Plan
from hall.context import Hall
from hall.policy.services import AT_ONCE, CHEAPER, DEARER, FREE, PENALTY, REFUSE

ALIKE = 80  # ratio from which a misspelt name is that plan
_LONG = re.compile(r"\d{5}")  # a phone number is no price
_PRICE = re.compile(r"(\d{1,3})\s*(?:元|块)?")
_KIND = re.compile(r"[\u4e00-\u9fff]{2,4}(?=\d)")  # of a plan's name: 老年, 畅享
Reason = Literal["unknown", "same", "not_for_you", "not_registered", "arrears", "blacklisted", "company", "contract"]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a line may not change. `contract_until`, of a contract: its last month."""

    reason: Reason
    name: str
    present: str = ""
    owed_fen: int = 0
    contract_until: str | None = None
    penalty_fen: int = 0


@dataclass(frozen=True, slots=True)
class Bound:
    """What a contract says to another plan: until its last month it costs a penalty, or is refused."""

    until: str | None
    penalty_fen: int
    refuses: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What changing would mean: from which day, what is lost, and the change that it replaces, if one waits."""

    old: LinePlan
    new: Plan
    from_: date
    month: str
    at_once: bool
    penalty_fen: int
    contract_until: str | None
    discount_fen: int  # a month, that ends
    replaces: str | None

    @property
    def ends_contract(self) -> bool:
        """Whether the contract ends with it."""
        return self.contract_until is not None and self.penalty_fen > 0

    @property
    def more_fen(self) -> int:
        """How much dearer it is a month; cheaper is negative."""
        return self.new.fee_fen - self.old.fee_fen


async def of(hall: Hall, line: str, new: Plan) -> Change | Refused:
    """What changing into a plan would mean, or why it cannot be. Raises Unavailable."""
    who, old = await hall.bss[Subscribers].of(line), await plans.current(hall, line)
    if who is None or old is None:
        return Refused("unknown", new.name)
    if refused := await refusal(hall, who, new, old):
        return refused
    way = DEARER if new.fee_fen > old.fee_fen else CHEAPER
    held = bound(hall, old, way)
    if held.refuses:
        return Refused("contract", new.name, old.name, contract_until=held.until, penalty_fen=penalty(hall, old))
    today = hall.clock.local().date()
    at_once = hall.policy.services.takes_effect[way] == AT_ONCE
    month = f"{today:%Y-%m}" if at_once else months.shift(f"{today:%Y-%m}", 1)
    first = today if at_once else months.start(month).astimezone(hall.clock.local().tzinfo).date()
    waits = await hall.bss[PlanChanges].pending(line)
    lost = await discount(hall, line)
    replaced = waits.name if waits and waits.name != new.name else None
    return Change(old, new, first, month, at_once, held.penalty_fen, old.contract_until, lost, replaced)


def bound(hall: Hall, old: LinePlan, way: str) -> Bound:
    """What the contract of a plan says to a dearer or a cheaper one."""
    word = hall.policy.services.contracts.get(old.contract or "", {}).get(way, FREE)
    return Bound(old.contract_until, penalty(hall, old) if word == PENALTY else 0, word == REFUSE)


async def refusal(hall: Hall, who: Subscriber, new: Plan | None, old: LinePlan) -> Refused | None:
    """Why a line may not change at all, or not into this plan."""
    name = new.name if new else ""
    if "company" in who.flags and not hall.policy.services.companies:
        return Refused("company", name)
    if not who.real_name:
        return Refused("not_registered", name)
    if "blacklisted" in who.flags:
        return Refused("blacklisted", name)
    balance = await hall.bss[Balances].of(who.msisdn)
    if balance.arrears_fen:
        return Refused("arrears", name, owed_fen=balance.arrears_fen)
    if new is not None and new.name == old.name:
        return Refused("same", name, old.name)
    if new is not None and new not in plan_match.open_to(hall, who):
        return Refused("not_for_you", name, old.name)
    return None


async def order(hall: Hall, line: str, change: Change, key: str, by: str) -> None:
    """Order what was confirmed; the same `key` again does nothing. Raises Unavailable("plan")."""
    wish = PlanOrder(f"{key}:plan", line, change.new.name, change.month, change.ends_contract, by)
    await hall.bss[PlanChanges].order(wish)


async def undo(hall: Hall, line: str, key: str, by: str) -> PlanChange | None:
    """Take back what has not taken effect: what it was, or None. Raises Unavailable("plan")."""
    waits = await hall.bss[PlanChanges].pending(line)
    if waits is not None:
        await hall.bss[PlanChanges].undo(line, f"{key}:undo", by)
    return waits


def named(text: str, among: tuple[Plan, ...]) -> Plan | None:
    """The plan that a text names: by name, as it is also written, by its price, or misspelt."""
    plain = text.strip().lower().replace("块", "元")
    if exact := by_name(plain, among):
        return exact
    if (price := _PRICE.search(plain)) and not _LONG.search(plain):
        same = [p for p in among if p.fee_fen == int(price[1]) * 100]
        return same[0] if len(same) == 1 else _of_kind(plain, same)
    if kind := _of_kind(plain, among):
        return kind
    found = process.extractOne(plain, [p.name for p in among], scorer=fuzz.ratio, score_cutoff=ALIKE)
    return among[found[2]] if found else None


def _of_kind(text: str, among: Iterable[Plan]) -> Plan | None:
    """The only plan that is of the kind which a text names: 老年套餐."""
    kinds = ((_KIND.match(plan.name), plan) for plan in among)
    found = [plan for kind, plan in kinds if kind and kind[0] in text]
    return found[0] if len(found) == 1 else None


def by_name(text: str, among: tuple[Plan, ...]) -> Plan | None:
    """The plan whose name, as it is also written, is in a text; the longest name first."""
    plain = text.strip().lower()
    exact = [p for p in among if any(name.lower() in plain for name in (p.name, *p.said_as))]
    return max(exact, key=lambda p: len(p.name), default=None)


def nearest(text: str, among: tuple[Plan, ...]) -> list[Plan]:
    """The two plans whose price is nearest to the one that a text names; none where it names none."""
    price = _PRICE.search(text)
    if price is None or _LONG.search(text):
        return []
    wanted = int(price[1]) * 100
    return sorted(sorted(among, key=lambda p: abs(p.fee_fen - wanted))[:2], key=lambda p: p.fee_fen)


def penalty(hall: Hall, old: LinePlan) -> int:
    """What ending a contract costs: a share of the fees of the months that are left after this one."""
    if old.contract_until is None:
        return 0
    left = months.distance(months.of(hall.clock.now()), old.contract_until)
    return old.fee_fen * max(0, left) * hall.policy.services.penalty_per_cent // 100


async def discount(hall: Hall, line: str) -> int:
    """What is taken off the running bill: it ends with the plan."""
    bill = await hall.bss[Bills].of(line, months.of(hall.clock.now()))
    return -sum(item.amount_fen for item in bill.items if item.category == "discount") if bill else 0
