"""What a payment does to its order. Called with a verified notice, or with the answer to a query."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Executable, insert, select, update

from hall.errors import Conflict
from hall.money import short_yuan
from hall.payments.port import Charge, Notice, Refund
from hall.privacy import mask_msisdn
from hall.store.outbox import post_event
from hall.store.tables.topup import notices, payments, refunds
from hall.topup import saga
from hall.topup.orders import Order, find, flag, move, post_for

if TYPE_CHECKING:
    from hall.hall import Hall
    from hall.store.unit import Unit

log = logging.getLogger(__name__)

Outcome = Literal["paid", "late", "repeat", "amount_differs", "unknown_order"]
ATTEMPTS = 5


async def take(hall: Hall, notice: Notice, *, actor: str) -> Outcome:
    """Book a payment on its order, once, however often and by whatever way it is told.

    paid: the order goes on; late: it had ended, the money goes back; repeat: it was booked before;
    amount_differs, unknown_order: refused, kept, and for a person to look at.

    Raises Conflict when others kept moving the order, StoreUnavailable; then nothing was booked
    and the provider tells it again.
    """
    for attempt in range(ATTEMPTS):
        try:
            return await _take(hall, notice, actor)
        except Conflict:
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


async def cancel(hall: Hall, order_no: str) -> bool:
    """End an unpaid order by the customer's wish; False when it is not waiting for payment any more."""
    order = await find(hall.store, order_no)
    if order is None or order.state != saga.AWAIT_PAY:
        return False
    unit, now = hall.store.unit(), hall.clock.now()
    cancelled = move(unit, order, "cancelled", now=now, actor="customer")
    tell(hall, unit, cancelled, "cancelled")
    await unit.commit()
    return True


def charge(order: Order) -> Charge:
    """The payment of an order, as providers are asked for it."""
    return Charge(order.order_no, order.way, order.price_fen, order.sku, order.expires_at)


def start_refund(hall: Hall, unit: Unit, order: Order, cause: str, *, actor: str, event: str, **values: Any) -> None:
    """Stage that the money goes back: the move, the refund's one number, the call, the message."""
    now = hall.clock.now()
    refunding = move(unit, order, cause, now=now, actor=actor, **values)
    amount = refunding.paid_fen - refunding.delivered_fen
    unit.stage(
        insert(refunds).values(
            refund_no=refund_no(order),
            order_no=order.order_no,
            conversation=order.conversation,
            amount_fen=amount,
            cause=order.state.lower() if cause == "refund" else cause,
            state="asked",
            created_at=now,
        )
    )
    post_for(unit, refunding, "topup.refund", now=now)
    tell(hall, unit, refunding, event)


async def refund_of(hall: Hall, order: Order) -> Refund:
    """The refund of an order, as providers are asked for it."""
    paid = await hall.store.one(select(payments.c.provider_no).where(payments.c.payment_no == order.order_no))
    amount = order.paid_fen - order.delivered_fen
    return Refund(refund_no(order), order.order_no, paid.provider_no if paid else "", order.paid_fen, amount)


def refund_no(order: Order) -> str:
    """One refund an order: its number is the order's with another letter."""
    return f"R{order.order_no[1:]}"


def tell(hall: Hall, unit: Unit, order: Order, event: str, **facts: Any) -> None:
    """Stage the message to the customer, by the channel that ordered; each event once an order.

    The sentence is `utter_topup_<event>` for data, `utter_credit_<event>` for credit.
    """
    response = f"utter_{'credit' if order.product == 'credit' else 'topup'}_{event}"
    post_event(
        unit,
        hall.clock.now(),
        time.time_ns(),
        conversation=order.conversation,
        key=f"{order.order_no}:{response}",
        response=response,
        facts=order_facts(hall, order) | facts,
    )


def order_facts(hall: Hall, order: Order) -> dict[str, Any]:
    """What the sentences about an order may say; the number is masked, for this is stored."""
    return {
        "order_no": order.order_no,
        "number": mask_msisdn(order.msisdn),
        "size": size(order.data_mb),
        "price": short_yuan(order.price_fen),
        "refund": short_yuan(order.paid_fen - order.delivered_fen),
        "minutes": hall.policy.topup.usual_minutes,
        "days": hall.policy.topup.refund_days,
        "expiry": int(hall.policy.topup.expires.total_seconds() // 60),
    }


def size(data_mb: int) -> str:
    """`5120` → `5GB`, `512` → `512MB`, `1536` → `1.5GB`."""
    return f"{data_mb / 1024:g}GB" if data_mb >= 1024 else f"{data_mb}MB"


async def _take(hall: Hall, notice: Notice, actor: str) -> Outcome:
    known = (notices.c.provider == notice.provider) & (notices.c.notice_id == notice.notice_id)
    if before := await hall.store.one(select(notices.c.outcome).where(known)):
        refused: dict[str, Outcome] = {"amount_differs": "amount_differs", "unknown_order": "unknown_order"}
        return refused.get(before.outcome, "repeat")
    order = await find(hall.store, notice.payment_no)
    unit = hall.store.unit()
    outcome = await _settle(hall, unit, order, notice, actor)
    unit.stage(_record(hall, order, notice, outcome))
    await unit.commit()
    return outcome


async def _settle(hall: Hall, unit: Unit, order: Order | None, notice: Notice, actor: str) -> Outcome:
    now = hall.clock.now()
    if order is None or hall.payments[order.way].provider != notice.provider:
        log.error("payments: %s of %s is for no order", notice.notice_id, notice.provider)
        return "unknown_order"
    if notice.amount_fen != order.price_fen:
        log.error("payments: %s has another amount than order %s", notice.notice_id, order.order_no)
        flag(unit, order, "amount_differs", now=now, actor=actor)
        return "amount_differs"
    if order.paid_fen:
        return "repeat"
    unit.stage(_paid(notice), expect=1)
    if order.state == saga.AWAIT_PAY:
        paid = move(unit, order, "paid", now=now, actor=actor, paid_fen=notice.amount_fen)
        post_for(unit, paid, "topup.submit", now=now)
        return "paid"
    start_refund(hall, unit, order, "paid_late", actor=actor, event="late_refunding", paid_fen=notice.amount_fen)
    return "late"


def _paid(notice: Notice) -> Executable:
    mine = (payments.c.payment_no == notice.payment_no) & payments.c.paid_at.is_(None)
    return update(payments).where(mine).values(paid_at=notice.paid_at, provider_no=notice.provider_no)


def _record(hall: Hall, order: Order | None, notice: Notice, outcome: Outcome) -> Executable:
    return insert(notices).values(
        provider=notice.provider,
        notice_id=notice.notice_id,
        payment_no=notice.payment_no,
        amount_fen=notice.amount_fen,
        outcome=outcome,
        at=hall.clock.now(),
        conversation=order.conversation if order else "",
    )
