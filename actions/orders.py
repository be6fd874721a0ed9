"""What became of an order, and whether money comes back: answered from the order's state and the rules."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import timedelta

from actions.base import HallAction, Outcome, Say, Turn, proceed, say
from actions.topup_number import payer
from actions.topup_paying import to_pay
from hall.change import Change
from hall.topup import late, orders, refund, states
from hall.topup.job import Job
from hall.topup.notifications import order_facts
from hall.topup.orders import Order

ORDER_NO = re.compile(r"T\d{13}(?!\d)")
RECENT = timedelta(days=7)
# what is said of an order by how its state is told, when it is asked for and when money back is asked for
ORDER = {
    "amount_differs": "utter_order_amount_differs",
    "processing": "utter_order_processing",
    "stuck": "utter_order_stuck",
    "succeeded": "utter_order_succeeded",
    "refunding": "utter_order_refunding",
    "partly_refunding": "utter_order_partly_refunding",
    "refunded": "utter_order_refunded",
    "partly_refunded": "utter_order_partly_refunded",
    "refund_stuck": "utter_order_refund_stuck",
    "expired": "utter_order_expired",
    "cancelled": "utter_topup_cancelled",
}
REFUND = ORDER | {
    "await_pay": "utter_refund_await_pay",
    "processing": "utter_refund_processing",
    "succeeded": "utter_refund_succeeded",
}
BESIDE = {  # of a payment beside the order's own
    ("second", refund.ASKED): "utter_refund_second_asked",
    ("second", refund.DONE): "utter_payment_second_refunded",
    ("second", refund.STUCK): "utter_refund_second_stuck",
    ("wrong", refund.ASKED): "utter_refund_wrong_asked",
    ("wrong", refund.DONE): "utter_payment_wrong_refunded",
    ("wrong", refund.STUCK): "utter_refund_wrong_stuck",
}
OPEN = (states.AWAIT_PAY, *states.RUNNING, states.REFUNDING, states.REFUND_STUCK)


class CheckOrder(HallAction):
    """Says how far the customer's newest orders are, or the one whose number he typed."""

    name_ = "action_check_order"

    async def act(self, turn: Turn) -> Outcome:
        named, found = await _orders(turn)
        if not found:
            return proceed(say("utter_order_unknown" if named else "utter_order_none"))
        shown = [found[0], *(order for order in found[1:] if order.state in OPEN)]
        for order in shown:
            _ask_whether_paid(turn, order)
        return proceed(*[said for order in shown for said in await _state(turn, order)])


class CheckPayments(HallAction):
    """Whether paid credit arrived: the newest order of these days; what was paid elsewhere the hall does not know."""

    name_ = "action_check_payments"

    async def act(self, turn: Turn) -> Outcome:
        found = await orders.visible(turn.unit, turn.conversation, payer(turn), limit=20)
        since = turn.hall.clock.now() - RECENT
        credit = [o for o in found if o.product == "credit" and (o.state in OPEN or o.created_at >= since)]
        if not credit or "history" in turn.cues:
            return proceed(say("utter_elsewhere"))
        _ask_whether_paid(turn, credit[0])
        return proceed(*await _state(turn, credit[0]))


class AskRefund(HallAction):
    """Whether money comes back; of a payment made twice, what becomes of the second."""

    name_ = "action_ask_refund"

    async def act(self, turn: Turn) -> Outcome:
        named, found = await _orders(turn)
        if not found:
            return proceed(say("utter_order_unknown" if named else "utter_refund_rule"))
        order = found[0]
        _ask_whether_paid(turn, order)
        if "paid_twice" in turn.cues:
            return proceed(*await _paid_twice(turn, order))
        beside = await _beside(turn, order)
        return proceed(_told(turn, order, REFUND), *beside)


class NothingToCancel(HallAction):
    """He stops what is not under way: he may mean an order that waits for its payment."""

    name_ = "action_nothing_to_cancel"

    async def act(self, turn: Turn) -> Outcome:
        _, found = await _orders(turn)
        unpaid = [order for order in found if order.state == states.AWAIT_PAY]
        for order in unpaid:
            _ask_whether_paid(turn, order)
        return proceed(*[_told(turn, order, REFUND) for order in unpaid] or [say("utter_nothing_to_cancel")])


async def _paid_twice(turn: Turn, order: Order) -> list[Say]:
    """One payment an order: a second one goes back by itself; none is known otherwise."""
    if beside := await _beside(turn, order):
        return beside
    once = [say("utter_refund_once", order=order_facts(turn.hall, order))] if order.paid_fen else []
    return [*await _state(turn, order), *once]


async def _state(turn: Turn, order: Order) -> list[Say]:
    if order.state == states.AWAIT_PAY and not order.stuck:
        return [to_pay(turn, order, "utter_order_await_pay")]
    return [_told(turn, order, ORDER), *await _beside(turn, order)]


async def _beside(turn: Turn, order: Order) -> list[Say]:
    """What became of payments that came beside the order's own."""
    found = [r for r in await refund.of(turn.hall.store, order) if not r.of_the_order]
    facts = order_facts(turn.hall, order)
    return [
        say(BESIDE[refund.kind_beside(r.cause), r.state], order=facts | {"refund_fen": r.amount_fen}) for r in found
    ]


def _told(turn: Turn, order: Order, answers: Mapping[str, str]) -> Say:
    if answers is ORDER and order.stuck is None and late.is_late(turn.hall, order):
        late.raise_case(Change.begin(turn.hall, turn.unit, "customer"), order)
        return say("utter_order_late", order=order_facts(turn.hall, order) | late.facts(turn.hall, order))
    word = states.told(order.state, stuck=bool(order.stuck), partly=bool(order.delivered_fen))
    return say(answers[word], order=order_facts(turn.hall, order))


def _ask_whether_paid(turn: Turn, order: Order) -> None:
    """He may have paid, and the notice been lost: one query a minute and order."""
    if order.state == states.AWAIT_PAY:
        minute = int(turn.hall.clock.now().timestamp() // 60)
        change = Change.begin(turn.hall, turn.unit, "customer")
        orders.enqueue_job(change, order, Job("topup.query_payment", occasion=f"customer-{minute}"))


async def _orders(turn: Turn) -> tuple[bool, list[Order]]:
    """Whether an order number was typed, and the orders meant that this customer may see, newest first."""
    typed = ORDER_NO.search(unicodedata.normalize("NFKC", turn.text).upper())
    if typed is None:
        return False, await orders.visible(turn.unit, turn.conversation, payer(turn))
    order = await orders.visible_one(turn.unit, typed.group(), turn.conversation, payer(turn))
    return True, [order] if order else []
