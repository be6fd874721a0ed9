"""The life of an order: every state and every move, written once.

An order moves only by `orders.move`, which looks here. docs/orders.md and the database's own check of every
step are made of the same table. A move that is not in it cannot happen: none leaves SUCCEEDED, so what was
delivered is never refunded.
"""

from __future__ import annotations

from dataclasses import dataclass

from hall.errors import HallError
from hall.store.tables.topup import STATES

DRAFT, CONFIRMED, AWAIT_PAY = "DRAFT", "CONFIRMED", "AWAIT_PAY"
PAID, SUBMITTING, PROCESSING = "PAID", "SUBMITTING", "PROCESSING"
SUCCEEDED, FAILED, PARTIAL = "SUCCEEDED", "FAILED", "PARTIAL"
REFUNDING, REFUNDED, REFUND_STUCK = "REFUNDING", "REFUNDED", "REFUND_STUCK"
EXPIRED, CANCELLED = "EXPIRED", "CANCELLED"


@dataclass(frozen=True, slots=True)
class Move:
    """One move: `cause` leads from the state `before` to the state `after`."""

    before: str
    cause: str
    after: str
    when: str  # for docs/orders.md


TABLE = (
    Move(DRAFT, "confirmed", CONFIRMED, "the customer said yes to what was shown"),
    Move(CONFIRMED, "asked_to_pay", AWAIT_PAY, "the order is kept and its payment known"),
    Move(AWAIT_PAY, "paid", PAID, "a verified notice, or the provider's answer to a query"),
    Move(AWAIT_PAY, "expired", EXPIRED, "the provider says: not paid"),
    Move(AWAIT_PAY, "cancelled", CANCELLED, "by the customer"),
    Move(EXPIRED, "paid_late", REFUNDING, "the money came after the end"),
    Move(CANCELLED, "paid_late", REFUNDING, "the money came after the end"),
    Move(PAID, "submitting", SUBMITTING, "written before the supplier is called"),
    Move(SUBMITTING, "accepted", PROCESSING, "accepted is not done"),
    Move(SUBMITTING, "unknown", PROCESSING, "the answer was lost: ask, never refund"),
    Move(SUBMITTING, "delivered", SUCCEEDED, "the supplier said so"),
    Move(SUBMITTING, "failed", FAILED, "the supplier said so"),
    Move(SUBMITTING, "partial", PARTIAL, "the supplier said so, with the worth of what arrived"),
    Move(PROCESSING, "delivered", SUCCEEDED, "the supplier said so, or a person after asking it"),
    Move(PROCESSING, "failed", FAILED, "the supplier said so, or a person after asking it"),
    Move(PROCESSING, "partial", PARTIAL, "the supplier said so, with the worth of what arrived"),
    Move(FAILED, "refund", REFUNDING, "by itself, in the same moment"),
    Move(PARTIAL, "refund", REFUNDING, "of what was not delivered"),
    Move(REFUNDING, "refunded", REFUNDED, "the provider said so"),
    Move(REFUNDING, "refund_stuck", REFUND_STUCK, "the provider refused, or was silent for too long: a person"),
    Move(REFUND_STUCK, "resubmitted", REFUNDING, "by a person, under the same refund number"),
    Move(REFUND_STUCK, "refunded", REFUNDED, "paid back by hand"),
)
MOVES = {(move.before, move.cause): move.after for move in TABLE}

FIRST = DRAFT
PASSED = (DRAFT, CONFIRMED)  # states that every stored order has behind it, from the moment in which it is placed
RUNNING = (PAID, SUBMITTING, PROCESSING)  # paid, and the outcome is open
COUNTS = {**dict.fromkeys(RUNNING, "running"), SUCCEEDED: "delivered"}  # towards the limits; other states do not count
RESTING = (SUCCEEDED, REFUNDED, EXPIRED, CANCELLED)  # nothing is left to do, unless money comes late
WITH_A_PERSON = (REFUND_STUCK,)  # only a person moves it on; in other states an order may be flagged as stuck

__all__ = [
    "COUNTS",
    "FIRST",
    "MOVES",
    "PASSED",
    "RESTING",
    "RUNNING",
    "STATES",
    "TABLE",
    "IllegalMove",
    "after",
    "told",
]


# how a customer is told of a state; what runs inside the hall is one to him
TOLD = {
    AWAIT_PAY: "await_pay",
    **dict.fromkeys(RUNNING, "processing"),
    SUCCEEDED: "succeeded",
    **dict.fromkeys((FAILED, PARTIAL, REFUNDING), "refunding"),
    REFUNDED: "refunded",
    REFUND_STUCK: "refund_stuck",
    EXPIRED: "expired",
    CANCELLED: "cancelled",
}
TOLD_STUCK = {PROCESSING: "stuck", AWAIT_PAY: "amount_differs"}  # where a person looks into it
TOLD_PARTLY = {"refunding": "partly_refunding", "refunded": "partly_refunded"}  # a part was delivered


class IllegalMove(HallError):
    """An order was to be moved in a way that the table does not have."""

    def __init__(self, state: str, cause: str) -> None:
        super().__init__(f"{state} does not move by {cause}")
        self.state, self.cause = state, cause


def told(state: str, *, stuck: bool = False, partly: bool = False) -> str:
    """How a customer is told of `state`: one word for answers and pages alike."""
    if stuck and state in TOLD_STUCK:
        return TOLD_STUCK[state]
    word = TOLD[state]
    return TOLD_PARTLY.get(word, word) if partly and not stuck else word


def after(state: str, cause: str) -> str:
    """The state that `cause` leads to from `state`; raises IllegalMove."""
    try:
        return MOVES[state, cause]
    except KeyError:
        raise IllegalMove(state, cause) from None
