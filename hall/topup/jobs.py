"""Handlers of the outbox messages that ask the payment provider and the supplier about an order.

Each message may be handled twice. A question that is to be asked again is a new message, staged together with what was
learnt, so that waiting for three days does not use up one message's attempts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from hall.books import cases, ledger
from hall.books.cases import NewCase
from hall.bss.supplier.port import Delivery, DeliveryState
from hall.change import Change
from hall.errors import OutcomeUnknown, Unavailable
from hall.payments.port import Notice, Payments
from hall.store.dispatcher import Dispatcher, Done, Failed, Result, Retry
from hall.store.outbox import OutboxMessage
from hall.topup import delivery, late, payment, refund, states
from hall.topup.job import Job
from hall.topup.notifications import notify
from hall.topup.orders import Call, Order, case_facts, enqueue_job, flag, get, move, note_call

if TYPE_CHECKING:
    from hall.context import Hall

Handler = Callable[["Hall", Order, Job], Awaitable[None]]
SUPPLIER, CLOCK = "supplier", "clock"  # actors
WATCH_EVERY = timedelta(hours=24)
RETRY_SECONDS = 60.0  # after which a handler that found a system down is run again


def register(dispatcher: Dispatcher, hall: Hall) -> None:
    """Register the handlers of orders and refunds."""
    for kind, handler in HANDLERS.items():
        dispatcher.handle(kind, _handling(hall, handler))
    for kind in (refund.ASK, refund.QUERY):
        dispatcher.handle(kind, _handling_refunds(hall))


def _handling(hall: Hall, handler: Handler) -> Callable[[OutboxMessage], Awaitable[Result]]:
    async def handle(message: OutboxMessage) -> Result:
        order = await get(hall.store, message.conversation, message.body["order_no"])
        if order is None:
            return Failed("no such order")
        try:
            await handler(hall, order, Job.of(message))
        except (Unavailable, OutcomeUnknown) as down:
            return Retry(str(down), RETRY_SECONDS)
        return Done()

    return handle


def _handling_refunds(hall: Hall) -> Callable[[OutboxMessage], Awaitable[Result]]:
    async def handle(message: OutboxMessage) -> Result:
        return await refund.handle(hall, message)

    return handle


async def expire(hall: Hall, order: Order, job: Job) -> None:
    """End an order whose time to pay is over. The provider is asked first, because its notice may have been lost."""
    if order.state != states.AWAIT_PAY:
        return
    try:
        found = await _provider(hall, order).query(order.order_no)
    except (OutcomeUnknown, Unavailable) as lost:
        change = _begin(hall, CLOCK)
        _note_payment_query(change, order, "lost", str(lost))
        _ask_later(change, order, replace(job, step=job.step + 1))
        await change.unit.commit()
        return
    if found.paid and await _record(hall, found.paid) != "amount_differs":
        return
    order = await get(hall.store, order.conversation, order.order_no) or order  # a wrong amount was noted on it
    change = _begin(hall, CLOCK)
    _note_payment_query(change, order, found.status)
    notify(change, move(change, order, "expired", stuck=None), "expired")
    await change.unit.commit()


async def query_payment(hall: Hall, order: Order, _job: Job) -> None:
    """Ask the provider whether an order is paid: its customer says so, or a person wants to know."""
    found = await _provider(hall, order).query(order.order_no)
    if found.paid:
        await _record(hall, found.paid)
        return
    change = _begin(hall, CLOCK)
    _note_payment_query(change, order, found.status)
    await change.unit.commit()


async def submit(hall: Hall, order: Order, _job: Job) -> None:
    """Submit the order to the supplier. SUBMITTING is committed first, so that a crash in between shows."""
    if order.state == states.PAID:
        change = _begin(hall, "hall")
        order = move(change, order, "submitting")
        await change.unit.commit()
    if order.state != states.SUBMITTING:
        return
    try:
        reported = await hall.supplier.submit(_delivery(order))
    except (OutcomeUnknown, Unavailable) as lost:
        change = _begin(hall, SUPPLIER)
        note_call(change, order, Call("submit", SUPPLIER, "lost", str(lost)))
        move(change, order, "unknown", str(lost), supplier_no=None)
        _ask_later(change, order, Job("topup.query"))
    else:
        change = _begin(hall, SUPPLIER)
        note_call(change, order, Call("submit", SUPPLIER, reported.status, reported.reason))
        order = await delivery.apply(change, order, reported)
        if order.state == states.SUBMITTING:
            move(change, order, "accepted", supplier_no=reported.supplier_no or "")
            _ask_later(change, order, Job("topup.query"))
    await change.unit.commit()


async def query(hall: Hall, order: Order, job: Job) -> None:
    """Ask the supplier how far the delivery is."""
    if order.state != states.PROCESSING:
        return
    reported, calls = await _ask_supplier(hall, order)
    change = _begin(hall, SUPPLIER)
    for call in calls:
        note_call(change, order, call)
    order = await delivery.apply(change, order, reported)
    if order.state == states.PROCESSING and not job.occasion:
        _ask_again(change, order, replace(job, step=job.step + 1))
    await change.unit.commit()


async def _ask_supplier(hall: Hall, order: Order) -> tuple[DeliveryState, list[Call]]:
    """What the supplier reports, and the calls that it took; a lost answer means that it is still under way."""
    calls, name = [], "query"
    try:
        reported = await hall.supplier.query(order.order_no)
        if reported.status == "not_found" and order.supplier_no is None:
            # it never confirmed the order: the same number again delivers at most once
            calls.append(Call(name, SUPPLIER, reported.status))
            name = "submit"
            reported = await hall.supplier.submit(_delivery(order))
    except (OutcomeUnknown, Unavailable) as lost:
        return DeliveryState("processing"), [*calls, Call(name, SUPPLIER, "lost", str(lost))]
    return reported, [*calls, Call(name, SUPPLIER, reported.status, reported.reason)]


async def watch(hall: Hall, order: Order, job: Job) -> None:
    """Ask about an order that should have ended days ago, and open a case; again every 24 hours until it ends."""
    if order.state in states.RESTING:
        return
    change = _begin(hall, CLOCK)
    if order.stuck is None:  # otherwise a person knows of it
        case = NewCase("in_between", order.order_no, case_facts(order), order.conversation, order.state)
        cases.open_case(change, case)
    await ask_everybody(change, order, f"watch-{job.step}")
    enqueue_job(change, order, replace(job, step=job.step + 1, at=change.now + WATCH_EVERY))
    await change.unit.commit()


async def ask_everybody(change: Change, order: Order, occasion: str) -> None:
    """Stage one question to everybody who may know more of an order; the same occasion again stages nothing."""
    enqueue_job(change, order, Job("topup.query_payment", occasion=occasion))
    if order.state in _NEXT_STEP:
        enqueue_job(change, order, Job(_NEXT_STEP[order.state], occasion=occasion))
    for found in await refund.of(change.hall.store, order):
        if found.state != refund.DONE:
            refund.query_again(change, found, occasion)


_NEXT_STEP = {  # the handler that moves an order on, by the state in which it waits
    states.AWAIT_PAY: "topup.expire",
    states.PAID: "topup.submit",
    states.SUBMITTING: "topup.submit",
    states.PROCESSING: "topup.query",
}

HANDLERS: dict[str, Handler] = {
    "topup.expire": expire,
    "topup.query_payment": query_payment,
    "topup.submit": submit,
    "topup.query": query,
    "topup.watch": watch,
    late.TELL: late.tell,
}


def _begin(hall: Hall, actor: str) -> Change:
    return Change.begin(hall, hall.store.unit(), actor)


async def _record(hall: Hall, paid: Notice) -> payment.PaymentOutcome:
    return await payment.record(hall, paid, actor=f"query:{paid.provider}")


def _provider(hall: Hall, order: Order) -> Payments:
    """The provider of the order's payment; raises Unavailable when this hall no longer has that way to pay."""
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


def _note_payment_query(change: Change, order: Order, result: str, note: str | None = None) -> None:
    ways = change.hall.payments
    party = ledger.payment(ways[order.way].provider) if order.way in ways else order.way
    note_call(change, order, Call("query_payment", party, result, note))


def _ask_again(change: Change, order: Order, job: Job) -> None:
    """Stage the next question; three days after the order a case for a person. Time alone never fails an order."""
    if change.now - order.created_at < change.hall.policy.topup.delivery_person_after:
        _ask_later(change, order, job)
    elif order.stuck != "outcome_unknown":
        stuck = flag(replace(change, actor=CLOCK), order, "outcome_unknown")
        notify(change, stuck, "stuck")
        cases.resolve(change, order.order_no, "outcome_unknown", ("slow",))  # the graver case takes its place
        cases.open_case(change, NewCase("outcome_unknown", order.order_no, case_facts(stuck), order.conversation))


def _ask_later(change: Change, order: Order, job: Job) -> None:
    """Stage a job after the policy's pause for its step."""
    rules = change.hall.policy.topup
    pauses = rules.delivery_query_seconds if job.kind == "topup.query" else rules.refund_query_seconds
    pause = timedelta(seconds=pauses[min(job.step, len(pauses) - 1)])
    enqueue_job(change, order, replace(job, at=change.now + pause))
