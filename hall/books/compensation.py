"""Credit that the operator grants: for a reason of the policy, within limits, above them with a person's approval.

Granting books the expense against the account `granted`. When the operator's records have the credit, `granted`
is booked to `line`. A credit that the records do not take stays on `granted` until a person decides.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import case, func, insert, select, update

from hall.books import cases
from hall.books.cases import NewCase
from hall.books.ledger import COMPENSATION, GRANTED, LINE, Entry, Transfer, book
from hall.bss.topup import Topups
from hall.change import Change
from hall.errors import Conflict, HallError, NotFound, OutcomeUnknown, Unavailable
from hall.policy import CompensationRules
from hall.privacy import mask_msisdn
from hall.store.dispatcher import Dispatcher, Done, Result, Retry
from hall.store.outbox import NewMessage, OutboxMessage, enqueue
from hall.store.tables.books import compensations

if TYPE_CHECKING:
    from hall.context import Hall
    from hall.store.unit import Store, Unit

WAITING, APPROVED, CREDITED, REFUSED, STUCK = "waiting", "granted", "credited", "refused", "stuck"  # states
CREDIT = "compensation.credit"  # kind of outbox message
PAYMENT_WAY = "补偿"  # the way to pay that the line's payments show
HALL = "hall"


class NotAllowed(HallError):
    """The policy has no such reason or amount, or an agent approves his own request."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What is to be granted. `key` is the caller's idempotency key: the same key again grants nothing more."""

    key: str
    conversation: str
    msisdn: str
    amount_fen: int
    reason: str
    asked_by: str = HALL  # or agent:<name>
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Compensation:
    """A compensation as it was when it was read."""

    id: str
    conversation: str
    msisdn: str
    amount_fen: int
    reason: str
    state: str  # waiting: for approval | granted | credited | refused | stuck: the records do not take it
    asked_by: str
    decided_by: str | None
    created_at: datetime


async def grant(hall: Hall, unit: Unit, claim: Claim) -> str:
    """Stage a compensation; returns its state: granted, or waiting for a person's approval.

    Raises NotAllowed when the policy has no such reason or amount. The commit raises Conflict when the line was granted
    something meanwhile: run again, because less is left then.
    """
    rules = hall.policy.compensation
    if known := await get(hall.store, claim.key):
        return known.state
    _check(rules, claim)
    change = Change.begin(hall, unit, claim.asked_by)
    before, spent = await _of_month(hall.store, claim.msisdn, _month(hall))
    limit = max(0, min(rules.limits[claim.reason], rules.month_fen - spent))
    state = APPROVED if claim.amount_fen <= limit else WAITING
    same = {"limit_fen": limit, "month": _month(hall), "nth": before + 1, "state": state}
    when = {"created_at": change.now, "changed_at": change.now}
    unit.stage(insert(compensations).values(id=claim.key, **_columns(claim), **same, **when))
    if state == APPROVED:
        _book_granted(change, claim.key, claim.conversation, claim.amount_fen)
    else:
        facts = _facts(claim.key, claim.msisdn, claim.amount_fen, claim.reason) | {"asked_by": claim.asked_by}
        cases.open_case(change, NewCase("compensation", claim.key, facts, claim.conversation))
    return state


async def decide(hall: Hall, key: str, approve: bool, *, agent: str) -> None:
    """Approve or refuse, as a person, a compensation that waits. Raises NotFound, NotAllowed, Conflict when decided."""
    found = await get(hall.store, key)
    if found is None:
        raise NotFound(f"no compensation {key}")
    who = f"agent:{agent}"
    if found.state != WAITING:
        raise Conflict(f"{key} is {found.state}")
    if approve and who == found.asked_by:
        raise NotAllowed("somebody else must approve it")
    change = Change.begin(hall, hall.store.unit(), who)
    _update(change, found, APPROVED if approve else REFUSED, decided_by=who)
    if approve:
        _book_granted(change, key, found.conversation, found.amount_fen)
    cases.resolve(change, key, f"{'approved' if approve else 'refused'} by {agent}", ("compensation",))
    await change.unit.commit()


async def get(store: Store, key: str) -> Compensation | None:
    """The compensation of that key, or None."""
    columns = [compensations.c[name] for name in Compensation.__slots__]
    row = await store.one(select(*columns).where(compensations.c.id == key))
    return Compensation(*row) if row else None


def register(dispatcher: Dispatcher, hall: Hall) -> None:
    """Register the handler that puts granted credit on its line."""

    async def credit(message: OutboxMessage) -> Result:
        found = await get(hall.store, message.body["id"])
        if found is None or found.state != APPROVED:
            return Done()
        change = Change.begin(hall, hall.store.unit(), HALL)
        try:
            topups = hall.bss[Topups]
            await topups.credit_money(found.msisdn, found.amount_fen, f"compensation:{found.id}", PAYMENT_WAY)
        except NotFound:
            _update(change, found, STUCK)
            facts = _facts(found.id, found.msisdn, found.amount_fen, found.reason) | {"why": "unknown line"}
            cases.open_case(change, NewCase("compensation", found.id, facts, occasion=STUCK))
        except (Unavailable, OutcomeUnknown) as down:
            return Retry(str(down))  # the same key again credits nothing more
        else:
            _update(change, found, CREDITED)
            entry = Entry(f"{found.id}:credited", found.id, found.conversation, change.now)
            book(change.unit, entry, Transfer(GRANTED, LINE, found.amount_fen))
        await change.unit.commit()
        return Done()

    dispatcher.handle(CREDIT, credit)


def _check(rules: CompensationRules, claim: Claim) -> None:
    if claim.reason not in rules.limits:
        raise NotAllowed(f"the policy has no reason {claim.reason!r}")
    if type(claim.amount_fen) is not int or not 0 < claim.amount_fen <= rules.most_fen:
        raise NotAllowed(f"{claim.amount_fen!r} is not an amount up to {rules.most_fen} fen")


async def _of_month(store: Store, msisdn: str, month: str) -> tuple[int, int]:
    """How many compensations the line was to get in a month, and the fen of those that were not refused."""
    mine = (compensations.c.msisdn == msisdn) & (compensations.c.month == month)
    fen = case((compensations.c.state != REFUSED, compensations.c.amount_fen), else_=0)
    row = await store.one(select(func.count(), func.coalesce(func.sum(fen), 0)).where(mine))
    return (int(row[0]), int(row[1])) if row else (0, 0)


def _book_granted(change: Change, key: str, conversation: str, amount_fen: int) -> None:
    """Stage the expense and the message that puts it on the line."""
    entry = Entry(f"{key}:granted", key, conversation, change.now)
    book(change.unit, entry, Transfer(COMPENSATION, GRANTED, amount_fen))
    body = {"id": key}
    enqueue(
        change.unit, change.now, NewMessage(key=f"{CREDIT}:{key}", kind=CREDIT, body=body, conversation=conversation)
    )


def _update(change: Change, found: Compensation, state: str, **values: str) -> None:
    """Stage the next state, guarded by the one that was read."""
    mine = (compensations.c.id == found.id) & (compensations.c.state == found.state)
    done = update(compensations).where(mine).values(state=state, changed_at=change.now, **values)
    change.unit.stage(done, expect=1)


def _columns(claim: Claim) -> dict[str, object]:
    """A claim as columns of its row; the key is the row's id."""
    values = asdict(claim)
    del values["key"]
    return values


def _month(hall: Hall) -> str:
    return f"{hall.clock.local():%Y-%m}"


def _facts(key: str, msisdn: str, amount_fen: int, reason: str) -> dict[str, object]:
    return {"compensation": key, "number": mask_msisdn(msisdn), "amount_fen": amount_fen, "reason": reason}
