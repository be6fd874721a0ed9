"""The life of an order: every state and every move, written once.

An order moves only by `orders.move`, which looks here. What is not in the table does not happen:
nothing leaves SUCCEEDED, so what was delivered is never refunded.
"""

from __future__ import annotations

from hall.errors import HallError

AWAIT_PAY, PAID, SUBMITTING, PROCESSING = "AWAIT_PAY", "PAID", "SUBMITTING", "PROCESSING"
SUCCEEDED, FAILED, PARTIAL = "SUCCEEDED", "FAILED", "PARTIAL"
REFUNDING, REFUNDED, REFUND_STUCK = "REFUNDING", "REFUNDED", "REFUND_STUCK"
EXPIRED, CANCELLED = "EXPIRED", "CANCELLED"

MOVES: dict[tuple[str, str], str] = {
    # from          cause              to
    (AWAIT_PAY,    "paid"):           PAID,          # a verified notice, or the provider's answer to a query
    (AWAIT_PAY,    "expired"):        EXPIRED,       # the provider says: not paid
    (AWAIT_PAY,    "cancelled"):      CANCELLED,     # by the customer
    (EXPIRED,      "paid_late"):      REFUNDING,     # the money came after the end
    (CANCELLED,    "paid_late"):      REFUNDING,
    (PAID,         "submitting"):     SUBMITTING,    # written before the supplier is called
    (SUBMITTING,   "accepted"):       PROCESSING,    # accepted is not done
    (SUBMITTING,   "unknown"):        PROCESSING,    # the answer was lost: ask, never refund
    (SUBMITTING,   "delivered"):      SUCCEEDED,
    (SUBMITTING,   "failed"):         FAILED,
    (SUBMITTING,   "partial"):        PARTIAL,
    (PROCESSING,   "delivered"):      SUCCEEDED,
    (PROCESSING,   "failed"):         FAILED,
    (PROCESSING,   "partial"):        PARTIAL,
    (FAILED,       "refund"):         REFUNDING,
    (PARTIAL,      "refund"):         REFUNDING,     # of what was not delivered
    (REFUNDING,    "refunded"):       REFUNDED,
    (REFUNDING,    "refund_stuck"):   REFUND_STUCK,  # a person
    (REFUND_STUCK, "refunded"):       REFUNDED,
}  # fmt: skip

STATES = (
    AWAIT_PAY, PAID, SUBMITTING, PROCESSING, SUCCEEDED, FAILED, PARTIAL,
    REFUNDING, REFUNDED, REFUND_STUCK, EXPIRED, CANCELLED,
)  # fmt: skip
RUNNING = (PAID, SUBMITTING, PROCESSING)  # paid, outcome open


class IllegalMove(HallError):
    """An order was to be moved in a way that the table does not have."""

    def __init__(self, state: str, cause: str) -> None:
        super().__init__(f"{state} does not move by {cause}")
        self.state, self.cause = state, cause


def after(state: str, cause: str) -> str:
    """The state that `cause` leads to from `state`; raises IllegalMove."""
    try:
        return MOVES[state, cause]
    except KeyError:
        raise IllegalMove(state, cause) from None
