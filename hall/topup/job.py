"""A job: an outbox message that asks the payment provider or the supplier about one order or refund."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hall.store.outbox import OutboxMessage

OLD_OCCASIONS = 1_000_000  # before the field `occasion`, a step from here on stood for one


@dataclass(frozen=True, slots=True)
class Job:
    """A question to ask, and how often it was asked before.

    Without an `occasion` it is a link of a chain: when it brings no end, the next step is staged with a pause
    that grows with `step`. With an `occasion` it is one more question beside the chain, for an agent, a
    customer or the watch.
    """

    kind: str  # topup.submit, topup.query, money.refund, …: selects the handler
    step: int = 0
    occasion: str = ""  # unique for the order and kind; at most 64 characters
    at: datetime | None = None  # not before then; None: as soon as possible

    @classmethod
    def of(cls, message: OutboxMessage) -> Job:
        """The job of a stored message; also of one that a version without `occasion` has stored."""
        step, occasion = int(message.body["step"]), str(message.body.get("occasion", ""))
        if "occasion" not in message.body and step >= OLD_OCCASIONS:
            step, occasion = 0, str(step)
        return cls(message.kind, step, occasion)

    def key(self, number: str) -> str:
        """The idempotency key of its message: `number` is the order's or the refund's."""
        return ":".join((self.kind, number, *filter(None, (self.occasion,)), str(self.step)))

    def body(self, **number: str) -> dict[str, Any]:
        """The body of its message; `number` is order_no or refund_no."""
        return {**number, "step": self.step, "occasion": self.occasion}
