"""Orders: placing one, looking up, and moving it from state to state.

Everything is staged in the unit of work that is handed in; nothing here commits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Executable,
    Integer,
    Row,
    Table,
    TextClause,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)

from hall.clock import ticket
from hall.errors import Conflict
from hall.privacy import mask_msisdn
from hall.store.outbox import enqueue
from hall.store.prepared import Prepared, given, inserting
from hall.store.tables.topup import COUNTED, line_orders, order_calls, order_events, order_numbers, orders, payments
from hall.topup import states

if TYPE_CHECKING:
    from hall.context import Hall
    from hall.policy import Package
    from hall.store.unit import Unit

PROBES = 50
WATCH = timedelta(hours=1)  # later than everything that ends an order by itself

PLACE = inserting(orders)
TAKE_NUMBER = inserting(order_numbers)
LIST = inserting(line_orders)
ASK_TO_PAY = inserting(payments)
ADD_STEP = inserting(order_events)
COUNT = Prepared(update(line_orders).where(given(line_orders.c.msisdn), given(line_orders.c.order_no)), "counts")
WHERE_IS = Prepared(select(order_numbers.c.conversation).where(given(order_numbers.c.order_no)))
OF_NUMBER = Prepared(select(orders).where(given(orders.c.conversation), given(orders.c.order_no)))
OF_CONFIRMATION = Prepared(select(orders).where(given(orders.c.conversation), given(orders.c.confirmation)))
_MOST = bindparam("most", type_=Integer())
VISIBLE = Prepared(
    select(orders)
    .where(
        given(orders.c.conversation),
        or_(orders.c.payer.is_(None) & bindparam("own", type_=Boolean()), given(orders.c.payer)),
    )
    .order_by(orders.c.created_at.desc(), orders.c.order_no.desc())
    .limit(_MOST)
)
ORDERED_IN = Prepared(
    select(line_orders.c.conversation)
    .where(given(line_orders.c.msisdn), line_orders.c.pays)
    .order_by(line_orders.c.created_at.desc(), line_orders.c.order_no.desc())
    .limit(_MOST)
)


def _counted_since(table: Table, *whose: ColumnElement[bool] | TextClause) -> Prepared:
    since = table.c.created_at >= bindparam("since", type_=table.c.created_at.type)
    return Prepared(select(func.count().label("count")).select_from(table).where(*whose, since))


_OF_LINE = (given(line_orders.c.msisdn), COUNTED)
RUNNING = _counted_since(
    line_orders, *_OF_LINE, line_orders.c.gets, given(line_orders.c.sku), line_orders.c.counts == "running"
)
PAID_FOR = _counted_since(line_orders, *_OF_LINE, line_orders.c.gets)
PAID_BY = _counted_since(line_orders, *_OF_LINE, line_orders.c.pays)
PAID_IN = _counted_since(
    orders, given(orders.c.conversation), or_(*(orders.c.state == state for state in states.COUNTS))
)


class Reader(Protocol):
    """What reads: a Store or a Unit."""

    async def one(
        self, statement: Executable | Prepared, values: Mapping[str, Any] | None = None
    ) -> Row[Any] | None: ...

    async def all(
        self, statement: Executable | Prepared, values: Mapping[str, Any] | None = None
    ) -> Sequence[Row[Any]]: ...


@dataclass(frozen=True, slots=True)
class Order:
    """One order as it was when it was read; see hall/store/tables/topup.py for the columns."""

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
    """What the customer has confirmed. `confirmation` was made when it was shown to him, in this conversation."""

    confirmation: str
    conversation: str
    payer: str | None
    msisdn: str
    package: Package
    way: str


async def place(hall: Hall, unit: Unit, wish: Placing) -> Order:
    """Stage the order of this confirmation, waiting for its payment; the same one when it is there.

    Two turns that place it at once: the second one's commit raises Conflict, and when it runs
    again it finds the first one's order.
    """
    if existing := await confirmed(unit, wish.conversation, wish.confirmation):
        return existing
    order = _new(hall, wish, await _number(hall, unit, wish.confirmation))
    unit.stage(PLACE, {name: getattr(order, name) for name in COLUMNS})
    unit.stage(TAKE_NUMBER, {"order_no": order.order_no, "conversation": order.conversation})
    for values in _lines(order):
        unit.stage(LIST, values)
    for values in _beginning(order):
        unit.stage(ADD_STEP, values)
    asked = {
        "payment_no": order.order_no, "conversation": order.conversation,
        "provider": hall.payments[wish.way].provider, "way": wish.way, "amount_fen": order.price_fen,
        "created_at": order.created_at,
    }  # fmt: skip
    unit.stage(ASK_TO_PAY, asked)
    post_for(unit, order, "topup.expire", at=order.expires_at, now=order.created_at)
    watched = order.expires_at + hall.policy.topup.delivery_person_after + WATCH
    post_for(unit, order, "topup.watch", at=watched, now=order.created_at)
    return order


def move(
    unit: Unit, order: Order, cause: str, *, now: datetime, actor: str, note: str | None = None, **values: Any
) -> Order:
    """Stage one move of the table and its history row, guarded by the version that was read.

    Returns the order as it will be, so that moves can follow each other in one unit. Raises
    IllegalMove; the commit raises Conflict when somebody else moved it first.
    """
    moved = replace(order, state=states.after(order.state, cause), version=order.version + 1, changed_at=now, **values)
    _store(unit, order, moved, values)
    unit.stage(ADD_STEP, _event(moved, order.state, cause, actor, note))
    return moved


def flag(unit: Unit, order: Order, why: str | None, *, now: datetime, actor: str) -> Order:
    """Stage that a person must look at the order, or (None) need not any more; its state stays."""
    flagged = replace(order, version=order.version + 1, changed_at=now, stuck=why)
    _store(unit, order, flagged, {"stuck": why})
    unit.stage(ADD_STEP, _event(flagged, order.state, "flagged" if why else "unflagged", actor, why))
    return flagged


def note_call(
    unit: Unit, order: Order, call: str, party: str, said: str, *, now: datetime, note: str | None = None
) -> None:
    """Stage that `party` was asked, or told by itself, and what it said: for who looks at the order."""
    unit.stage(
        insert(order_calls).values(
            order_no=order.order_no,
            id=ticket(),
            conversation=order.conversation,
            call=call,
            party=party,
            said=said,
            note=note,
            at=now,
        )
    )


def post_for(unit: Unit, order: Order, kind: str, *, now: datetime, at: datetime | None = None, step: int = 0) -> None:
    """Stage a parcel of the order for hall/topup/jobs.py, once for each (kind, order, step)."""
    key = f"{kind}:{order.order_no}:{step}"
    body = {"order_no": order.order_no, "step": step}
    enqueue(unit, now, key=key, kind=kind, body=body, conversation=order.conversation, at=at)


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
    """The order of that number, for who does not know its conversation."""
    row = await reader.one(WHERE_IS, {"its_order_no": order_no})
    return await get(reader, row.conversation, order_no) if row else None


async def get(reader: Reader, conversation: str, order_no: str) -> Order | None:
    """The order of that number that was placed in the conversation."""
    row = await reader.one(OF_NUMBER, {"its_conversation": conversation, "its_order_no": order_no})
    return Order.of(row) if row else None


async def confirmed(reader: Reader, conversation: str, confirmation: str) -> Order | None:
    """The order that was placed by that confirmation in the conversation."""
    row = await reader.one(OF_CONFIRMATION, {"its_conversation": conversation, "its_confirmation": confirmation})
    return Order.of(row) if row else None


async def visible(reader: Reader, conversation: str, line: str | None, *, limit: int = 3) -> list[Order]:
    """Newest first, the orders that a customer may see: this conversation's, or paid for by his proved `line`.

    In a conversation where a line is proved, only what belongs to that line or to nobody.
    """
    where = {conversation: None}  # his own, and wherever else the line has ordered: a statement for each
    if line is not None:
        rows = await reader.all(ORDERED_IN, {"its_msisdn": line, "most": limit})
        where |= {row.conversation: None for row in rows}
    found = []
    for name in where:
        whose = {"its_conversation": name, "own": name == conversation, "its_payer": line, "most": limit}
        found += [Order.of(row) for row in await reader.all(VISIBLE, whose)]
    return sorted(found, key=lambda order: (order.created_at, order.order_no), reverse=True)[:limit]


async def visible_one(reader: Reader, order_no: str, conversation: str, line: str | None) -> Order | None:
    """The order of that number, when this customer may see it."""
    order = await find(reader, order_no)
    if order is None:
        return None
    his = order.payer == line if order.payer is not None else order.conversation == conversation
    return order if his else None


async def history(reader: Reader, order_no: str) -> Sequence[Row[Any]]:
    """The rows of `order_events`, oldest first: before, after, cause, actor, note, at."""
    query = select(order_events).where(order_events.c.order_no == order_no)
    return await reader.all(query.order_by(order_events.c.version))


async def calls(reader: Reader, order_no: str) -> Sequence[Row[Any]]:
    """The rows of `order_calls`, oldest first: call, party, said, note, at."""
    return await reader.all(select(order_calls).where(order_calls.c.order_no == order_no).order_by(order_calls.c.id))


async def running(reader: Reader, msisdn: str, sku: str, since: datetime) -> int:
    """How many paid orders of that package for that number have no outcome yet."""
    return await _count(reader, RUNNING, since, its_msisdn=msisdn, its_sku=sku)


async def placed_for(reader: Reader, msisdn: str, since: datetime) -> int:
    """How many orders for that number were placed and paid, and may still be, or were, delivered."""
    return await _count(reader, PAID_FOR, since, its_msisdn=msisdn)


async def placed_by(reader: Reader, conversation: str, line: str | None, since: datetime) -> int:
    """The same, of orders that this customer placed: by his proved line, else by the conversation."""
    if line is not None:
        return await _count(reader, PAID_BY, since, its_msisdn=line)
    return await _count(reader, PAID_IN, since, its_conversation=conversation)


async def _count(reader: Reader, which: Prepared, since: datetime, **whose: str) -> int:
    rows = await reader.all(which, {"since": since, **whose})
    return int(rows[0][0])


def _new(hall: Hall, wish: Placing, order_no: str) -> Order:
    now, package = hall.clock.now(), wish.package
    return Order(
        order_no=order_no, conversation=wish.conversation, confirmation=wish.confirmation, payer=wish.payer,
        msisdn=wish.msisdn, product=package.product, sku=package.sku, scope=package.scope, data_mb=package.data_mb,
        valid=package.valid, face_fen=package.face_fen, price_fen=package.price_fen, way=wish.way,
        state=states.AWAIT_PAY, version=len(BEGINNING), paid_fen=0, delivered_fen=0, refunded_fen=0,
        supplier_no=None, reason=None, stuck=None, expires_at=now + hall.policy.topup.expires, created_at=now,
        changed_at=now,
    )  # fmt: skip


async def _number(hall: Hall, reader: Reader, confirmation: str) -> str:
    """`T`, the day, seven digits of the confirmation's hash: short enough to be typed on a phone, and room for a day.

    A number of before, with the whole year and five digits, is as long and never the same.
    """
    day = hall.clock.local().strftime("%y%m%d")
    for probe in range(PROBES):
        digest = hashlib.sha256(f"{confirmation}#{probe}".encode()).digest()
        number = f"T{day}{int.from_bytes(digest[:8], 'big') % 10_000_000:07d}"
        if await reader.one(WHERE_IS, {"its_order_no": number}) is None:
            return number
    raise Conflict(f"no free order number on {day}")


def _store(unit: Unit, order: Order, moved: Order, values: dict[str, Any]) -> None:
    unit.stage(
        update(orders)
        .where(
            orders.c.conversation == order.conversation,
            orders.c.order_no == order.order_no,
            orders.c.version == order.version,
        )
        .values(state=moved.state, version=moved.version, changed_at=moved.changed_at, **values),
        expect=1,
    )
    counts = states.COUNTS.get(moved.state)
    if counts != states.COUNTS.get(order.state):
        for line in _roles(order):
            its = {"its_msisdn": line, "its_order_no": order.order_no, "counts": counts}
            unit.stage(COUNT, its, expect=1)


def _roles(order: Order) -> dict[str, tuple[bool, bool]]:
    """The lines of an order: whether each pays, and whether it gets it."""
    lines = {order.msisdn: (order.payer == order.msisdn, True)}
    return lines if order.payer is None else {order.payer: (True, order.payer == order.msisdn)} | lines


def _lines(order: Order) -> list[dict[str, Any]]:
    """The rows of `line_orders` of a new order."""
    same = {"order_no": order.order_no, "conversation": order.conversation, "sku": order.sku, "counts": None,
            "created_at": order.created_at}  # fmt: skip
    return [{"msisdn": line, "pays": pays, "gets": gets} | same for line, (pays, gets) in _roles(order).items()]


BEGINNING = (  # (cause, who): how an order gets to where it waits for its payment, all in one moment
    ("shown", "hall"),
    ("confirmed", "customer"),
    ("asked_to_pay", "hall"),
)


def _beginning(order: Order) -> list[dict[str, Any]]:
    """The first rows of the history."""
    rows, before = [], None
    for version, (cause, actor) in enumerate(BEGINNING, 1):
        state = states.after(before, cause) if before else states.FIRST
        rows.append(_event(replace(order, state=state, version=version), before, cause, actor, None))
        before = state
    return rows


def _event(order: Order, before: str | None, cause: str, actor: str, note: str | None) -> dict[str, Any]:
    return {
        "order_no": order.order_no, "version": order.version, "conversation": order.conversation, "before": before,
        "after": order.state, "cause": cause, "actor": actor, "note": note, "at": order.changed_at,
    }  # fmt: skip
