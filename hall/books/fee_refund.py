"""Fees that are given back to a line: what was charged, and as much again where the operator promises it.

A refund is asked for with the charges of the line's bills that it is of. No charge is given back twice or above what
was charged: the database holds that, too. Up to the policy's limit it is granted at once, above it when a person has
approved it. Granting books the fee and the compensation, each as a transfer of its own, against `granted`; what the
supplier of a service bears is booked to `recourse`. When the operator's records have the credit, `granted` is booked
to `line`, and the customer is told by the channel that asked. A turn touches none of the books: a job does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from hall import months
from hall.books import cases
from hall.books.cases import NewCase
from hall.books.ledger import COMPENSATION, FEES, GRANTED, LINE, RECOURSE, Entry, Transfer, book
from hall.bss.bill import Bills
from hall.bss.topup import Topups
from hall.change import Change
from hall.errors import Conflict, HallError, NotFound, OutcomeUnknown, Unavailable
from hall.privacy import mask_msisdn
from hall.store.dispatcher import Dispatcher, Done, Result, Retry
from hall.store.inbox import HallEvent, post_event
from hall.store.outbox import NewMessage, OutboxMessage, enqueue
from hall.store.tables.books import fee_refund_charges, fee_refunds

if TYPE_CHECKING:
    from hall.context import Hall
    from hall.store.unit import Store, Unit

WAITING, GRANTED_, CREDITED, REFUSED, STUCK = "waiting", "granted", "credited", "refused", "stuck"  # states
JOB = "fee_refund.settle"  # kind of outbox message
PAYMENT_WAY = "退费"  # the way to pay that the line's payments show
CASES: tuple[cases.Kind, ...] = ("fee_refund",)
TOLD = {CREDITED: "utter_fee_refund_credited", REFUSED: "utter_fee_refund_refused", STUCK: "utter_fee_refund_stuck"}


class NothingToRefund(HallError):
    """None of the charges is left to be given back."""


class NotAllowed(HallError):
    """No such kind in the policy, more than was charged, or an agent approves what he asked for."""


@dataclass(frozen=True, slots=True)
class Charge:
    """An item of a month's bill, and what of it is to be given back."""

    month: str
    code: str  # of the item
    name: str
    charged_fen: int
    refund_fen: int


@dataclass(frozen=True, slots=True)
class Claim:
    """What is to be given back. `key` is the caller's idempotency key: the same key again asks for nothing more."""

    key: str
    conversation: str  # is told of the result
    msisdn: str
    kind: str  # of the policy
    name: str  # what it was charged for, as the customer is told
    charges: tuple[Charge, ...]
    supplier: str = ""  # of the service, who bears it where the policy says so
    asked_by: str = "customer"  # or agent:<name>


@dataclass(frozen=True, slots=True)
class FeeRefund:
    """A refund as it was when it was read. Months are those of its first and last charge."""

    id: str
    msisdn: str
    conversation: str
    kind: str
    name: str
    first: str
    last: str
    refund_fen: int
    compensation_fen: int
    recourse: str
    state: str  # waiting: for approval | granted | credited | refused | stuck: the records do not take it
    asked_by: str
    created_at: datetime

    @property
    def total_fen(self) -> int:
        """What the line gets."""
        return self.refund_fen + self.compensation_fen


async def charges(hall: Hall, msisdn: str, code: str, kind: str) -> tuple[Charge, ...]:
    """What a line was charged for an item of its bills within the months of the policy, and not given back yet.

    Raises Unavailable("bill").
    """
    rule, now = hall.policy.refunds.kinds[kind], months.of(hall.clock.now())
    back = {(row.month, row.code) for row in await hall.store.all(_charges_of(msisdn))}
    found: list[Charge] = []
    for month in months.between(months.shift(now, 1 - rule.months_back), now):
        bill = await hall.bss[Bills].of(msisdn, month)
        items = bill.items if bill else ()
        found += [
            Charge(month, one.code, one.name, one.amount_fen, one.amount_fen)
            for one in items
            if one.code == code and one.amount_fen > 0 and (month, code) not in back
        ]
    return tuple(found)


def sums(hall: Hall, kind: str, of: Sequence[Charge]) -> tuple[int, int]:
    """Refund and compensation, in fen, for these charges by the policy."""
    refund = sum(one.refund_fen for one in of)
    return refund, refund if hall.policy.refunds.kinds[kind].double else 0


def needs_approval(hall: Hall, kind: str, of: Sequence[Charge]) -> bool:
    """Whether a person has to approve it."""
    return sum(sums(hall, kind, of)) > hall.policy.refunds.approve_above_fen


async def ask(hall: Hall, unit: Unit, claim: Claim) -> FeeRefund:
    """Stage a refund; the same claim again is the first one. Granted up to the limit, else waiting for a person.

    Raises NotAllowed, NothingToRefund. The commit raises Conflict when one of the charges is given back meanwhile.
    """
    key = number(claim.key)
    if known := await get(hall.store, claim.msisdn, key):
        return known
    _check(hall, claim)
    now, limit = hall.clock.now(), hall.policy.refunds.approve_above_fen
    refund_fen, compensation_fen = sums(hall, claim.kind, claim.charges)
    state = GRANTED_ if refund_fen + compensation_fen <= limit else WAITING
    recourse = claim.supplier if hall.policy.refunds.kinds[claim.kind].recourse else ""
    spanned = sorted(one.month for one in claim.charges)
    who = (claim.msisdn, claim.conversation, claim.kind, claim.name, spanned[0], spanned[-1])
    found = FeeRefund(key, *who, refund_fen, compensation_fen, recourse, state, claim.asked_by, now)
    unit.stage(insert(fee_refunds).values(**_columns(found), limit_fen=limit, changed_at=now))
    for one in claim.charges:
        amounts = {"charged_fen": one.charged_fen, "refund_fen": one.refund_fen}
        mine = {"msisdn": claim.msisdn, "month": one.month, "code": one.code, "refund": key}
        unit.stage(insert(fee_refund_charges).values(**mine, **amounts))
    _enqueue(unit, found, now)
    return found


async def decide(hall: Hall, refund_id: str, approve: bool, *, agent: str) -> None:
    """Approve or refuse, as a person, a refund that waits. Raises NotFound, NotAllowed, Conflict when decided."""
    found, who = await by_number(hall.store, refund_id), f"agent:{agent}"
    if found.state != WAITING:
        raise Conflict(f"{refund_id} is {found.state}")
    if approve and who == found.asked_by:
        raise NotAllowed("somebody else must approve it")
    change = Change.begin(hall, hall.store.unit(), who)
    _move(change, found, GRANTED_ if approve else REFUSED, decided_by=who)
    if approve:
        _enqueue(change.unit, found, change.now, GRANTED_)
    else:  # its charges may be given back another time
        mine = (fee_refund_charges.c.msisdn == found.msisdn, fee_refund_charges.c.refund == found.id)
        change.unit.stage(delete(fee_refund_charges).where(*mine))
        _tell(change, found, REFUSED)
    cases.resolve(change, refund_id, f"{'approved' if approve else 'refused'} by {agent}", CASES)
    await change.unit.commit()


async def get(store: Store, msisdn: str, refund_id: str) -> FeeRefund | None:
    """A line's refund of that number, or None."""
    row = await store.one(_columns_of().where(fee_refunds.c.msisdn == msisdn, fee_refunds.c.id == refund_id))
    return FeeRefund(*row) if row else None


async def by_number(store: Store, refund_id: str) -> FeeRefund:
    """The refund of that number, whosever it is; raises NotFound."""
    row = await store.one(_columns_of().where(fee_refunds.c.id == refund_id))
    if row is None:
        raise NotFound(f"no refund {refund_id}")
    return FeeRefund(*row)


async def of_line(store: Store, msisdn: str) -> list[FeeRefund]:
    """All refunds of a line, newest first."""
    query = _columns_of().where(fee_refunds.c.msisdn == msisdn).order_by(fee_refunds.c.created_at.desc())
    return [FeeRefund(*row) for row in await store.all(query)]


def number(key: str) -> str:
    """The number of the refund that a key asks for: what the customer is told."""
    return f"R{int(hashlib.sha256(key.encode()).hexdigest(), 16) % 10**10:010d}"


def facts(hall: Hall, found: FeeRefund) -> dict[str, Any]:
    """What answers say of a refund, as plain JSON. Amounts are fen, months `2026-10`."""
    names = ("id", "kind", "name", "first", "last", "refund_fen", "compensation_fen", "total_fen", "state")
    rules = hall.policy.refunds
    told = {name: getattr(found, name) for name in names}
    return told | {"arrives_hours": rules.arrives_hours, "approval_days": rules.approval_days}


def register(dispatcher: Dispatcher, hall: Hall) -> None:
    """Register the job that books a refund, puts it on the line and tells the customer."""

    async def settle(message: OutboxMessage) -> Result:
        found = await get(hall.store, message.body["line"], message.body["id"])
        if found is None or found.state not in (WAITING, GRANTED_):
            return Done({})
        change = Change.begin(hall, hall.store.unit(), "hall")
        if found.state == WAITING:
            shown = _case_facts(found) | {"asked_by": found.asked_by}
            cases.open_case(change, NewCase("fee_refund", found.id, shown, found.conversation))
            await change.unit.commit()
            return Done({})
        try:
            topups = hall.bss[Topups]
            await topups.credit_money(found.msisdn, found.total_fen, f"fee_refund:{found.id}", PAYMENT_WAY)
        except NotFound:
            _move(change, found, STUCK)
            _tell(change, found, STUCK)
            cases.open_case(change, NewCase("fee_refund", found.id, _case_facts(found), occasion=STUCK))
        except (Unavailable, OutcomeUnknown) as down:
            return Retry(str(down))  # the same key again credits nothing more
        else:
            _move(change, found, CREDITED)
            _tell(change, found, CREDITED)
            _book(change, found)
        await change.unit.commit()
        return Done({})

    dispatcher.handle(JOB, settle)


def _book(change: Change, found: FeeRefund) -> None:
    """Stage the whole of it: the fee, the compensation, who bears them, and that it is on the line."""
    parts = [(FEES, found.refund_fen), (COMPENSATION, found.compensation_fen)]
    parts = [(account, fen) for account, fen in parts if fen]
    granted = Entry(f"{found.id}:granted", found.id, "", change.now)
    book(change.unit, granted, *(Transfer(account, GRANTED, fen) for account, fen in parts))
    if found.recourse:
        recourse = Entry(f"{found.id}:recourse", found.id, "", change.now)
        book(change.unit, recourse, *(Transfer(RECOURSE, account, fen) for account, fen in parts))
    credited = Entry(f"{found.id}:credited", found.id, "", change.now)
    book(change.unit, credited, Transfer(GRANTED, LINE, found.total_fen))


def _check(hall: Hall, claim: Claim) -> None:
    if claim.kind not in hall.policy.refunds.kinds:
        raise NotAllowed(f"the policy has no refund {claim.kind!r}")
    if not claim.charges:
        raise NothingToRefund(claim.name)
    for one in claim.charges:
        if type(one.refund_fen) is not int or not 0 < one.refund_fen <= one.charged_fen:
            raise NotAllowed(f"{one.refund_fen!r} is no part of {one.charged_fen} fen")


def _enqueue(unit: Unit, found: FeeRefund, now: datetime, occasion: str = "asked") -> None:
    body = {"line": found.msisdn, "id": found.id}
    message = NewMessage(f"{JOB}:{found.id}:{occasion}", JOB, body, conversation=found.conversation)
    enqueue(unit, now, message)


def _tell(change: Change, found: FeeRefund, state: str) -> None:
    """Stage the result to the customer, once."""
    if found.conversation:
        said = {"refund": facts(change.hall, found) | {"state": state}}
        event = HallEvent(found.conversation, f"{found.id}:{state}", TOLD[state], said)
        post_event(change.unit, change.now, event)


def _move(change: Change, found: FeeRefund, state: str, **values: str) -> None:
    """Stage the next state, guarded by the one that was read."""
    mine = (fee_refunds.c.msisdn == found.msisdn, fee_refunds.c.id == found.id, fee_refunds.c.state == found.state)
    moved = update(fee_refunds).where(*mine).values(state=state, changed_at=change.now, **values)
    change.unit.stage(moved, expect=1)


def _columns(found: FeeRefund) -> dict[str, Any]:
    return {name: getattr(found, name) for name in FeeRefund.__slots__}


def _columns_of() -> Any:
    return select(*(fee_refunds.c[name] for name in FeeRefund.__slots__))


def _charges_of(msisdn: str) -> Any:
    return select(fee_refund_charges.c.month, fee_refund_charges.c.code).where(fee_refund_charges.c.msisdn == msisdn)


def _case_facts(found: FeeRefund) -> dict[str, Any]:
    return {
        "fee_refund": found.id,
        "number": mask_msisdn(found.msisdn),
        "amount_fen": found.total_fen,
        "fee_fen": found.refund_fen,
        "compensation_fen": found.compensation_fen,
        "reason": found.kind,
        "what": found.name,
        "months": f"{found.first}–{found.last}",
    }
