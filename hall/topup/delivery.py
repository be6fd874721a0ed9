"""What the supplier says of an order, and what becomes of the order then.

Only succeeded, failed and partial are ends. Whatever else is said, or not said, is still under way:
the supplier is asked again, and after three days a person looks at it. Time alone never fails an order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hall.books import cases
from hall.books.ledger import CUSTOMER, SUPPLIER, Transfer, book
from hall.bss.supplier.port import Answer
from hall.errors import Conflict
from hall.topup import receipts, refund, states
from hall.topup.notifications import OrderEvent, tell
from hall.topup.orders import Order, case_facts, find, flag, move, note_call

if TYPE_CHECKING:
    from hall.context import Hall
    from hall.store.unit import Unit

ATTEMPTS = 12
ASKED = (states.SUBMITTING, states.PROCESSING)  # the supplier has it, or may have it
ENDS = ("succeeded", "failed", "partial")
WAITS: tuple[cases.Kind, ...] = ("outcome_unknown", "partial_unclear", "in_between")  # what an end resolves


async def hear(hall: Hall, order_no: str, answer: Answer, *, actor: str) -> bool:
    """Take what the supplier told by itself (verified by its adapter); False when there is no such order.

    The same again, late or out of order does no harm. Raises Conflict when others kept moving the
    order, StoreUnavailable; then nothing was changed and the supplier tells it again.
    """
    for attempt in range(ATTEMPTS):
        order = await find(hall.store, order_no)
        if order is None:
            return False
        unit = hall.store.unit()
        note_call(unit, order, "callback", actor, answer.status, now=hall.clock.now(), note=answer.reason)
        await take(hall, unit, order, answer, actor=actor)
        try:
            await unit.commit()
        except Conflict:
            if attempt == ATTEMPTS - 1:
                raise
            continue
        return True
    raise AssertionError("unreachable")


async def take(hall: Hall, unit: Unit, order: Order, answer: Answer, *, actor: str, note: str | None = None) -> Order:
    """Stage what the supplier's word means; the order as it will be, in a state of ASKED while it is under way."""
    if answer.status not in ENDS:
        return order
    if order.state not in ASKED:
        _compare(hall, unit, order, answer, actor)
        return order
    if answer.status == "partial" and not 0 < answer.delivered_fen < order.paid_fen:
        return _unclear(hall, unit, order, answer, actor)
    return await _end(hall, unit, order, answer, actor, note)


async def _end(hall: Hall, unit: Unit, order: Order, answer: Answer, actor: str, note: str | None) -> Order:
    now = hall.clock.now()
    cases.settle(unit, order.order_no, answer.status, now=now, kinds=WAITS)
    if answer.status == "succeeded":
        _book(hall, unit, order, order.paid_fen)
        done = move(unit, order, "delivered", now=now, actor=actor, note=note, stuck=None)
        tell(hall, unit, done, "succeeded")
        return done
    receipt = await receipts.of_order(hall.store, order.order_no)
    if answer.status == "failed":
        event: OrderEvent = "failed_refunding"
        ended = move(unit, order, "failed", now=now, actor=actor, note=note, reason=_short(answer.reason), stuck=None)
    else:
        event = "partial_refunding"
        worth = answer.delivered_fen
        _book(hall, unit, order, worth)
        ended = move(unit, order, "partial", now=now, actor=actor, note=note, delivered_fen=worth, stuck=None)
    refund.start(hall, unit, ended, receipt, "refund", actor="hall", event=event)
    return ended


def _book(hall: Hall, unit: Unit, order: Order, worth: int) -> None:
    """What arrived is owed to the supplier, no more to the customer."""
    book(
        unit, f"{order.order_no}:delivered", Transfer(CUSTOMER, SUPPLIER, worth),
        subject=order.order_no, conversation=order.conversation, now=hall.clock.now(),
    )  # fmt: skip


def _unclear(hall: Hall, unit: Unit, order: Order, answer: Answer, actor: str) -> Order:
    """A part arrived and nobody says how much: to a person, it is still under way."""
    if order.stuck == "partial_unclear":
        return order
    now = hall.clock.now()
    flagged = flag(unit, order, "partial_unclear", now=now, actor=actor)
    facts = case_facts(order) | {"told_fen": answer.delivered_fen}
    cases.open_case(unit, "partial_unclear", order.order_no, facts, now=now, conversation=order.conversation)
    return flagged


def _compare(hall: Hall, unit: Unit, order: Order, answer: Answer, actor: str) -> None:
    """The order ended before: the same word is an echo, another one a contradiction for a person."""
    found = (states.REFUNDING, states.REFUNDED, states.REFUND_STUCK)
    agrees = {
        "succeeded": order.state == states.SUCCEEDED,
        "failed": order.state in found and order.delivered_fen == 0,
        "partial": order.state in found and order.delivered_fen == answer.delivered_fen,
    }
    if agrees[answer.status]:
        return
    facts = case_facts(order) | {"told": answer.status, "by": actor}
    cases.open_case(
        unit, "contradiction", order.order_no, facts, now=hall.clock.now(), conversation=order.conversation,
        occasion=f"{order.state}:{answer.status}",
    )  # fmt: skip


def _short(reason: str | None) -> str | None:
    """As much of the supplier's word as its column takes."""
    return reason[:64] if reason else None
