"""What the hall asks of a payment provider.

Only a notice that `verify_notice` accepted, or an answer to `query`, moves an order: never the customer's word, never a
redirect of a browser. An order has one payment, under the order's number, and a payment has one refund, so that every
call may be repeated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from hall.errors import HallError


@dataclass(frozen=True, slots=True)
class Charge:
    """What is to be paid. `way` is wechat, alipay, …; after `expires_at` it should not be paid any more."""

    payment_no: str
    way: str
    amount_fen: int
    subject: str  # what the provider shows: the package's number
    expires_at: datetime
    payer_ip: str | None = None  # of the phone on which it is paid; None: another phone scans a code


@dataclass(frozen=True, slots=True)
class PaymentLink:
    """Where the customer pays, and until when: an address to open, or the text of a code to scan."""

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
    """The provider's answer to a query; `paid` is what a notice would have said."""

    status: Literal["unpaid", "paid"]
    paid: Notice | None = None


@dataclass(frozen=True, slots=True)
class Refund:
    """What is to be paid back, and of which payment: an order may have been paid twice by mistake.

    `paid_fen` is the whole payment, which some providers need; `amount_fen` is at most that.
    """

    refund_no: str  # the idempotency key at the provider
    payment_no: str
    provider_no: str  # the provider's number of the payment
    paid_fen: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class RefundState:
    """How far a refund is. done: the money is on its way back. processing: ask again. failed: a person must act."""

    status: Literal["done", "processing", "failed"]
    why: str = ""


class BadNotice(HallError):
    """A notice that must not move anything.

    `code` is bad_signature, stale, foreign (another app's) or malformed. Only `malformed` may be an honest
    mistake (400); the others are refused as not from the provider (401).
    """

    def __init__(self, code: Literal["bad_signature", "stale", "foreign", "malformed"], why: str) -> None:
        super().__init__(f"{code}: {why}")
        self.code, self.why = code, why


class PaymentRefused(HallError):
    """The provider refuses such a payment; `code` is its word. Nothing was changed."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Payments(Protocol):
    """A payment provider. Calls have a time limit and raise Unavailable("payment") or OutcomeUnknown."""

    @property
    def provider(self) -> str:
        """The provider's name in the addresses of pages and notices."""

    @property
    def acknowledgement(self) -> str | None:
        """The text that tells the provider that a notice was recorded; None: any response with status 200."""

    async def create(self, charge: Charge) -> PaymentLink:
        """Make the payment known to the provider; the same number again gives the same payment.

        Also raises PaymentRefused.
        """

    def verify_notice(self, headers: Mapping[str, str], body: bytes) -> Notice | None:
        """Verify a notice: signature, age, app, shape. `headers` are by lower-case name. Raises BadNotice.

        None: it is from the provider, but not about a payment that was made.
        """

    async def query(self, payment_no: str) -> PaymentState:
        """Whether a payment was made."""

    async def refund(self, refund: Refund) -> RefundState:
        """Pay back; the same refund number again pays nothing more."""

    async def query_refund(self, refund: Refund) -> RefundState:
        """How far a refund is."""
