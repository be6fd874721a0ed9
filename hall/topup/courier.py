"""Everything of an order that leaves the house, run by the outbox: each may come twice.

A query that is to be asked again is a new parcel, staged together with what was learnt, so that
waiting for three days is not a matter of one parcel's attempts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import update

from hall.bss.supplier.port import Answer, Delivery
from hall.errors import OutcomeUnknown, Unavailable
from hall.payments.port import RefundState
from hall.store.outbox import Courier, Dead, Done, Later, Parcel, Result
from hall.store.tables.topup import refunds
from hall.topup import paying, saga
from hall.topup.orders import Order, find, flag, move, post_for
from hall.topup.paying import start_refund, tell

if TYPE_CHECKING:
    from hall.hall import Hall
    from hall.store.unit import Unit

Step = Callable[["Hall", Order, int], Awaitable[None]]


def register(courier: Courier, hall: Hall) -> None:
    """Let the courier do what orders need."""
    for kind, step in STEPS.items():
        courier.handle(kind, _handler(hall, step))


def _handler(hall: Hall, step: Step) -> Callable[[Parcel], Awaitable[Result]]:
    async def handle(parcel: Parcel) -> Result:
        order = await find(hall.store, parcel.body["order_no"])
        if order is None:
            return Dead("no such order")
        try:
            await step(hall, order, int(parcel.body["step"]))
        except Unavailable as down:
            return Later(str(down), 60)
        return Done()

    return handle


async def expire(hall: Hall, order: Order, step: int) -> None:
    """The time to pay is over: ask the provider first, a notice may have been lost."""
    if order.state != saga.AWAIT_PAY:
        return
    try:
        answer = await hall.payments[order.way].query(order.order_no)
    except (OutcomeUnknown, Unavailable):
        await _again(hall, order, "topup.expire", step + 1)
        return
    if answer.paid:
        await paying.take(hall, answer.paid, actor=f"query:{answer.paid.provider}")
        return
    unit = hall.store.unit()
    tell(hall, unit, move(unit, order, "expired", now=hall.clock.now(), actor="clock"), "expired")
    await unit.commit()


async def query_payment(hall: Hall, order: Order, _step: int) -> None:
    """The customer says that he has paid: ask the provider."""
    answer = await hall.payments[order.way].query(order.order_no)
    if answer.paid and not order.paid_fen:
        await paying.take(hall, answer.paid, actor=f"query:{answer.paid.provider}")


async def submit(hall: Hall, order: Order, _step: int) -> None:
    """Hand the order to the supplier. SUBMITTING is written first, so that a crash in between is seen."""
    if order.state == saga.PAID:
        unit = hall.store.unit()
        order = move(unit, order, "submitting", now=hall.clock.now(), actor="hall")
        await unit.commit()
    if order.state != saga.SUBMITTING:
        return
    try:
        answer = await hall.supplier.submit(_delivery(order))
    except (OutcomeUnknown, Unavailable) as lost:
        await _wait(hall, order, "unknown", 0, note=str(lost))
        return
    if not await _finish(hall, order, answer):
        await _wait(hall, order, "accepted", 0, supplier_no=answer.supplier_no)


async def query(hall: Hall, order: Order, step: int) -> None:
    """Ask the supplier how far it is."""
    if order.state != saga.PROCESSING:
        return
    try:
        answer = await hall.supplier.query(order.order_no)
        if answer.status == "not_found" and order.supplier_no is None:
            # it never said that it has the order: the same number again delivers at most once
            answer = await hall.supplier.submit(_delivery(order))
    except (OutcomeUnknown, Unavailable):
        answer = Answer("processing")
    if not await _finish(hall, order, answer):
        await _ask_again(hall, order, step + 1)


async def refund(hall: Hall, order: Order, step: int) -> None:
    """Pay back. When the answer is lost, again: the provider keeps one refund for the number."""
    if order.state != saga.REFUNDING:
        return
    try:
        answer = await hall.payments[order.way].refund(await paying.refund_of(hall, order))
    except (OutcomeUnknown, Unavailable):
        await _refund_result(hall, order, RefundState("processing"), "topup.refund", step + 1)
        return
    await _refund_result(hall, order, answer, "topup.query_refund", 0)


async def query_refund(hall: Hall, order: Order, step: int) -> None:
    """Ask the provider how far the refund is."""
    if order.state != saga.REFUNDING:
        return
    try:
        answer = await hall.payments[order.way].query_refund(await paying.refund_of(hall, order))
    except (OutcomeUnknown, Unavailable):
        answer = RefundState("processing")
    await _refund_result(hall, order, answer, "topup.query_refund", step + 1)


STEPS: dict[str, Step] = {
    "topup.expire": expire,
    "topup.query_payment": query_payment,
    "topup.submit": submit,
    "topup.query": query,
    "topup.refund": refund,
    "topup.query_refund": query_refund,
}


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


async def _finish(hall: Hall, order: Order, answer: Answer) -> bool:
    """Write an end that the supplier told; False when it is none."""
    now, unit = hall.clock.now(), hall.store.unit()
    if answer.status == "succeeded":
        done = move(unit, order, "delivered", now=now, actor="supplier", stuck=None)
        tell(hall, unit, done, "succeeded")
    elif answer.status == "failed":
        failed = move(unit, order, "failed", now=now, actor="supplier", reason=answer.reason, stuck=None)
        start_refund(hall, unit, failed, "refund", actor="hall", event="failed_refunding")
    elif answer.status == "partial":
        worth = min(max(answer.delivered_fen, 0), order.paid_fen - 1)
        part = move(unit, order, "partial", now=now, actor="supplier", delivered_fen=worth, stuck=None)
        start_refund(hall, unit, part, "refund", actor="hall", event="partial_refunding")
    else:
        return False
    await unit.commit()
    return True


async def _wait(
    hall: Hall, order: Order, cause: str, step: int, *, note: str | None = None, supplier_no: str | None = None
) -> None:
    now, unit = hall.clock.now(), hall.store.unit()
    move(unit, order, cause, now=now, actor="supplier", note=note, supplier_no=supplier_no)
    _next(unit, hall, order, "topup.query", step)
    await unit.commit()


async def _ask_again(hall: Hall, order: Order, step: int) -> None:
    """Time alone never fails an order: after three days a person looks at it."""
    now, unit = hall.clock.now(), hall.store.unit()
    if now - order.created_at >= hall.policy.topup.delivery_person_after:
        if order.stuck is None:
            stuck = flag(unit, order, "outcome_unknown", now=now, actor="clock")
            tell(hall, unit, stuck, "stuck")
    else:
        _next(unit, hall, order, "topup.query", step)
    await unit.commit()


async def _refund_result(hall: Hall, order: Order, answer: RefundState, follow_up: str, step: int) -> None:
    now, unit = hall.clock.now(), hall.store.unit()
    if answer.status == "done":
        amount = order.paid_fen - order.delivered_fen
        paid_back = move(unit, order, "refunded", now=now, actor="payment", refunded_fen=amount)
        tell(hall, unit, paid_back, "refunded")
        _mark(unit, order, "done", hall)
    elif answer.status == "failed" or now - order.changed_at >= hall.policy.topup.refund_person_after:
        why = answer.why or "refund_outcome_unknown"
        stuck = move(unit, order, "refund_stuck", now=now, actor="payment", note=why, stuck="refund")
        tell(hall, unit, stuck, "refund_stuck")
        _mark(unit, order, "stuck", hall)
    else:
        _next(unit, hall, order, follow_up, step)
    await unit.commit()


def _mark(unit: Unit, order: Order, state: str, hall: Hall) -> None:
    done_at = hall.clock.now() if state == "done" else None
    mine = refunds.c.order_no == order.order_no
    unit.stage(update(refunds).where(mine).values(state=state, done_at=done_at), expect=1)


async def _again(hall: Hall, order: Order, kind: str, step: int) -> None:
    unit = hall.store.unit()
    _next(unit, hall, order, kind, step)
    await unit.commit()


def _next(unit: Unit, hall: Hall, order: Order, kind: str, step: int) -> None:
    rules = hall.policy.topup
    waits = rules.delivery_query_seconds if kind == "topup.query" else rules.refund_query_seconds
    now = hall.clock.now()
    at = now + timedelta(seconds=waits[min(step, len(waits) - 1)])
    post_for(unit, order, kind, now=now, at=at, step=step)
