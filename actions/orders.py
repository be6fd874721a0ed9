"""What became of an order, and whether money comes back: answered from the order's state and the rules."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping

from actions.base import Choice, HallAction, Outcome, Say, Turn, proceed, say
from actions.topup_number import payer
from actions.topup_paying import to_pay
from actions.unpaid import unpaid_of, which
from hall import charges
from hall.books import fee_refund
from hall.change import Change
from hall.topup import choosing, late, orders, refund, states
from hall.topup.job import Job
from hall.topup.notifications import order_facts
from hall.topup.orders import Order

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
TOPUPS = ("topup_data", "topup_credit", "check_order", "ask_refund", "check_payments")  # of flows: and those of orders
FAILED = (states.REFUNDING, states.REFUND_STUCK, states.REFUNDED)
MISSED = (*TOPUPS[:3], "check_payments")  # … after which a refund is of what was spoken of
CHARGE = "explain_charge"
_WHAT_IF = re.compile(
    r"(?:充|买|付)(?:完|错|了|好)[^。]{0,8}(?:能|可以|会|让|给)(?:不能|不可以|不会|不让|不给)?退|万一|要是|如果|能不能退|能退[吗不么]"
)
PERSON = Choice("utter_choice_person", payload="/talk_to_human")
OPEN = (states.AWAIT_PAY, *states.RUNNING, states.REFUNDING, states.REFUND_STUCK)


class CheckOrder(HallAction):
    """Says how far the customer's newest orders are, or the one whose number he typed."""

    name_ = "action_check_order"

    async def act(self, turn: Turn) -> Outcome:
        named, found = await _orders(turn)
        asked = (turn.slots.get("asked") or {}).get("amount_fen") or [None]  # of this question, else of the last one
        if (amount := asked[-1] or turn.slots.get("order_fen")) and not named:
            return proceed(*await _of_amount(turn, amount))
        if not found:
            return proceed(say("utter_order_unknown" if named else "utter_order_none"))
        unpaid = [] if named else await unpaid_of(turn)
        today = turn.hall.clock.local().date()
        if not named and (told := choosing.described(turn.text, found, today)):
            found, unpaid = told, [order for order in unpaid if order in told]
        shown = [found[0], *(order for order in found[1:] if order.state in OPEN)]
        if len(unpaid) > 1:  # told apart in one list, not with a link each
            shown = [order for order in shown if order not in unpaid]
        for order in {*shown, *unpaid}:
            check_paid(turn, order)
        listed = [which(turn, unpaid, "utter_orders_unpaid", "check_order")] if len(unpaid) > 1 else []
        return proceed(*[said for order in shown for said in await told_of(turn, order)], *listed)


class AskRefund(HallAction):
    """Whether money comes back; of a payment made twice, what becomes of the second."""

    name_ = "action_ask_refund"

    async def act(self, turn: Turn) -> Outcome:
        named, found = await _orders(turn)
        if not named and (told := await _of_fees(turn, found)):
            return proceed(told)
        if not found:
            # a payment was asked for, and was not there; 充错了能不能退, of who has paid nothing, asks for the rule
            missed = turn.slots.get("spoken_of") in MISSED and not _WHAT_IF.search(turn.text)
            return proceed(
                say("utter_order_unknown" if named else "utter_refund_none" if missed else "utter_refund_rule")
            )
        order = found[0]
        check_paid(turn, order)
        if "paid_twice" in turn.cues:
            return proceed(*await _paid_twice(turn, order))
        beside = await _beside(turn, order)
        return proceed(_told(turn, order, REFUND), *beside)


class OrderFailed(HallAction):
    """Why a top-up failed, as far as that is known, and what became of the money."""

    name_ = "action_order_failed"

    async def act(self, turn: Turn) -> Outcome:
        _, found = await _orders(turn)
        failed = next((order for order in found if order.state in FAILED), None)
        if failed is None:
            return await CheckOrder().act(turn)
        return proceed(say("utter_order_why_failed"), *await told_of(turn, failed))


class NothingToCancel(HallAction):
    """He stops what is not under way: he may mean an order that waits for its payment."""

    name_ = "action_nothing_to_cancel"

    async def act(self, turn: Turn) -> Outcome:
        unpaid = await unpaid_of(turn)
        for order in unpaid:
            check_paid(turn, order)
        if len(unpaid) > 1:
            return proceed(which(turn, unpaid, "utter_orders_unpaid", "check_order"))
        told = [say("utter_unpaid_left", order=order_facts(turn.hall, order)) for order in unpaid]
        return proceed(*told or [say("utter_nothing_to_cancel")])


async def _of_amount(turn: Turn, amount_fen: int) -> list[Say]:
    """How the newest order of that amount stands; none is said to be none, whatever else was ordered."""
    found = choosing.worth(amount_fen, await orders.visible(turn.unit, turn.conversation, payer(turn), limit=20))
    if not found:
        return [say("utter_order_no_amount", amount_fen=amount_fen)]
    check_paid(turn, found[0])
    return await told_of(turn, found[0])


async def _of_fees(turn: Turn, found: list[Order]) -> Say | None:
    """How a refund of fees stands that was asked for after the newest order; else what goes back of a service."""
    line = turn.line.msisdn
    asked = await fee_refund.of_line(turn.hall.store, line) if line else []
    if (
        asked
        and (not found or found[0].created_at < asked[0].created_at)
        and ("topup_words" not in turn.cues or "退费" in turn.text)
    ):
        return say("utter_given_back_before", refund=fee_refund.facts(turn.hall, asked[0]))
    if told := await _of_charged_service(turn):
        return told
    return say("utter_refund_service") if _is_of_a_service(turn) else None


def _is_of_a_service(turn: Turn) -> bool:
    """Whether money is wanted back that the operator took for a service, not what was paid for a top-up."""
    spoken = str(turn.slots.get("spoken_of") or (turn.slots.get("open_task") or {}).get("flow") or "")
    of_topups = not spoken or spoken in TOPUPS or spoken.startswith("order_")
    return "service_charge" in turn.cues or not (of_topups or "topup_words" in turn.cues)


async def _of_charged_service(turn: Turn) -> Say | None:
    """What goes back of the service whose charge was explained last: 给我退了 means that one."""
    kept = turn.slots.get("charge") or {}
    if turn.slots.get("spoken_of") != CHARGE or not str(kept.get("code")).startswith(charges.SERVICE):
        return None
    found = await charges.explained(turn.hall, turn.line.proved, kept["month"], kept["code"])
    if found is None or found.way != "cancel":
        return None
    values = json.dumps({"ended_service": kept["code"].removeprefix(charges.SERVICE), "unwanted": "yes"})
    yes = Choice("utter_choice_refund_service", facts={"name": found.item.name}, payload=f"/cancel_service{values}")
    return Say("utter_refund_of_service", {"name": found.item.name}, (yes, PERSON))


async def _paid_twice(turn: Turn, order: Order) -> list[Say]:
    """One payment an order: a second one goes back by itself; none is known otherwise."""
    if beside := await _beside(turn, order):
        return beside
    once = [say("utter_refund_once", order=order_facts(turn.hall, order))] if order.paid_fen else []
    return [*await told_of(turn, order), *once]


async def told_of(turn: Turn, order: Order) -> list[Say]:
    """How an order stands, with what became of payments beside its own."""
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
    if order.stuck is None and late.is_late(turn.hall, order):
        late.call_person(Change.begin(turn.hall, turn.unit, "customer"), order)
        slow = "utter_order_late" if answers is ORDER else "utter_refund_late"
        return say(slow, order=order_facts(turn.hall, order) | late.facts(turn.hall, order))
    word = states.told(order.state, stuck=bool(order.stuck), partly=bool(order.delivered_fen))
    return say(answers[word], order=order_facts(turn.hall, order))


def check_paid(turn: Turn, order: Order) -> None:
    """Stage a question to the provider: he may have paid, and the notice been lost. One a minute and order."""
    if order.state == states.AWAIT_PAY:
        minute = int(turn.hall.clock.now().timestamp() // 60)
        change = Change.begin(turn.hall, turn.unit, "customer")
        orders.enqueue_job(change, order, Job("topup.query_payment", occasion=f"customer-{minute}"))


async def _orders(turn: Turn) -> tuple[bool, list[Order]]:
    """Whether an order number was typed, and the orders meant that this customer may see, newest first."""
    typed = choosing.ORDER_NO.search(unicodedata.normalize("NFKC", turn.text).upper())
    number = typed.group() if typed else turn.slots.get("order_choice")
    if not number:
        return False, await orders.visible(turn.unit, turn.conversation, payer(turn))
    order = await orders.visible_one(turn.unit, number, turn.conversation, payer(turn))
    return True, [order] if order else []
