"""What the hall asks of a supplier of data packages and credit.

Accepted is not done. A lost answer, "not found" and any word that an adapter does not know mean that the delivery is
under way. Only `succeeded`, `failed` and `partial` end it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from hall.errors import HallError

Product = Literal["data", "credit"]
Status = Literal["accepted", "processing", "not_found", "succeeded", "failed", "partial"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is to be delivered. `order_no` is the idempotency key at the supplier.

    For credit `face_fen` is what is put on the line; `data_mb` is 0 and `valid` empty.
    """

    order_no: str
    msisdn: str
    sku: str
    data_mb: int
    valid: str  # "calendar month" | "30 days"
    product: Product = "data"
    face_fen: int = 0


@dataclass(frozen=True, slots=True)
class DeliveryState:
    """How far a delivery is: the supplier's answer to `submit` or `query`, or its verified callback.

    `reason` is that of a failure. Of a partial delivery `delivered_fen` is its worth, a part of the order's price, or
    `delivered_mb` how much of the data arrived, where the supplier tells that instead.
    """

    status: Status
    supplier_no: str | None = None
    reason: str | None = None
    delivered_fen: int = 0
    delivered_mb: int = 0


class BadCallback(HallError):
    """A callback that must not move anything; the codes are those of BadNotice."""

    def __init__(self, code: Literal["bad_signature", "foreign", "malformed"], why: str) -> None:
        super().__init__(f"{code}: {why}")
        self.code, self.why = code, why


class Supplier(Protocol):
    """A supplier. Calls have a time limit; they raise Unavailable("supplier") or OutcomeUnknown."""

    async def submit(self, delivery: Delivery) -> DeliveryState:
        """Ask for a delivery. The same order number again never delivers a second time."""

    async def query(self, order_no: str) -> DeliveryState:
        """How far a delivery is."""


@runtime_checkable
class CallsBack(Protocol):
    """A supplier that also reports by itself, with a callback."""

    acknowledgement: str  # the text that tells it that a callback was recorded

    def read_callback(self, body: bytes) -> tuple[str, DeliveryState]:
        """The order's number and state of a callback, verified: signature, account, shape. Raises BadCallback."""
