"""What a payment does to its order. Called with a verified notice, or with the answer to a query."""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import select

from hall.books import cases
from hall.books.ledger import CUSTOMER, SUSPENSE, Transfer, book, payment
from hall.errors import Conflict
from hall.payments.port import Charge, Notice
from hall.store.prepared import Prepared, given, inserting
from hall.store.tables.topup import notices
from hall.topup import receipts, refund, states
from hall.topup.notifications import tell
from hall.topup.orders import Order, find, flag, move, note_call, post_for
from hall.topup.receipts import Receipt

if TYPE_CHECKING:
    from hall.context import Hall
    from hall.store.unit import Unit

log = logging.getLogger(__name__)

Outcome = Literal["paid", "late", "repeat", "second", "amount_differs", "unknown_order"]
REFUSED: tuple[Outcome, ...] = ("amount_differs", "unknown_order")
ATTEMPTS = 12
_KNOWN = Prepared(select(notices.c.outcome).where(given(notices.c.provider), given(notices.c.notice_id)))
_KEEP = inserting(notices)


async def take(hall: Hall, notice: Notice, *, actor: str) -> Outcome:
    """Book a payment on its order, once, however often and by whatever way it is told.

    paid: the order goes on; late: it had ended, the money goes back; second: it was paid already by
    another payment, this one goes back; repeat: it was booked before; amount_differs, unknown_order:
    refused, the money is kept in suspense, and a person must decide.

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
    if order is None or order.state != states.AWAIT_PAY:
        return False
    unit, now = hall.store.unit(), hall.clock.now()
    cancelled = move(unit, order, "cancelled", now=now, actor="customer", stuck=None)
    tell(hall, unit, cancelled, "cancelled")
    await unit.commit()
    return True


def charge(order: Order) -> Charge:
    """The payment of an order, as providers are asked for it."""
    return Charge(order.order_no, order.way, order.price_fen, order.sku, order.expires_at)


async def _take(hall: Hall, notice: Notice, actor: str) -> Outcome:
    if before := await hall.store.one(_KNOWN, {"its_provider": notice.provider, "its_notice_id": notice.notice_id}):
        refused: dict[str, Outcome] = {name: name for name in REFUSED}
        return refused.get(before.outcome, "repeat")
    order = await _order(hall, notice)
    unit = hall.store.unit()
    outcome = await _settle(hall, unit, order, notice, actor)
    unit.stage(_KEEP, _record(hall, order, notice, outcome))
    if order is not None:
        note_call(unit, order, "notice", payment(notice.provider), outcome, now=hall.clock.now(), note=actor)
    await unit.commit()
    return outcome


async def _order(hall: Hall, notice: Notice) -> Order | None:
    """The order that the notice is for; another provider than the order's has nothing to say about it."""
    order = await find(hall.store, notice.payment_no)
    way = hall.payments.get(order.way) if order else None
    return order if way is not None and way.provider == notice.provider else None


async def _settle(hall: Hall, unit: Unit, order: Order | None, notice: Notice, actor: str) -> Outcome:
    before = await receipts.get(hall.store, notice.provider, notice.provider_no)
    if before is not None:
        return await _told_again(hall, unit, order, before, notice, actor)
    receipt = _receipt(hall, order, notice)
    receipts.keep(unit, receipt)
    return _use(hall, unit, order, receipt, actor, _short(notice))


def _use(hall: Hall, unit: Unit, order: Order | None, receipt: Receipt, actor: str, told: str) -> Outcome:
    """Stage what a payment is used for: its order, or suspense. `told` names the notice in the books."""
    if order is None or receipt.purpose == receipts.AMOUNT_DIFFERS:
        return _suspend(hall, unit, order, receipt, actor, told)
    if receipt.purpose == receipts.SECOND:
        _to_suspense(hall, unit, receipt, told)
        refund.start_beside(hall, unit, receipt, order)
        return "second"
    now = hall.clock.now()
    values: dict[str, Any] = {"paid_fen": receipt.amount_fen, "stuck": None}
    _book(hall, unit, receipt, "paid", Transfer(payment(receipt.provider), CUSTOMER, receipt.amount_fen))
    if order.state == states.AWAIT_PAY:
        paid = move(unit, order, "paid", now=now, actor=actor, **values)
        post_for(unit, paid, "topup.submit", now=now)
        return "paid"
    refund.start(hall, unit, order, receipt, "paid_late", actor=actor, event="late_refunding", **values)
    return "late"


def _receipt(hall: Hall, order: Order | None, notice: Notice) -> Receipt:
    if order is None:
        purpose = receipts.UNKNOWN_ORDER
    elif notice.amount_fen != order.price_fen:
        purpose = receipts.AMOUNT_DIFFERS
    else:
        purpose = receipts.SECOND if order.paid_fen else receipts.ORDER
    return Receipt(
        notice.provider, notice.provider_no, order.conversation if order else "", notice.payment_no,
        notice.amount_fen, purpose, notice.paid_at, hall.clock.now(),
    )  # fmt: skip


async def _told_again(
    hall: Hall, unit: Unit, order: Order | None, before: Receipt, notice: Notice, actor: str
) -> Outcome:
    """The same payment in another notice: the same thing again, or a correction of what was refused."""
    if (notice.amount_fen, notice.payment_no) == (before.amount_fen, before.payment_no):
        refused: dict[str, Outcome] = {name: name for name in REFUSED}
        return refused.get(before.purpose, "repeat")
    right = _receipt(hall, order, notice)
    if before.purpose == receipts.AMOUNT_DIFFERS and before.payment_no == right.payment_no and order is not None:
        return _correct(hall, unit, order, before, right, actor, _short(notice))
    log.error("payments: %s tells %s otherwise than before", notice.provider, notice.provider_no)
    facts = _facts(before) | {"now_amount_fen": notice.amount_fen, "now_payment_no": notice.payment_no}
    _open(hall, unit, "contradiction", before, facts, occasion=notice.notice_id)
    return "amount_differs"


def _correct(hall: Hall, unit: Unit, order: Order, before: Receipt, right: Receipt, actor: str, told: str) -> Outcome:
    """What was told with a wrong amount and is still held is booked back, and taken as it is told now."""
    unit.stage(receipts.changed(before, right), expect=1)
    back = Transfer(SUSPENSE, payment(before.provider), before.amount_fen)
    _book(hall, unit, before, f"corrected:{told}", back)
    cases.settle(unit, before.payment_no, "corrected", now=hall.clock.now(), kinds=("amount_differs",))
    return _use(hall, unit, order, right, actor, told)


def _suspend(hall: Hall, unit: Unit, order: Order | None, receipt: Receipt, actor: str, told: str) -> Outcome:
    """The money is there but not for what it says: suspense, and a person. The provider is asked once more."""
    log.error("payments: %s is not what an order asks for", receipt.name)
    _to_suspense(hall, unit, receipt, told)
    if order is None:
        _open(hall, unit, "unknown_order", receipt, _facts(receipt), occasion=told)
        return "unknown_order"
    if order.state == states.AWAIT_PAY:
        flag(unit, order, "amount_differs", now=hall.clock.now(), actor=actor)
    post_for(unit, order, "topup.query_payment", now=hall.clock.now(), step=int(told, 16))
    _open(hall, unit, "amount_differs", receipt, _facts(receipt) | {"price_fen": order.price_fen}, occasion=told)
    return "amount_differs"


def _to_suspense(hall: Hall, unit: Unit, receipt: Receipt, told: str) -> None:
    held = Transfer(payment(receipt.provider), SUSPENSE, receipt.amount_fen)
    _book(hall, unit, receipt, f"suspense:{told}", held)


def _book(hall: Hall, unit: Unit, receipt: Receipt, what: str, transfer: Transfer) -> None:
    now = hall.clock.now()
    book(
        unit, f"{receipt.name}:{what}", transfer, subject=receipt.payment_no, conversation=receipt.conversation, now=now
    )


def _open(
    hall: Hall, unit: Unit, kind: cases.Kind, receipt: Receipt, facts: dict[str, object], *, occasion: str
) -> None:
    cases.open_case(
        unit, kind, receipt.payment_no, facts, now=hall.clock.now(), conversation=receipt.conversation,
        occasion=f"{receipt.name}:{occasion}",
    )  # fmt: skip


def _short(notice: Notice) -> str:
    """A notice's name in the names of entries and cases: its number may be long."""
    return hashlib.sha256(notice.notice_id.encode()).hexdigest()[:12]


def _facts(receipt: Receipt) -> dict[str, object]:
    return {
        "order_no": receipt.payment_no,
        "provider": receipt.provider,
        "provider_no": receipt.provider_no,
        "amount_fen": receipt.amount_fen,
        "paid_at": receipt.paid_at.isoformat(),
    }


def _record(hall: Hall, order: Order | None, notice: Notice, outcome: Outcome) -> dict[str, object]:
    return {
        "provider": notice.provider,
        "notice_id": notice.notice_id,
        "payment_no": notice.payment_no,
        "amount_fen": notice.amount_fen,
        "outcome": outcome,
        "at": hall.clock.now(),
        "conversation": order.conversation if order else "",
    }
