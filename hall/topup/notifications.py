"""Messages to the customer about an order, sent by the channel that it was ordered in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

from hall.money import short_yuan
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
    "late_refunding",
    "refunded",
    "refund_stuck",
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


def notify(change: Change, order: Order, event: Event, occasion: str = "", **facts: Any) -> None:
    """Stage a message to the customer; the same event and occasion of an order again stages nothing."""
    response = response_of(order.product, event)
    post_event(
        change.unit,
        change.now,
        HallEvent(
            conversation=order.conversation,
            key=":".join(filter(None, (order.order_no, response, occasion))),
            response=response,
            facts=order_facts(change.hall, order) | facts,
        ),
    )


def response_of(product: str, event: Event) -> str:
    """The response in bot/domain; of a payment beside the order it is the same for every product."""
    if event in get_args(PaymentEvent):
        return f"utter_payment_{event}"
    return f"utter_{'credit' if product == 'credit' else 'topup'}_{event}"


def order_facts(hall: Hall, order: Order) -> dict[str, Any]:
    """The facts that a response about an order may use; the number is masked, because they are stored."""
    return {
        "order_no": order.order_no,
        "number": mask_msisdn(order.msisdn),
        "size": size(order.data_mb),
        "face": short_yuan(order.face_fen),
        "price": short_yuan(order.price_fen),
        "refund": short_yuan(order.paid_fen - order.delivered_fen),
        "minutes": hall.policy.topup.usual_minutes,
        "days": hall.policy.topup.refund_days,
        "expiry": int(hall.policy.topup.expires.total_seconds() // 60),
    }


def size(data_mb: int) -> str:
    """`5120` → `5GB`, `512` → `512MB`, `1536` → `1.5GB`."""
    return f"{data_mb / 1024:g}GB" if data_mb >= 1024 else f"{data_mb}MB"
