"""Messages to the customer about an order, sent by the channel that it was ordered in."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from hall.privacy import mask_msisdn
from hall.store.inbox import HallEvent, post_event

if TYPE_CHECKING:
    from hall.change import Change
    from hall.context import Hall
    from hall.topup.orders import Order

OrderEvent = Literal[
    "succeeded",
    "failed_refunding",
    "partial_refunding",
    "part_unclear",
    "late_refunding",
    "refunded",
    "refund_stuck",
    "late",
    "later",
    "stuck",
    "expired",
    "cancelled",
]
PaymentEvent = Literal[  # of a payment beside the order's own: a second one, or one of a wrong amount
    "second_refunding",
    "second_refunded",
    "second_stuck",
    "wrong_refunding",
    "wrong_refunded",
    "wrong_stuck",
]
Event = OrderEvent | PaymentEvent


ANSWERS: Mapping[Event, str] = {  # in bot/domain; the same whatever was bought
    "succeeded": "utter_topup_succeeded",
    "failed_refunding": "utter_topup_failed_refunding",
    "partial_refunding": "utter_topup_partial_refunding",
    "part_unclear": "utter_topup_part_unclear",
    "late_refunding": "utter_topup_late_refunding",
    "refunded": "utter_topup_refunded",
    "refund_stuck": "utter_topup_refund_stuck",
    "late": "utter_topup_late",
    "later": "utter_topup_later",
    "stuck": "utter_topup_stuck",
    "expired": "utter_topup_expired",
    "cancelled": "utter_topup_cancelled",
    "second_refunding": "utter_payment_second_refunding",
    "second_refunded": "utter_payment_second_refunded",
    "second_stuck": "utter_payment_second_stuck",
    "wrong_refunding": "utter_payment_wrong_refunding",
    "wrong_refunded": "utter_payment_wrong_refunded",
    "wrong_stuck": "utter_payment_wrong_stuck",
}


def notify(change: Change, order: Order, event: Event, occasion: str = "", **facts: Any) -> None:
    """Stage a message to the customer; the same event and occasion of an order again stages nothing."""
    response = ANSWERS[event]
    post_event(
        change.unit,
        change.now,
        HallEvent(
            conversation=order.conversation,
            key=":".join(filter(None, (order.order_no, response, occasion))),
            response=response,
            facts={"order": order_facts(change.hall, order) | facts},
        ),
    )


def order_facts(hall: Hall, order: Order) -> dict[str, Any]:
    """What answers say of an order, as plain JSON, because it is stored; the number is masked. Amounts are fen."""
    rules = hall.policy.topup
    return {
        "order_no": order.order_no,
        "number": mask_msisdn(order.msisdn),
        "product": order.product,
        "data_mb": order.data_mb,
        "scope": order.scope,
        "face_fen": order.face_fen,
        "price_fen": order.price_fen,
        "way": order.way,
        "ordered_at": order.created_at.isoformat(),
        "expires_at": order.expires_at.isoformat(),
        "minutes_left": max(1, math.ceil((order.expires_at - hall.clock.now()).total_seconds() / 60)),
        "delivered_fen": order.delivered_fen,
        "delivered_mb": round(order.data_mb * order.delivered_fen / order.price_fen),
        "refund_fen": order.paid_fen - order.delivered_fen,
        "refund_days": rules.refund_days,
        "pay_minutes": int(rules.expires.total_seconds() // 60),
    }


def size(data_mb: int) -> str:
    """`5120` → `5GB`, `512` → `512MB`, `1536` → `1.5GB`."""
    return f"{data_mb / 1024:g}GB" if data_mb >= 1024 else f"{data_mb}MB"
