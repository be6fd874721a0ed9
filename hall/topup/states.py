"""The life of an order: every state and every move, written once.

An order moves only by `orders.move`, which looks here; docs/orders.md and the database's own check of
every step are made of the same table. What is not in it does not happen: nothing leaves SUCCEEDED, so
what was delivered is never refunded.
"""

from __future__ import annotations

from hall.errors import HallError
from hall.store.tables.topup import STATES

DRAFT, CONFIRMED, AWAIT_PAY = "DRAFT", "CONFIRMED", "AWAIT_PAY"
PAID, SUBMITTING, PROCESSING = "PAID", "SUBMITTING", "PROCESSING"
SUCCEEDED, FAILED, PARTIAL = "SUCCEEDED", "FAILED", "PARTIAL"
REFUNDING, REFUNDED, REFUND_STUCK = "REFUNDING", "REFUNDED", "REFUND_STUCK"
EXPIRED, CANCELLED = "EXPIRED", "CANCELLED"

MOVES: dict[tuple[str, str], str] = {
    # from          cause              to
    (DRAFT,        "confirmed"):      CONFIRMED,     # the customer said yes to what was shown
    (CONFIRMED,    "asked_to_pay"):   AWAIT_PAY,     # the order is kept and its payment known
    (AWAIT_PAY,    "paid"):           PAID,          # a verified notice, or the provider's answer to a query
    (AWAIT_PAY,    "expired"):        EXPIRED,       # the provider says: not paid
    (AWAIT_PAY,    "cancelled"):      CANCELLED,     # by the customer
    (EXPIRED,      "paid_late"):      REFUNDING,     # the money came after the end
    (CANCELLED,    "paid_late"):      REFUNDING,     # the money came after the end
    (PAID,         "submitting"):     SUBMITTING,    # written before the supplier is called
    (SUBMITTING,   "accepted"):       PROCESSING,    # accepted is not done
    (SUBMITTING,   "unknown"):        PROCESSING,    # the answer was lost: ask, never refund
    (SUBMITTING,   "delivered"):      SUCCEEDED,     # the supplier said so
    (SUBMITTING,   "failed"):         FAILED,        # the supplier said so
    (SUBMITTING,   "partial"):        PARTIAL,       # the supplier said so, with the worth of what arrived
    (PROCESSING,   "delivered"):      SUCCEEDED,     # the supplier said so, or a person after asking it
    (PROCESSING,   "failed"):         FAILED,        # the supplier said so, or a person after asking it
    (PROCESSING,   "partial"):        PARTIAL,       # the supplier said so, with the worth of what arrived
    (FAILED,       "refund"):         REFUNDING,     # by itself, in the same moment
    (PARTIAL,      "refund"):         REFUNDING,     # of what was not delivered
    (REFUNDING,    "refunded"):       REFUNDED,      # the provider said so
    (REFUNDING,    "refund_stuck"):   REFUND_STUCK,  # the provider refused, or was silent for too long: a person
    (REFUND_STUCK, "handed_in"):      REFUNDING,     # by a person, under the same refund number
    (REFUND_STUCK, "refunded"):       REFUNDED,      # paid back by hand
}  # fmt: skip

FIRST = DRAFT
PASSED = (DRAFT, CONFIRMED)  # behind every order that is kept: both are over in the moment in which it is placed
RUNNING = (PAID, SUBMITTING, PROCESSING)  # paid, outcome open
COUNTS = {**dict.fromkeys(RUNNING, "running"), SUCCEEDED: "delivered"}  # towards the limits; others move no money
RESTING = (SUCCEEDED, REFUNDED, EXPIRED, CANCELLED)  # nothing is left to do
WITH_A_PERSON = (REFUND_STUCK,)  # moves by a person only; others may be flagged as stuck in their state

__all__ = ["COUNTS", "FIRST", "MOVES", "PASSED", "RESTING", "RUNNING", "STATES", "IllegalMove", "after"]


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
