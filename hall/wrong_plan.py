"""A line that was booked with another plan than its customer applied for: the evidence, what goes back, the correction.

The evidence is the form of the entry. Each month's difference between what was charged for the plan and what the one
applied for costs goes back, through the books and with a person's approval above the policy's limit.
"""

from __future__ import annotations

from dataclasses import dataclass

from hall import months
from hall.books import fee_refund
from hall.books.fee_refund import Charge, Claim, FeeRefund
from hall.bss.entry import Entries, Entry
from hall.bss.plan_change import PlanChanges, PlanOrder
from hall.change import Change
from hall.context import Hall
from hall.money import yuan
from hall.store.unit import Unit
from hall.tickets import MONEY, Fact, NewTicket, Ticket, open_ticket

KIND = "wrong_plan"  # of the refunds' policy, and the category of the ticket


@dataclass(frozen=True, slots=True)
class Finding:
    """What the records show. `charges`: the months with too much; `corrected`: the month from which on it is right."""

    entry: Entry
    charges: tuple[Charge, ...]
    corrected: str
    approval: bool

    @property
    def refund_fen(self) -> int:
        """What goes back, all months together."""
        return sum(one.refund_fen for one in self.charges)


@dataclass(frozen=True, slots=True)
class Claimed:
    """What was asked for: the refund, and the ticket by which the plan is put right."""

    refund: FeeRefund
    ticket: Ticket


async def entry_of(hall: Hall, msisdn: str) -> Entry | None:
    """The line's entry. Raises Unavailable("plan")."""
    return await hall.bss[Entries].of(msisdn)


async def finding(hall: Hall, msisdn: str) -> Finding | None:
    """What was charged too much since the entry; None when the plan is the one applied for. Raises Unavailable."""
    entry = await hall.bss[Entries].of(msisdn)
    if entry is None or not entry.wrong:
        return None
    back = hall.policy.refunds.kinds[KIND].months_back
    first = months.shift(months.of(hall.clock.now()), 1 - back)
    fees = await hall.bss[Entries].plan_fees(msisdn)
    charges = tuple(
        Charge(one.month, one.code, one.name, one.fen, one.fen - entry.applied_fen)
        for one in fees
        if one.month >= first and one.fen > entry.applied_fen
    )
    approval = fee_refund.needs_approval(hall, KIND, charges)
    return Finding(entry, charges, months.shift(months.of(hall.clock.now()), 1), approval)


async def claimed(hall: Hall, msisdn: str) -> FeeRefund | None:
    """The refund that was asked for already, unless a person refused it."""
    found = await fee_refund.of_line(hall.store, msisdn)
    return next((one for one in found if one.kind == KIND and one.state != fee_refund.REFUSED), None)


async def claim(hall: Hall, unit: Unit, msisdn: str, conversation: str, found: Finding) -> Claimed:
    """Order the right plan from the next month on; stage the refund, and the ticket by which both are seen to.

    Once a line. Raises NotAllowed, NothingToRefund, Unavailable.
    """
    entry, key = found.entry, f"{KIND}|{msisdn}|{found.entry.form_no}|{months.of(hall.clock.now())}"
    name = f"{entry.booked}与{entry.applied}的差价"
    refund = await fee_refund.ask(hall, unit, Claim(key, conversation, msisdn, KIND, name, found.charges))
    by = conversation.partition(":")[0]
    await hall.bss[PlanChanges].order(PlanOrder(key, msisdn, entry.applied, found.corrected, False, by))
    facts = (
        Fact("入网登记单", f"{entry.form_no}（{entry.month}）"),
        Fact("申请的套餐", f"{entry.applied} {yuan(entry.applied_fen)}元/月"),
        Fact("系统录入", f"{entry.booked} {yuan(entry.booked_fen)}元/月"),
        Fact("多收", f"{len(found.charges)}个月，共{yuan(found.refund_fen)}元"),
        Fact("退费单", refund.id),
        Fact("套餐改正", f"{found.corrected}-01起改为{entry.applied}，已下单，请核对"),
    )
    ticket = NewTicket(key, MONEY, KIND, conversation, msisdn, "入网时套餐录错，要求改正并退差价", facts)
    return Claimed(refund, await open_ticket(Change.begin(hall, unit, "customer"), ticket))
