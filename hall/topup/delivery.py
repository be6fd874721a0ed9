"""What the supplier reports of an order, and what becomes of the order then.

Only succeeded, failed and partial end a delivery. Any other word, and silence, mean that it is still under way: the
supplier is asked again, and after 72 hours a person looks at it. Time alone never fails an order.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hall.books import cases
from hall.books.cases import NewCase
from hall.books.ledger import CUSTOMER, SUPPLIER, Entry, Transfer, book
from hall.bss.supplier.port import DeliveryState
from hall.change import Change
from hall.store.unit import in_unit
from hall.topup import receipts, refund, states
from hall.topup.notifications import notify
from hall.topup.orders import Call, Order, case_facts, find, flag, move, note_call

if TYPE_CHECKING:
    from hall.context import Hall
    from hall.store.unit import Unit

CALLBACK_TRIES = 12  # the supplier reports while payments, agents and jobs may move the same order
WITH_SUPPLIER = (states.SUBMITTING, states.PROCESSING)  # the supplier has the order, or may have it
ENDS = ("succeeded", "failed", "partial")
RESOLVED: tuple[cases.Kind, ...] = (
    "outcome_unknown",
    "slow",
    "partial_unclear",
    "in_between",
)  # cases that an end resolves
MAX_REASON_LENGTH = 64  # characters of its column


async def record_callback(hall: Hall, order_no: str, reported: DeliveryState, *, actor: str) -> bool:
    """Apply what the supplier reported by itself, verified by its adapter; False when there is no such order.

    A report that comes twice, late or out of order changes nothing. Raises Conflict when others kept moving the order,
    StoreUnavailable; then nothing was changed, and the supplier reports again.
    """

    async def work(unit: Unit) -> bool:
        order = await find(unit, order_no)
        if order is None:
            return False
        change = Change.begin(hall, unit, actor)
        note_call(change, order, Call("callback", actor, reported.status, reported.reason))
        await apply(change, order, reported)
        return True

    return await in_unit(hall.store, work, tries=CALLBACK_TRIES)


async def apply(change: Change, order: Order, reported: DeliveryState, note: str | None = None) -> Order:
    """Stage what a report means; the order as it will be, unchanged while the delivery is under way."""
    if reported.status not in ENDS:
        return order
    if order.state not in WITH_SUPPLIER:
        _check_contradiction(change, order, reported)
        return order
    if reported.status == "partial":
        reported = replace(reported, delivered_fen=reported.delivered_fen or _worth(order, reported.delivered_mb))
        if not 0 < reported.delivered_fen < order.paid_fen:
            return _flag_unclear(change, order, reported)
    return await _end(change, order, reported, note)


def _worth(order: Order, delivered_mb: int) -> int:
    """What a part of a package is worth: its share of the price, to the customer's favour; 0 when it is no part."""
    if not 0 < delivered_mb < order.data_mb:
        return 0
    return order.paid_fen * delivered_mb // order.data_mb


async def _end(change: Change, order: Order, reported: DeliveryState, note: str | None) -> Order:
    cases.resolve(change, order.order_no, reported.status, RESOLVED)
    if reported.status == "succeeded":
        _book(change, order, order.paid_fen)
        done = move(change, order, "delivered", note, stuck=None)
        notify(change, done, "succeeded")
        return done
    if reported.status == "failed":
        reason = reported.reason[:MAX_REASON_LENGTH] if reported.reason else None
        ended = move(change, order, "failed", note, reason=reason, stuck=None)
    else:
        _book(change, order, reported.delivered_fen)
        ended = move(change, order, "partial", note, delivered_fen=reported.delivered_fen, stuck=None)
    receipt = await receipts.of_order(change.hall.store, order.order_no)
    refund.start(replace(change, actor="hall"), ended, receipt, "refund")
    return ended


def _book(change: Change, order: Order, worth: int) -> None:
    """Stage that `worth` fen are owed to the supplier, and no more to the customer."""
    entry = Entry(f"{order.order_no}:delivered", order.order_no, order.conversation, change.now)
    book(change.unit, entry, Transfer(CUSTOMER, SUPPLIER, worth))


def _flag_unclear(change: Change, order: Order, reported: DeliveryState) -> Order:
    """Stage a case for a part that arrived without a believable worth; the delivery is still under way."""
    if order.stuck == "partial_unclear":
        return order
    facts = case_facts(order) | {"told_fen": reported.delivered_fen}
    cases.open_case(change, NewCase("partial_unclear", order.order_no, facts, order.conversation))
    notify(change, order, "part_unclear")
    return flag(change, order, "partial_unclear")


def _check_contradiction(change: Change, order: Order, reported: DeliveryState) -> None:
    """Stage a case when an order that has ended is reported to have ended otherwise."""
    refunded = order.state in (states.REFUNDING, states.REFUNDED, states.REFUND_STUCK)
    agrees = {
        "succeeded": order.state == states.SUCCEEDED,
        "failed": refunded and order.delivered_fen == 0,
        "partial": refunded and order.delivered_fen == reported.delivered_fen,
    }
    if agrees[reported.status]:
        return
    facts = case_facts(order) | {"told": reported.status, "by": change.actor}
    occasion = f"{order.state}:{reported.status}"
    cases.open_case(change, NewCase("contradiction", order.order_no, facts, order.conversation, occasion))
