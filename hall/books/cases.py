"""Cases: decisions about money that only a person can take. Opened once with all facts, closed by an agent or by what
happens next.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Row, or_, select, update

from hall.errors import HallError, NotFound
from hall.store.notification import Notification
from hall.store.prepared import Prepared, given, inserting_once
from hall.store.tables.books import cases

if TYPE_CHECKING:
    from hall.change import Change
    from hall.store.unit import Store

Kind = Literal[
    "amount_differs",  # a payment of another amount than its order: in suspense
    "unknown_order",  # a payment for no order: in suspense
    "outcome_unknown",  # the supplier does not say what became of a paid order
    "slow",  # a delivery that takes longer than was promised
    "partial_unclear",  # a partial delivery without its worth
    "contradiction",  # somebody outside says otherwise than before
    "refund_stuck",  # a refund that does not come through
    "in_between",  # an order that does not move and should
    "compensation",  # to be approved, or not credited
    "fee_refund",  # the same for fees that are to be given back
    "statement",  # a difference to a provider's or the supplier's statement
    "books",  # an order and the ledger do not say the same
]
OPEN, CLOSED = "open", "closed"
MONEY = Notification("money")  # this queue changed
_OPEN = inserting_once(cases, "id", "kind", "subject", "conversation", "facts", "state", "opened_at")


class AlreadyClosed(HallError):
    """The case that was to be closed is closed."""


@dataclass(frozen=True, slots=True)
class Case:
    """A case as it was read. `facts` are masked."""

    id: str
    kind: str
    subject: str
    conversation: str
    facts: dict[str, Any]
    state: str
    opened_at: datetime
    closed_at: datetime | None
    agent: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case to be opened. `kind`, `subject` and `occasion` together are opened once, whether closed since or not."""

    kind: Kind
    subject: str  # the number of an order, a payment, a refund or a compensation
    facts: Mapping[str, Any]  # masked
    conversation: str = ""  # of the customer whom it concerns; "" where there is none
    occasion: str = ""  # tells a second case of that kind and subject from the first

    @property
    def id(self) -> str:
        """The key of its row."""
        return hashlib.sha256("\0".join((self.kind, self.subject, self.occasion)).encode()).hexdigest()[:16]


def open_case(change: Change, case: NewCase) -> str:
    """Stage a case and return its id."""
    values = {"id": case.id, "kind": case.kind, "subject": case.subject, "conversation": case.conversation}
    change.unit.stage(_OPEN, values | {"facts": dict(case.facts), "state": OPEN, "opened_at": change.now})
    change.unit.notify_after_commit(MONEY)
    return case.id


def resolve(change: Change, subject: str, note: str, kinds: Sequence[Kind]) -> None:
    """Stage the end of every open case of those kinds about a subject: what happened has decided it."""
    values = {"its_subject": subject, "closed_at": change.now, "note": note, "state": CLOSED}
    change.unit.stage(_resolving(tuple(kinds)), values)
    change.unit.notify_after_commit(MONEY)


async def queue(store: Store, *, kind: Kind | None = None) -> list[Case]:
    """The open cases, oldest first; of one kind, or all."""
    query = select(cases).where(cases.c.state == OPEN).order_by(cases.c.opened_at, cases.c.id)
    if kind is not None:
        query = query.where(cases.c.kind == kind)
    return [_of(row) for row in await store.all(query)]


async def about(store: Store, subject: str) -> list[Case]:
    """Every case about an order, a payment, …, oldest first."""
    query = select(cases).where(cases.c.subject == subject).order_by(cases.c.opened_at, cases.c.id)
    return [_of(row) for row in await store.all(query)]


async def get(store: Store, case_id: str) -> Case:
    """One case; raises NotFound."""
    row = await store.one(select(cases).where(cases.c.id == case_id))
    if row is None:
        raise NotFound(f"no case {case_id}")
    return _of(row)


async def close(change: Change, case_id: str, agent: str, note: str) -> None:
    """Stage that `agent` has dealt with a case. Raises NotFound, AlreadyClosed."""
    found = await get(change.hall.store, case_id)
    if found.state != OPEN:
        raise AlreadyClosed(f"{case_id} is {found.state}")
    change.unit.stage(
        update(cases)
        .where(cases.c.id == case_id, cases.c.state == OPEN)
        .values(state=CLOSED, closed_at=change.now, agent=agent, note=note),
        expect=1,
    )
    change.unit.notify_after_commit(MONEY)


@cache
def _resolving(kinds: tuple[Kind, ...]) -> Prepared:
    """The statement that ends open cases of those kinds; callers use a handful of choices."""
    mine = or_(*(cases.c.kind == kind for kind in kinds))
    return Prepared(
        update(cases).where(given(cases.c.subject), cases.c.state == OPEN, mine), "state", "closed_at", "note"
    )


def _of(row: Row[Any]) -> Case:
    return Case(**dict(row._mapping))
