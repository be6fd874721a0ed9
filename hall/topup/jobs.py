"""Everything of an order that leaves the house, run by the outbox: each may come twice.

A query that is to be asked again is a new parcel, staged together with what was learnt, so that
waiting for three days is not a matter of one parcel's attempts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from hall.books import cases, ledger
from hall.bss.supplier.port import Answer, Delivery
from hall.errors import OutcomeUnknown, Unavailable
from hall.payments.port import Payments
from hall.store.outbox import Dispatcher, Done, Failed, OutboxMessage, Result, Retry
from hall.topup import delivery, payment, refund, states
from hall.topup.notifications import tell
from hall.topup.orders import Order, case_facts, flag, get, move, note_call, post_for
from hall.topup.refund import ONCE

if TYPE_CHECKING:
    from hall.context import Hall
    from hall.store.unit import Unit

Step = Callable[["Hall", Order, int], Awaitable[None]]
SUPPLIER = "supplier"
DAY = timedelta(hours=24)


def register(dispatcher: Dispatcher, hall: Hall) -> None:
    """Let the courier do what orders need."""
    for kind, step in STEPS.items():
        dispatcher.handle(kind, _handler(hall, step))
    for kind in (refund.ASK, refund.QUERY):
        dispatcher.handle(kind, _refunds(hall))


def _handler(hall: Hall, step: Step) -> Callable[[OutboxMessage], Awaitable[Result]]:
    async def handle(message: OutboxMessage) -> Result:
        order = await get(hall.store, message.conversation, message.body["order_no"])
        if order is None:
            return Failed("no such order")
        try:
            await step(hall, order, int(message.body["step"]))
        except (Unavailable, OutcomeUnknown) as down:
            return Retry(str(down), 60)
        return Done()

    return handle


def _refunds(hall: Hall) -> Callable[[OutboxMessage], Awaitable[Result]]:
    async def handle(message: OutboxMessage) -> Result:
        return await refund.deliver(hall, message)

    return handle


async def expire(hall: Hall, order: Order, step: int) -> None:
    """The time to pay is over: ask the provider first, a notice may have been lost."""
    if order.state != states.AWAIT_PAY:
        return
    try:
        answer = await _provider(hall, order).query(order.order_no)
    except (OutcomeUnknown, Unavailable) as lost:
        unit = hall.store.unit()
        _note(hall, unit, order, "query_payment", "lost", str(lost))
        _next(unit, hall, order, "topup.expire", step + 1)
        await unit.commit()
        return
    if answer.paid and await payment.take(hall, answer.paid, actor=f"query:{answer.paid.provider}") != "amount_differs":
        return
    order = await get(hall.store, order.conversation, order.order_no) or order  # a wrong amount was noted on it
    unit = hall.store.unit()
    _note(hall, unit, order, "query_payment", answer.status)
    tell(hall, unit, move(unit, order, "expired", now=hall.clock.now(), actor="clock", stuck=None), "expired")
    await unit.commit()


async def query_payment(hall: Hall, order: Order, _step: int) -> None:
    """The customer says that he has paid, or a person wants to know: ask the provider."""
    answer = await _provider(hall, order).query(order.order_no)
    if answer.paid:
        await payment.take(hall, answer.paid, actor=f"query:{answer.paid.provider}")
        return
    unit = hall.store.unit()
    _note(hall, unit, order, "query_payment", answer.status)
    await unit.commit()


async def submit(hall: Hall, order: Order, _step: int) -> None:
    """Hand the order to the supplier. SUBMITTING is written first, so that a crash in between is seen."""
    if order.state == states.PAID:
        unit = hall.store.unit()
        order = move(unit, order, "submitting", now=hall.clock.now(), actor="hall")
        await unit.commit()
    if order.state != states.SUBMITTING:
        return
    unit = hall.store.unit()
    try:
        answer = await hall.supplier.submit(_delivery(order))
    except (OutcomeUnknown, Unavailable) as lost:
        _note(hall, unit, order, "submit", "lost", str(lost))
        _wait(hall, unit, order, "unknown", note=str(lost))
    else:
        _note(hall, unit, order, "submit", answer.status, answer.reason)
        order = await delivery.take(hall, unit, order, answer, actor=SUPPLIER)
        if order.state == states.SUBMITTING:
            _wait(hall, unit, order, "accepted", supplier_no=answer.supplier_no or "")
    await unit.commit()


async def query(hall: Hall, order: Order, step: int) -> None:
    """Ask the supplier how far it is."""
    if order.state != states.PROCESSING:
        return
    unit, call = hall.store.unit(), "query"
    try:
        answer = await hall.supplier.query(order.order_no)
        if answer.status == "not_found" and order.supplier_no is None:
            # it never said that it has the order: the same number again delivers at most once
            _note(hall, unit, order, call, answer.status)
            call, answer = "submit", await hall.supplier.submit(_delivery(order))
    except (OutcomeUnknown, Unavailable) as lost:
        answer = Answer("processing")
        _note(hall, unit, order, call, "lost", str(lost))
    else:
        _note(hall, unit, order, call, answer.status, answer.reason)
    order = await delivery.take(hall, unit, order, answer, actor=SUPPLIER)
    if order.state == states.PROCESSING and step < ONCE:
        _ask_again(hall, unit, order, step + 1)
    await unit.commit()


async def watch(hall: Hall, order: Order, step: int) -> None:
    """Days after everything should have ended: whatever is still on its way is asked for, and a person told."""
    if order.state in states.RESTING:
        return
    now, unit = hall.clock.now(), hall.store.unit()
    if order.stuck is None:  # else a person knows of it
        cases.open_case(
            unit, "in_between", order.order_no, case_facts(order), now=now, conversation=order.conversation,
            occasion=order.state,
        )  # fmt: skip
    await ask_for(hall, unit, order, ONCE + int(now.timestamp()))
    post_for(unit, order, "topup.watch", now=now, at=now + DAY, step=step + 1)
    await unit.commit()


async def ask_for(hall: Hall, unit: Unit, order: Order, step: int) -> None:
    """Stage one question to everybody who may know more of an order. `step` tells one wish from another."""
    now = hall.clock.now()
    post_for(unit, order, "topup.query_payment", now=now, step=step)
    if order.state in _WAITS_FOR:
        post_for(unit, order, _WAITS_FOR[order.state], now=now, step=step)
    for found in await refund.of(hall.store, order):
        if found.state != refund.DONE:
            refund.query_again(hall, unit, found, step)


_WAITS_FOR = {
    states.AWAIT_PAY: "topup.expire",
    states.PAID: "topup.submit",
    states.SUBMITTING: "topup.submit",
    states.PROCESSING: "topup.query",
}

STEPS: dict[str, Step] = {
    "topup.expire": expire,
    "topup.query_payment": query_payment,
    "topup.submit": submit,
    "topup.query": query,
    "topup.watch": watch,
}


def _provider(hall: Hall, order: Order) -> Payments:
    """Who was asked for the order's payment; Unavailable when this hall has that way to pay no more."""
    if order.way not in hall.payments:
        raise Unavailable("payment", f"no way to pay {order.way}")
    return hall.payments[order.way]


def _delivery(order: Order) -> Delivery:
    return Delivery(
        order.order_no,
        order.msisdn,
        order.sku,
        order.data_mb,
        order.valid,
        product="credit" if order.product == "credit" else "data",
        face_fen=order.face_fen,
    )


def _note(hall: Hall, unit: Unit, order: Order, call: str, said: str, note: str | None = None) -> None:
    party = SUPPLIER
    if call == "query_payment":
        party = ledger.payment(hall.payments[order.way].provider) if order.way in hall.payments else order.way
    note_call(unit, order, call, party, said, now=hall.clock.now(), note=note)


def _wait(
    hall: Hall, unit: Unit, order: Order, cause: str, *, note: str | None = None, supplier_no: str | None = None
) -> None:
    now = hall.clock.now()
    move(unit, order, cause, now=now, actor=SUPPLIER, note=note, supplier_no=supplier_no)
    _next(unit, hall, order, "topup.query", 0)


def _ask_again(hall: Hall, unit: Unit, order: Order, step: int) -> None:
    """Time alone never fails an order: after three days a person looks at it."""
    now = hall.clock.now()
    if now - order.created_at < hall.policy.topup.delivery_person_after:
        _next(unit, hall, order, "topup.query", step)
    elif order.stuck != "outcome_unknown":
        stuck = flag(unit, order, "outcome_unknown", now=now, actor="clock")
        tell(hall, unit, stuck, "stuck")
        cases.open_case(
            unit, "outcome_unknown", order.order_no, case_facts(stuck), now=now, conversation=order.conversation
        )


def _next(unit: Unit, hall: Hall, order: Order, kind: str, step: int) -> None:
    rules = hall.policy.topup
    waits = rules.delivery_query_seconds if kind == "topup.query" else rules.refund_query_seconds
    now = hall.clock.now()
    at = now + timedelta(seconds=waits[min(step, len(waits) - 1)])
    post_for(unit, order, kind, now=now, at=at, step=step)
