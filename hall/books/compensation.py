"""Credit that the operator grants: with a reason of the policy, within limits, above them with a person's approval.

Granting books the expense against what is owed to the line; when the operator's records have it, what
was owed is booked to the line. Both halves are there, or neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import case, func, insert, select, update

from hall.books import cases
from hall.books.ledger import COMPENSATION, GRANTED, LINE, Transfer, book
from hall.bss.topup import Topups
from hall.errors import Conflict, HallError, NotFound, OutcomeUnknown, Unavailable
from hall.policy import CompensationRules
from hall.privacy import mask_msisdn
from hall.store.outbox import Dispatcher, Done, OutboxMessage, Result, Retry, enqueue
from hall.store.tables.books import compensations

if TYPE_CHECKING:
    from hall.context import Hall
    from hall.store.unit import Store, Unit

WAITING, GRANTED_, CREDITED, REFUSED, STUCK = "waiting", "granted", "credited", "refused", "stuck"
KIND = "compensation.credit"  # of parcels
WAY = "补偿"  # as the line's payments show it
HALL = "hall"


class NotAllowed(HallError):
    """The policy has no such reason or no such amount, or somebody may not approve his own."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What is to be granted. `key` is the caller's idempotency key: the same again grants nothing more."""

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

    Raises NotAllowed when the policy has no such reason or amount. The commit raises Conflict when the
    line was granted something meanwhile: run again, for less is left then.
    """
    rules = hall.policy.compensation
    if known := await get(hall.store, claim.key):
        return known.state
    _check(rules, claim)
    limit = rules.limits[claim.reason]
    now, month = hall.clock.now(), f"{hall.clock.local():%Y-%m}"
    before, spent = await _of_month(hall.store, claim.msisdn, month)
    left = rules.month_fen - spent
    state = GRANTED_ if claim.amount_fen <= min(limit, left) else WAITING
    unit.stage(
        insert(compensations).values(
            id=claim.key, conversation=claim.conversation, msisdn=claim.msisdn, month=month, nth=before + 1,
            amount_fen=claim.amount_fen, reason=claim.reason, note=claim.note, limit_fen=max(0, min(limit, left)),
            state=state, asked_by=claim.asked_by, created_at=now, changed_at=now,
        )
    )  # fmt: skip
    if state == GRANTED_:
        _granted(hall, unit, claim.key, claim.conversation, claim.amount_fen)
    else:
        facts = _facts(claim.key, claim.msisdn, claim.amount_fen, claim.reason) | {"asked_by": claim.asked_by}
        cases.open_case(unit, "compensation", claim.key, facts, now=now, conversation=claim.conversation)
    return state


async def decide(hall: Hall, key: str, approve: bool, *, agent: str) -> None:
    """A person approves or refuses what waits. Raises NotFound, NotAllowed, Conflict when it was decided."""
    found = await get(hall.store, key)
    if found is None:
        raise NotFound(f"no compensation {key}")
    who = f"agent:{agent}"
    if found.state != WAITING:
        raise Conflict(f"{key} is {found.state}")
    if approve and who == found.asked_by:
        raise NotAllowed("somebody else must approve it")
    unit = hall.store.unit()
    _change(hall, unit, found, GRANTED_ if approve else REFUSED, decided_by=who)
    if approve:
        _granted(hall, unit, key, found.conversation, found.amount_fen)
    word = "approved" if approve else "refused"
    cases.settle(unit, key, f"{word} by {agent}", now=hall.clock.now(), kinds=("compensation",))
    await unit.commit()


async def get(store: Store, key: str) -> Compensation | None:
    """The compensation of that key."""
    columns = [compensations.c[name] for name in Compensation.__slots__]
    row = await store.one(select(*columns).where(compensations.c.id == key))
    return Compensation(*row) if row else None


def register(dispatcher: Dispatcher, hall: Hall) -> None:
    """Let the courier put granted money on lines."""

    async def credit(message: OutboxMessage) -> Result:
        found = await get(hall.store, message.body["id"])
        if found is None or found.state != GRANTED_:
            return Done()
        unit, now = hall.store.unit(), hall.clock.now()
        try:
            await hall.bss[Topups].credit_money(found.msisdn, found.amount_fen, f"compensation:{found.id}", WAY)
        except NotFound:
            _change(hall, unit, found, STUCK)
            facts = _facts(found.id, found.msisdn, found.amount_fen, found.reason) | {"why": "unknown line"}
            cases.open_case(unit, "compensation", found.id, facts, now=now, occasion=STUCK)
        except (Unavailable, OutcomeUnknown) as down:
            return Retry(str(down))  # the same key again credits nothing more
        else:
            _change(hall, unit, found, CREDITED)
            there = Transfer(GRANTED, LINE, found.amount_fen)
            book(unit, f"{found.id}:credited", there, subject=found.id, conversation=found.conversation, now=now)
        await unit.commit()
        return Done()

    dispatcher.handle(KIND, credit)


def _check(rules: CompensationRules, claim: Claim) -> None:
    if claim.reason not in rules.limits:
        raise NotAllowed(f"the policy has no reason {claim.reason!r}")
    if type(claim.amount_fen) is not int or not 0 < claim.amount_fen <= rules.most_fen:
        raise NotAllowed(f"{claim.amount_fen!r} is not an amount up to {rules.most_fen} fen")


async def _of_month(store: Store, msisdn: str, month: str) -> tuple[int, int]:
    """How many compensations were asked for the line in a month, and the fen of those that were not refused."""
    mine = (compensations.c.msisdn == msisdn) & (compensations.c.month == month)
    fen = case((compensations.c.state != REFUSED, compensations.c.amount_fen), else_=0)
    row = await store.one(select(func.count(), func.coalesce(func.sum(fen), 0)).where(mine))
    return (int(row[0]), int(row[1])) if row else (0, 0)


def _granted(hall: Hall, unit: Unit, key: str, conversation: str, amount_fen: int) -> None:
    now = hall.clock.now()
    expense = Transfer(COMPENSATION, GRANTED, amount_fen)
    book(unit, f"{key}:granted", expense, subject=key, conversation=conversation, now=now)
    enqueue(unit, now, key=f"{KIND}:{key}", kind=KIND, body={"id": key}, conversation=conversation)


def _change(hall: Hall, unit: Unit, found: Compensation, state: str, **values: str) -> None:
    mine = (compensations.c.id == found.id) & (compensations.c.state == found.state)
    unit.stage(update(compensations).where(mine).values(state=state, changed_at=hall.clock.now(), **values), expect=1)


def _facts(key: str, msisdn: str, amount_fen: int, reason: str) -> dict[str, object]:
    return {"compensation": key, "number": mask_msisdn(msisdn), "amount_fen": amount_fen, "reason": reason}
