"""Orders: placing one, moving it from state to state, and looking it up.

Every write is staged in the unit of work that is handed in; nothing here commits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import Executable, Row, select

from hall.change import Change
from hall.clock import ticket
from hall.errors import Conflict
from hall.privacy import mask_msisdn
from hall.store.notification import order_moved
from hall.store.outbox import NewMessage, enqueue
from hall.store.prepared import Prepared
from hall.store.tables.topup import order_calls, order_events
from hall.topup import order_rows as rows
from hall.topup import states
from hall.topup.job import Job

if TYPE_CHECKING:
    from hall.context import Hall
    from hall.policy import Package
    from hall.store.unit import Unit

NUMBER_PROBES = 50  # order numbers that are tried before the day counts as full
WATCH_AFTER = timedelta(hours=1)  # after the time in which every order should have ended


class Reader(Protocol):
    """A Store or a Unit: what reads."""

    async def one(
        self, statement: Executable | Prepared, values: Mapping[str, Any] | None = None
    ) -> Row[Any] | None: ...

    async def all(
        self, statement: Executable | Prepared, values: Mapping[str, Any] | None = None
    ) -> Sequence[Row[Any]]: ...


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it was read; hall/store/tables/topup.py describes the columns."""

    order_no: str
    conversation: str
    confirmation: str
    payer: str | None
    msisdn: str
    product: str
    sku: str
    scope: str
    data_mb: int
    valid: str
    face_fen: int
    price_fen: int
    way: str
    state: str
    version: int
    paid_fen: int
    delivered_fen: int
    refunded_fen: int
    supplier_no: str | None
    reason: str | None
    stuck: str | None
    expires_at: datetime
    created_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, row: Row[Any]) -> Order:
        """From a row of `orders`."""
        return cls(*(getattr(row, name) for name in COLUMNS))


COLUMNS = tuple(field.name for field in fields(Order))


@dataclass(frozen=True, slots=True)
class Placing:
    """What the customer has confirmed. `confirmation` was made when it was shown, and names the conversation."""

    confirmation: str
    conversation: str
    payer: str | None
    msisdn: str
    package: Package
    way: str


@dataclass(frozen=True, slots=True)
class Call:
    """A question to a provider or the supplier, or a report of theirs, as the desk shows it beside the moves."""

    name: str  # notice, query_payment, submit, query, callback, refund, query_refund
    party: str  # payment:<provider>, supplier, callback:<supplier>
    result: str  # in the hall's words; lost: no answer came
    note: str | None = None


async def place(hall: Hall, unit: Unit, wish: Placing) -> Order:
    """Stage the order of a confirmation, waiting for its payment; the same confirmation again finds it.

    Of two turns that place it at once the second one's commit raises Conflict. When that turn runs again, it finds the
    first one's order.
    """
    if existing := await confirmed(unit, wish.conversation, wish.confirmation):
        return existing
    order = _new(hall, wish, await _free_number(hall, unit, wish.confirmation))
    unit.stage(rows.INSERT_ORDER, {name: getattr(order, name) for name in COLUMNS})
    unit.stage(rows.INSERT_NUMBER, {"order_no": order.order_no, "conversation": order.conversation})
    for line in rows.line_rows(order):
        unit.stage(rows.INSERT_LINE, line)
    for event in rows.first_events(order):
        unit.stage(rows.INSERT_EVENT, event)
    unit.stage(rows.INSERT_PAYMENT, rows.payment_row(order, hall.payments[wish.way].provider))
    unit.notify_after_commit(order_moved(order.conversation))
    change = Change(hall, unit, "customer", order.created_at)
    enqueue_job(change, order, Job("topup.expire", at=order.expires_at))
    watch_at = order.expires_at + hall.policy.topup.delivery_person_after + WATCH_AFTER
    enqueue_job(change, order, Job("topup.watch", at=watch_at))
    return order


def move(change: Change, order: Order, cause: str, note: str | None = None, **values: Any) -> Order:
    """Stage one move of the table and its history row, guarded by the version that was read.

    Returns the order as it will be, so that moves can follow each other in one unit. `values` are columns that change
    with it. Raises IllegalMove; the commit raises Conflict when somebody else moved it first.
    """
    state = states.after(order.state, cause)
    moved = replace(order, state=state, version=order.version + 1, changed_at=change.now, **values)
    _update(change.unit, order, moved, values)
    change.unit.stage(rows.INSERT_EVENT, rows.event_row(moved, order.state, cause, change.actor, note))
    change.unit.notify_after_commit(order_moved(order.conversation))
    return moved


def flag(change: Change, order: Order, why: str | None) -> Order:
    """Stage that a person must look at the order, or (None) need not any more; its state stays."""
    flagged = replace(order, version=order.version + 1, changed_at=change.now, stuck=why)
    _update(change.unit, order, flagged, {"stuck": why})
    cause = "flagged" if why else "unflagged"
    change.unit.stage(rows.INSERT_EVENT, rows.event_row(flagged, order.state, cause, change.actor, why))
    return flagged


def note_call(change: Change, order: Order, call: Call) -> None:
    """Stage what was asked of others about an order and what they said, for who looks at the order."""
    said = {"call": call.name, "party": call.party, "said": call.result, "note": call.note}
    row = {"order_no": order.order_no, "id": ticket(), "conversation": order.conversation, "at": change.now}
    change.unit.stage(rows.INSERT_CALL, row | said)


def enqueue_job(change: Change, order: Order, job: Job) -> None:
    """Stage a job of the order for jobs.py; the same kind, occasion and step again stages nothing."""
    key, body = job.key(order.order_no), job.body(order_no=order.order_no)
    enqueue(
        change.unit,
        change.now,
        NewMessage(key=key, kind=job.kind, body=body, conversation=order.conversation, at=job.at),
    )


def case_facts(order: Order) -> dict[str, Any]:
    """What a person must know of an order; the number is masked."""
    return {
        "order_no": order.order_no,
        "number": mask_msisdn(order.msisdn),
        "product": order.product,
        "data_mb": order.data_mb,
        "state": order.state,
        "price_fen": order.price_fen,
        "paid_fen": order.paid_fen,
        "delivered_fen": order.delivered_fen,
        "refunded_fen": order.refunded_fen,
        "way": order.way,
        "supplier_no": order.supplier_no,
        "reason": order.reason,
    }


async def find(reader: Reader, order_no: str) -> Order | None:
    """The order of that number, or None; for callers that do not know its conversation."""
    row = await reader.one(rows.CONVERSATION_OF, {"its_order_no": order_no})
    return await get(reader, row.conversation, order_no) if row else None


async def get(reader: Reader, conversation: str, order_no: str) -> Order | None:
    """The order of that number that was placed in the conversation, or None."""
    row = await reader.one(rows.BY_NUMBER, {"its_conversation": conversation, "its_order_no": order_no})
    return Order.of(row) if row else None


async def confirmed(reader: Reader, conversation: str, confirmation: str) -> Order | None:
    """The order of that confirmation in the conversation, or None."""
    row = await reader.one(rows.BY_CONFIRMATION, {"its_conversation": conversation, "its_confirmation": confirmation})
    return Order.of(row) if row else None


async def visible(reader: Reader, conversation: str, line: str | None, *, limit: int = 3) -> list[Order]:
    """The orders that a customer may see, newest first: this conversation's, and those that the proved `line` paid.

    Where a line is proved, an order that another line paid is not shown, though it was placed in this conversation.
    """
    where = {conversation: None}  # this one, and wherever else the line has ordered: one statement for each
    if line is not None:
        found = await reader.all(rows.CONVERSATIONS_OF_LINE, {"its_msisdn": line, "most": limit})
        where |= {row.conversation: None for row in found}
    seen: list[Order] = []
    for name in where:
        whose = {"its_conversation": name, "own": name == conversation, "its_payer": line, "most": limit}
        seen += [Order.of(row) for row in await reader.all(rows.VISIBLE, whose)]
    return sorted(seen, key=lambda order: (order.created_at, order.order_no), reverse=True)[:limit]


async def visible_one(reader: Reader, order_no: str, conversation: str, line: str | None) -> Order | None:
    """The order of that number, when this customer may see it."""
    order = await find(reader, order_no)
    if order is None:
        return None
    own = order.payer == line if order.payer is not None else order.conversation == conversation
    return order if own else None


async def told_of(reader: Reader, conversation: str, *, limit: int = 5) -> dict[str, str]:
    """By number, how a customer is told of the newest orders that were placed in a conversation; see states.told."""
    found = await reader.all(rows.NEWEST, {"its_conversation": conversation, "most": limit})
    return {row.order_no: states.told(row.state, partly=row.delivered_fen > 0) for row in found}


async def history(reader: Reader, order_no: str) -> Sequence[Row[Any]]:
    """The rows of `order_events`, oldest first: before, after, cause, actor, note, at."""
    query = select(order_events).where(order_events.c.order_no == order_no)
    return await reader.all(query.order_by(order_events.c.version))


async def calls(reader: Reader, order_no: str) -> Sequence[Row[Any]]:
    """The rows of `order_calls`, oldest first: call, party, said, note, at."""
    return await reader.all(select(order_calls).where(order_calls.c.order_no == order_no).order_by(order_calls.c.id))


async def running(reader: Reader, msisdn: str, sku: str, since: datetime) -> int:
    """The number of paid orders of that package for that line that have no outcome yet."""
    return await _count(reader, rows.RUNNING, since, its_msisdn=msisdn, its_sku=sku)


async def placed_for(reader: Reader, msisdn: str, since: datetime) -> int:
    """The number of paid orders for that line that were delivered or may still be."""
    return await _count(reader, rows.PLACED_FOR_LINE, since, its_msisdn=msisdn)


async def placed_by(reader: Reader, conversation: str, line: str | None, since: datetime) -> int:
    """The same for the orders of this customer: of the proved line, else of the conversation."""
    if line is not None:
        return await _count(reader, rows.PLACED_BY_LINE, since, its_msisdn=line)
    return await _count(reader, rows.PLACED_IN_CONVERSATION, since, its_conversation=conversation)


async def _count(reader: Reader, which: Prepared, since: datetime, **whose: str) -> int:
    [row] = await reader.all(which, {"since": since, **whose})
    return int(row[0])


def _new(hall: Hall, wish: Placing, order_no: str) -> Order:
    now, package = hall.clock.now(), wish.package
    bought = {name: getattr(package, name) for name in BOUGHT}
    return Order(
        order_no=order_no,
        conversation=wish.conversation,
        confirmation=wish.confirmation,
        payer=wish.payer,
        msisdn=wish.msisdn,
        **bought,
        way=wish.way,
        state=states.AWAIT_PAY,
        version=len(rows.BEGINNING),
        paid_fen=0,
        delivered_fen=0,
        refunded_fen=0,
        supplier_no=None,
        reason=None,
        stuck=None,
        expires_at=now + hall.policy.topup.expires,
        created_at=now,
        changed_at=now,
    )


BOUGHT = ("product", "sku", "scope", "data_mb", "valid", "face_fen", "price_fen")  # fields that a package has, too


async def _free_number(hall: Hall, reader: Reader, confirmation: str) -> str:
    """`T`, the day, seven digits of the confirmation's hash: fourteen characters, ten million numbers a day.

    Older numbers have the whole year and five digits: as long, and never equal to one of these.
    """
    day = hall.clock.local().strftime("%y%m%d")
    for probe in range(NUMBER_PROBES):
        digest = hashlib.sha256(f"{confirmation}#{probe}".encode()).digest()
        number = f"T{day}{int.from_bytes(digest[:8], 'big') % 10_000_000:07d}"
        if await reader.one(rows.CONVERSATION_OF, {"its_order_no": number}) is None:
            return number
    raise Conflict(f"no free order number on {day}")


def _update(unit: Unit, order: Order, moved: Order, values: dict[str, Any]) -> None:
    """Stage the order's row and, when it begins or ends to count towards the limits, those of its lines."""
    unit.stage(rows.order_update(order, moved, values), expect=1)
    counts = states.COUNTS.get(moved.state)
    if counts != states.COUNTS.get(order.state):
        for line in rows.lines_of(order):
            its = {"its_msisdn": line, "its_order_no": order.order_no, "counts": counts}
            unit.stage(rows.COUNT, its, expect=1)
