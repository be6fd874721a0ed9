"""Addresses of payment pages. They are the hall's own, so that a turn needs no call to a provider.

The page makes the payment known to its provider when it is opened. The token keeps others from trying order numbers.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hall.context import Hall


def pay_url(hall: Hall, way: str, payment_no: str) -> str:
    """The address of the page on which a payment is made; short, because it goes by SMS."""
    return signed_url(hall.public_url, hall.payments[way].provider, hall.secret, payment_no)


def qr_url(hall: Hall, way: str, payment_no: str) -> str:
    """The address of a picture (SVG) of the code that leads to `pay_url`."""
    return signed_url(hall.public_url, hall.payments[way].provider, hall.secret, payment_no, "/qr.svg")


def signed_url(public_url: str, provider: str, secret: bytes, payment_no: str, leaf: str = "") -> str:
    """An address of a payment with its token."""
    return f"{public_url}/pay/{provider}/{payment_no}{leaf}?t={token(secret, payment_no)}"


def token(secret: bytes, payment_no: str) -> str:
    """Twelve characters (72 bits) for a payment, which only the hall can make."""
    digest = hmac.new(secret, f"pay:{payment_no}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:9]).decode()


def token_is_right(secret: bytes, payment_no: str, given: str) -> bool:
    """Whether the token is the payment's; compared in constant time."""
    return hmac.compare_digest(token(secret, payment_no).encode(), given.encode("utf-8", "replace"))
