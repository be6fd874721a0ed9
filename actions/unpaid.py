"""The orders of a customer that wait for their payment, and asking which of several is meant."""

from __future__ import annotations

import json

from actions.base import Choice, Say, Turn
from actions.topup_number import payer
from hall.topup import orders, states
from hall.topup.notifications import order_facts
from hall.topup.orders import Order

MOST = 10  # orders that are looked through


async def unpaid_of(turn: Turn) -> list[Order]:
    """They, oldest first: the first one that was ordered is 第一个. One that a person looks into is none of them."""
    found = await orders.visible(turn.unit, turn.conversation, payer(turn), limit=MOST)
    return [order for order in reversed(found) if order.state == states.AWAIT_PAY and not order.stuck]


def which(turn: Turn, unpaid: list[Order], response: str, intent: str = "inform") -> Say:
    """Tells several unpaid orders apart and asks which; the answer is for `intent`, by default the open question."""
    same = len({order.msisdn for order in unpaid}) == 1
    facts = {order.order_no: order_facts(turn.hall, order) for order in unpaid}
    choices = [
        Choice("utter_choice_order", facts={"order": one, "same": same}, payload=_payload(intent, order_no))
        for order_no, one in facts.items()
    ]
    number = next(iter(facts.values()))["number"]
    return Say(response, {"count": len(unpaid), "number": number, "same": same}, tuple(choices))


def _payload(intent: str, order_no: str) -> str:
    return f"/{intent}" + json.dumps({"order_choice": order_no}, separators=(",", ":"))
