"""What about money a person must decide: opened once, with all facts, closed by an agent or by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Row, or_, select, update

from hall.errors import Conflict, NotFound
from hall.store.prepared import Prepared, given, inserting_once
from hall.store.tables.books import cases

if TYPE_CHECKING:
    from hall.context import Hall
    from hall.store.unit import Store, Unit

Kind = Literal[
    "amount_differs",  # a payment of another amount than its order: in suspense
    "unknown_order",  # a payment for no order: in suspense
    "outcome_unknown",  # the supplier does not say what became of a paid order
    "partial_unclear",  # a partial delivery without its worth
    "contradiction",  # somebody outside says otherwise than before
    "refund_stuck",  # a refund that does not come through
    "in_between",  # an order that does not move and should
    "compensation",  # to be approved, or not credited
    "statement",  # a difference to a provider's or the supplier's statement
    "books",  # an order and the ledger do not say the same
]
OPEN, CLOSED = "open", "closed"
MONEY = "money"  # what listeners of this queue watch
_OPEN = inserting_once(cases, "id", "kind", "subject", "conversation", "facts", "state", "opened_at")


@dataclass(frozen=True, slots=True)
class Case:
    """One case; `facts` are masked."""

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


def open_case(
    unit: Unit, kind: Kind, subject: str, facts: Mapping[str, Any], *, now: datetime, conversation: str = "",
    occasion: str = "",
) -> str:  # fmt: skip
    """Stage a case and return its id; the same kind, subject and occasion again opens nothing, closed or not."""
    case_id = hashlib.sha256("\0".join((kind, subject, occasion)).encode()).hexdigest()[:16]
    values = {
        "id": case_id, "kind": kind, "subject": subject, "conversation": conversation, "facts": dict(facts),
        "state": OPEN, "opened_at": now,
    }  # fmt: skip
    unit.stage(_OPEN, values)
    unit.wakes(MONEY)
    return case_id


def settle(unit: Unit, subject: str, note: str, *, now: datetime, kinds: Sequence[Kind]) -> None:
    """Stage that the open cases of those kinds about a subject resolved themselves."""
    unit.stage(_settling(tuple(kinds)), {"its_subject": subject, "closed_at": now, "note": note, "state": CLOSED})
    unit.wakes(MONEY)


async def queue(store: Store, *, kind: Kind | None = None) -> list[Case]:
    """The open cases, the oldest first: all of them, or those of a kind."""
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


async def close(hall: Hall, unit: Unit, case_id: str, agent: str, note: str) -> None:
    """Stage that `agent` has dealt with it. Raises NotFound, and Conflict when it is closed already."""
    found = await get(hall.store, case_id)
    if found.state != OPEN:
        raise Conflict(f"{case_id} is {found.state}")
    unit.stage(
        update(cases)
        .where(cases.c.id == case_id, cases.c.state == OPEN)
        .values(state=CLOSED, closed_at=hall.clock.now(), agent=agent, note=note),
        expect=1,
    )
    unit.wakes(MONEY)


@cache
def _settling(kinds: tuple[Kind, ...]) -> Prepared:
    """The end of open cases of those kinds; callers have a handful of choices."""
    mine = or_(*(cases.c.kind == kind for kind in kinds))
    return Prepared(
        update(cases).where(given(cases.c.subject), cases.c.state == OPEN, mine), "state", "closed_at", "note"
    )


def _of(row: Row[Any]) -> Case:
    return Case(**dict(row._mapping))
