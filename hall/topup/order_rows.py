"""Rows of orders and the constant statements that read and write them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Executable,
    Integer,
    Table,
    TextClause,
    bindparam,
    func,
    or_,
    select,
    update,
)

from hall.store.prepared import Prepared, given, inserting
from hall.store.tables.topup import COUNTED, line_orders, order_calls, order_events, order_numbers, orders, payments
from hall.topup import states

if TYPE_CHECKING:
    from hall.topup.orders import Order

INSERT_ORDER = inserting(orders)
INSERT_NUMBER = inserting(order_numbers)
INSERT_LINE = inserting(line_orders)
INSERT_PAYMENT = inserting(payments)
INSERT_EVENT = inserting(order_events)
INSERT_CALL = inserting(order_calls)
COUNT = Prepared(update(line_orders).where(given(line_orders.c.msisdn), given(line_orders.c.order_no)), "counts")

CONVERSATION_OF = Prepared(select(order_numbers.c.conversation).where(given(order_numbers.c.order_no)))
BY_NUMBER = Prepared(select(orders).where(given(orders.c.conversation), given(orders.c.order_no)))
BY_CONFIRMATION = Prepared(select(orders).where(given(orders.c.conversation), given(orders.c.confirmation)))
_LIMIT = bindparam("most", type_=Integer())
NEWEST = Prepared(
    select(orders.c.order_no, orders.c.state, orders.c.delivered_fen)
    .where(given(orders.c.conversation))
    .order_by(orders.c.created_at.desc(), orders.c.order_no.desc())
    .limit(_LIMIT)
)
VISIBLE = Prepared(
    select(orders)
    .where(
        given(orders.c.conversation),
        or_(orders.c.payer.is_(None) & bindparam("own", type_=Boolean()), given(orders.c.payer)),
    )
    .order_by(orders.c.created_at.desc(), orders.c.order_no.desc())
    .limit(_LIMIT)
)
CONVERSATIONS_OF_LINE = Prepared(
    select(line_orders.c.conversation)
    .where(given(line_orders.c.msisdn), line_orders.c.pays)
    .order_by(line_orders.c.created_at.desc(), line_orders.c.order_no.desc())
    .limit(_LIMIT)
)


def _counted_since(table: Table, *whose: ColumnElement[bool] | TextClause) -> Prepared:
    since = table.c.created_at >= bindparam("since", type_=table.c.created_at.type)
    return Prepared(select(func.count().label("count")).select_from(table).where(*whose, since))


_OF_LINE = (given(line_orders.c.msisdn), COUNTED)
RUNNING = _counted_since(
    line_orders, *_OF_LINE, line_orders.c.gets, given(line_orders.c.sku), line_orders.c.counts == "running"
)
PLACED_FOR_LINE = _counted_since(line_orders, *_OF_LINE, line_orders.c.gets)
PLACED_BY_LINE = _counted_since(line_orders, *_OF_LINE, line_orders.c.pays)
PLACED_IN_CONVERSATION = _counted_since(
    orders, given(orders.c.conversation), or_(*(orders.c.state == state for state in states.COUNTS))
)


BEGINNING = (  # (cause, actor): the moves that an order makes in the moment in which it is placed
    ("shown", "hall"),
    ("confirmed", "customer"),
    ("asked_to_pay", "hall"),
)


def first_events(order: Order) -> Iterator[dict[str, Any]]:
    """The history of an order that was just placed."""
    before = None
    for version, (cause, actor) in enumerate(BEGINNING, 1):
        state = states.after(before, cause) if before else states.FIRST
        yield event_row(replace(order, state=state, version=version), before, cause, actor, None)
        before = state


def event_row(moved: Order, before: str | None, cause: str, actor: str, note: str | None) -> dict[str, Any]:
    """The history row of a move; `moved` is the order after it."""
    return {
        "order_no": moved.order_no,
        "version": moved.version,
        "conversation": moved.conversation,
        "before": before,
        "after": moved.state,
        "cause": cause,
        "actor": actor,
        "note": note,
        "at": moved.changed_at,
    }


def line_rows(order: Order) -> Iterator[dict[str, Any]]:
    """The directory rows of an order that was just placed."""
    for line in lines_of(order):
        yield {
            "msisdn": line,
            "order_no": order.order_no,
            "conversation": order.conversation,
            "pays": line == order.payer,
            "gets": line == order.msisdn,
            "sku": order.sku,
            "counts": None,
            "created_at": order.created_at,
        }


def lines_of(order: Order) -> list[str]:
    """The lines that an order concerns: the one that pays, if it is known, and the one that is topped up."""
    return list(dict.fromkeys(line for line in (order.payer, order.msisdn) if line is not None))


def payment_row(order: Order, provider: str) -> dict[str, Any]:
    """The row of the payment that the customer is asked for."""
    return {
        "payment_no": order.order_no,
        "conversation": order.conversation,
        "provider": provider,
        "way": order.way,
        "amount_fen": order.price_fen,
        "created_at": order.created_at,
    }


def order_update(order: Order, moved: Order, values: dict[str, Any]) -> Executable:
    """The write of a move, guarded by the version that was read; it must touch one row."""
    mine = (
        orders.c.conversation == order.conversation,
        orders.c.order_no == order.order_no,
        orders.c.version == order.version,
    )
    changes = {"state": moved.state, "version": moved.version, "changed_at": moved.changed_at}
    return update(orders).where(*mine).values(**changes, **values)
