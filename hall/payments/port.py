"""What the hall asks of a payment provider.

Only a notice that `verify_notice` accepted, or an answer to `query`, moves an order: never the
customer's word, never a redirect of his browser. One payment an order, by the order's number, and
one refund a payment: every call may be repeated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from hall.errors import HallError


@dataclass(frozen=True, slots=True)
class Charge:
    """What is to be paid. `way` is wechat, alipay, …; after `expires_at` nobody should pay any more."""

    payment_no: str
    way: str
    amount_fen: int
    subject: str  # what the provider shows: the package's number
    expires_at: datetime
    payer_ip: str | None = None  # of the phone on which it is paid; None: it will be scanned by another


@dataclass(frozen=True, slots=True)
class PaymentLink:
    """Where the customer pays, and until when: an address to open, or a text for a code to be scanned."""

    url: str | None
    expires: datetime
    qr: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A payment that the provider vouches for. `notice_id` de-duplicates its repeats."""

    provider: str
    notice_id: str
    payment_no: str
    amount_fen: int
    provider_no: str  # the provider's number of the transaction
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentState:
    """The provider's answer to a query; `paid` is the notice that it amounts to."""

    status: Literal["unpaid", "paid"]
    paid: Notice | None = None


@dataclass(frozen=True, slots=True)
class Refund:
    """What is to be paid back, and of which payment: one order may by mistake have been paid twice.

    `paid_fen` is the whole of that payment, which some providers ask for; `amount_fen` is at most that.
    """

    refund_no: str  # the idempotency key at the provider
    payment_no: str
    provider_no: str  # the provider's number of the payment
    paid_fen: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class RefundState:
    """done: the money is on its way back; processing: ask again; failed: a person must act."""

    status: Literal["done", "processing", "failed"]
    why: str = ""


class BadNotice(HallError):
    """A notice that must not move anything.

    `code`: bad_signature, stale, foreign (another app's), malformed. Only `malformed` is an
    honest mistake (400); the others are refused as not from the provider (401).
    """

    def __init__(self, code: Literal["bad_signature", "stale", "foreign", "malformed"], why: str) -> None:
        super().__init__(f"{code}: {why}")
        self.code, self.why = code, why


class PaymentRefused(HallError):
    """The provider takes no such payment, by its word `code`; nothing was changed."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Payments(Protocol):
    """A payment provider. Calls have a time limit and raise Unavailable("payment") or OutcomeUnknown."""

    @property
    def provider(self) -> str:
        """Its name in the addresses of pages and notices."""

    @property
    def acknowledgement(self) -> str | None:
        """The text that tells the provider that a notice was recorded; None: any response with status 200."""

    async def create(self, charge: Charge) -> PaymentLink:
        """Make the payment known to the provider; the same number again gives the same payment.

        Raises PaymentRefused, too.
        """

    def verify_notice(self, headers: Mapping[str, str], body: bytes) -> Notice | None:
        """The notice, checked: signature, age, app, shape. `headers` by lower-case name. Raises BadNotice.

        None: it is the provider's, but tells of no payment that was made.
        """

    async def query(self, payment_no: str) -> PaymentState:
        """Whether it was paid."""

    async def refund(self, refund: Refund) -> RefundState:
        """Pay back; the same refund number again pays nothing more."""

    async def query_refund(self, refund: Refund) -> RefundState:
        """How far a refund is."""
