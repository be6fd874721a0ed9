"""What a payment does to its order. Called with a verified notice, or with the answer to a query."""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import select

from hall.books import cases
from hall.books.cases import NewCase
from hall.books.ledger import CUSTOMER, SUSPENSE, Entry, Transfer, book, payment
from hall.change import Change
from hall.payments.port import Charge, Notice
from hall.store.prepared import Prepared, given, inserting
from hall.store.tables.topup import notices
from hall.store.unit import in_unit
from hall.topup import late, receipts, refund, states
from hall.topup.job import Job
from hall.topup.notifications import notify
from hall.topup.orders import Call, Order, enqueue_job, find, flag, move, note_call
from hall.topup.receipts import Receipt

if TYPE_CHECKING:
    from hall.context import Hall
    from hall.store.unit import Unit

log = logging.getLogger(__name__)

PaymentOutcome = Literal["paid", "late", "repeat", "second", "amount_differs", "unknown_order"]
REFUSED: dict[str, PaymentOutcome] = {"amount_differs": "amount_differs", "unknown_order": "unknown_order"}
RECORD_TRIES = 12  # the provider reports while jobs, agents and other notices may move the same order
_KNOWN = Prepared(select(notices.c.outcome).where(given(notices.c.provider), given(notices.c.notice_id)))
_INSERT_NOTICE = inserting(notices)


async def record(hall: Hall, notice: Notice, *, actor: str) -> PaymentOutcome:
    """Book a payment on its order, once, however often and by whatever way it is reported.

    paid: the order goes on. late: the order had ended, and the money goes back. second: another payment has
    paid the order, and this one goes back. repeat: it was booked before. amount_differs, unknown_order:
    refused; the money is held in suspense, and a person must decide.

    Raises Conflict when others kept moving the order, StoreUnavailable; then nothing was booked, and the
    provider reports it again.
    """

    async def work(unit: Unit) -> PaymentOutcome:
        return await _record(Change.begin(hall, unit, actor), notice)

    return await in_unit(hall.store, work, tries=RECORD_TRIES)


async def cancel(hall: Hall, order_no: str) -> bool:
    """End an unpaid order by the customer's wish; False when it does not wait for its payment any more."""
    order = await find(hall.store, order_no)
    if order is None or order.state != states.AWAIT_PAY:
        return False
    change = Change.begin(hall, hall.store.unit(), "customer")
    cancelled(change, order)
    await change.unit.commit()
    return True


def cancelled(change: Change, order: Order, *, tell: bool = True) -> None:
    """Stage the end of an unpaid order by the customer's wish; `tell` him, unless the caller does."""
    ended = move(change, order, "cancelled", stuck=None)
    if tell:
        notify(change, ended, "cancelled")


def charge(order: Order) -> Charge:
    """The payment of an order, as a provider is asked for it."""
    return Charge(order.order_no, order.way, order.price_fen, order.sku, order.expires_at)


async def _record(change: Change, notice: Notice) -> PaymentOutcome:
    key = {"its_provider": notice.provider, "its_notice_id": notice.notice_id}
    if before := await change.unit.one(_KNOWN, key):
        return REFUSED.get(before.outcome, "repeat")
    order = await _order_of(change, notice)
    outcome = await _book_once(change, order, notice)
    change.unit.stage(_INSERT_NOTICE, _notice_row(change, order, notice, outcome))
    if order is not None:
        note_call(change, order, Call("notice", payment(notice.provider), outcome, change.actor))
    return outcome


async def _order_of(change: Change, notice: Notice) -> Order | None:
    """The order of a notice; None as well when another provider was asked for the order's payment."""
    order = await find(change.unit, notice.payment_no)
    way = change.hall.payments.get(order.way) if order else None
    return order if way is not None and way.provider == notice.provider else None


async def _book_once(change: Change, order: Order | None, notice: Notice) -> PaymentOutcome:
    before = await receipts.get(change.hall.store, notice.provider, notice.provider_no)
    if before is not None:
        return await _repeated(change, order, before, notice)
    receipt = _receipt(change, order, notice)
    receipts.keep(change.unit, receipt)
    return _use(change, order, receipt, _short(notice))


def _use(change: Change, order: Order | None, receipt: Receipt, told: str) -> PaymentOutcome:
    """Stage what a payment is used for: its order, or suspense. `told` names the notice in the books."""
    if order is None or receipt.purpose == receipts.AMOUNT_DIFFERS:
        return _suspend(change, order, receipt, told)
    if receipt.purpose == receipts.SECOND:
        _to_suspense(change, receipt, told)
        refund.start_beside(change, receipt, order)
        return "second"
    values: dict[str, Any] = {"paid_fen": receipt.amount_fen, "stuck": None}
    _book(change, receipt, "paid", Transfer(payment(receipt.provider), CUSTOMER, receipt.amount_fen))
    if order.state == states.AWAIT_PAY:
        paid = move(change, order, "paid", **values)
        enqueue_job(change, paid, Job("topup.submit"))
        late.watch_out(change, paid)
        return "paid"
    refund.start(change, order, receipt, "paid_late", **values)
    return "late"


def _receipt(change: Change, order: Order | None, notice: Notice) -> Receipt:
    if order is None:
        purpose = receipts.UNKNOWN_ORDER
    elif notice.amount_fen != order.price_fen:
        purpose = receipts.AMOUNT_DIFFERS
    else:
        purpose = receipts.SECOND if order.paid_fen else receipts.ORDER
    return Receipt(
        notice.provider,
        notice.provider_no,
        order.conversation if order else "",
        notice.payment_no,
        notice.amount_fen,
        purpose,
        notice.paid_at,
        change.now,
    )


async def _repeated(change: Change, order: Order | None, before: Receipt, notice: Notice) -> PaymentOutcome:
    """The same payment in another notice: a repetition, or a correction of a notice that was refused."""
    if (notice.amount_fen, notice.payment_no) == (before.amount_fen, before.payment_no):
        return REFUSED.get(before.purpose, "repeat")
    right = _receipt(change, order, notice)
    if before.purpose == receipts.AMOUNT_DIFFERS and before.payment_no == right.payment_no and order is not None:
        return _correct(change, order, before, right, _short(notice))
    log.error("payments: %s reports %s otherwise than before", notice.provider, notice.provider_no)
    facts = _facts(before) | {"now_amount_fen": notice.amount_fen, "now_payment_no": notice.payment_no}
    _open_case(change, "contradiction", before, facts, notice.notice_id)
    return "amount_differs"


def _correct(change: Change, order: Order, before: Receipt, right: Receipt, told: str) -> PaymentOutcome:
    """Book back a payment that was reported with a wrong amount and is still held; use it as it is reported now."""
    change.unit.stage(receipts.changed(before, right), expect=1)
    back = Transfer(SUSPENSE, payment(before.provider), before.amount_fen)
    _book(change, before, f"corrected:{told}", back)
    cases.resolve(change, before.payment_no, "corrected", ("amount_differs",))
    return _use(change, order, right, told)


def _suspend(change: Change, order: Order | None, receipt: Receipt, told: str) -> PaymentOutcome:
    """Hold a payment that fits no order in suspense, for a person. The provider is asked once more."""
    log.error("payments: %s is not what an order asks for", receipt.name)
    _to_suspense(change, receipt, told)
    if order is None:
        _open_case(change, "unknown_order", receipt, _facts(receipt), told)
        return "unknown_order"
    if order.state == states.AWAIT_PAY:
        flag(change, order, "amount_differs")
    enqueue_job(change, order, Job("topup.query_payment", occasion=f"notice-{told}"))
    _open_case(change, "amount_differs", receipt, _facts(receipt) | {"price_fen": order.price_fen}, told)
    return "amount_differs"


def _to_suspense(change: Change, receipt: Receipt, told: str) -> None:
    held = Transfer(payment(receipt.provider), SUSPENSE, receipt.amount_fen)
    _book(change, receipt, f"suspense:{told}", held)


def _book(change: Change, receipt: Receipt, what: str, transfer: Transfer) -> None:
    entry = Entry(f"{receipt.name}:{what}", receipt.payment_no, receipt.conversation, change.now)
    book(change.unit, entry, transfer)


def _open_case(change: Change, kind: cases.Kind, receipt: Receipt, facts: dict[str, object], occasion: str) -> None:
    occasion = f"{receipt.name}:{occasion}"
    cases.open_case(change, NewCase(kind, receipt.payment_no, facts, receipt.conversation, occasion))


def _short(notice: Notice) -> str:
    """Twelve characters for a notice in the names of entries, jobs and cases: its own number may have 64."""
    return hashlib.sha256(notice.notice_id.encode()).hexdigest()[:12]


def _facts(receipt: Receipt) -> dict[str, object]:
    return {
        "order_no": receipt.payment_no,
        "provider": receipt.provider,
        "provider_no": receipt.provider_no,
        "amount_fen": receipt.amount_fen,
        "paid_at": receipt.paid_at.isoformat(),
    }


def _notice_row(change: Change, order: Order | None, notice: Notice, outcome: PaymentOutcome) -> dict[str, object]:
    return {
        "provider": notice.provider,
        "notice_id": notice.notice_id,
        "payment_no": notice.payment_no,
        "amount_fen": notice.amount_fen,
        "outcome": outcome,
        "at": change.now,
        "conversation": order.conversation if order else "",
    }
