"""What customers are told of their orders, by the channel that ordered."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal, get_args

from hall.money import short_yuan
from hall.privacy import mask_msisdn
from hall.store.outbox import post_event

if TYPE_CHECKING:
    from hall.context import Hall
    from hall.store.unit import Unit
    from hall.topup.orders import Order


OrderEvent = Literal[
    "succeeded", "failed_refunding", "partial_refunding", "late_refunding", "refunded", "refund_stuck", "stuck",
    "expired", "cancelled",
]  # fmt: skip
PaymentEvent = Literal[  # of a payment beside the order's own: a second one, or one of a wrong amount
    "second_refunding", "second_refunded", "second_stuck", "wrong_refunding", "wrong_refunded", "wrong_stuck",
]  # fmt: skip
Event = OrderEvent | PaymentEvent


def tell(hall: Hall, unit: Unit, order: Order, event: Event, *, occasion: str = "", **facts: Any) -> None:
    """Stage the message to the customer; each event and occasion once an order."""
    response = sentence(order.product, event)
    post_event(
        unit,
        hall.clock.now(),
        time.time_ns(),
        conversation=order.conversation,
        key=":".join(filter(None, (order.order_no, response, occasion))),
        response=response,
        facts=order_facts(hall, order) | facts,
    )


def sentence(product: str, event: Event) -> str:
    """The response in bot/domain: of a payment beside the order the same whatever was bought."""
    if event in get_args(PaymentEvent):
        return f"utter_payment_{event}"
    return f"utter_{'credit' if product == 'credit' else 'topup'}_{event}"


def order_facts(hall: Hall, order: Order) -> dict[str, Any]:
    """What the sentences about an order may say; the number is masked, for this is stored."""
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
