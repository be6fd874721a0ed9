"""Addresses of payment pages. They are the hall's own, so that a turn needs no call to a provider.

The page makes the payment known to its provider when it is opened. The token keeps others from trying order numbers.
Customers are told a short address, which leads to the long one: half of an SMS is too much for a link.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

from sqlalchemy import select

from hall.store.prepared import Prepared, given, inserting_once
from hall.store.tables.topup import pay_links

if TYPE_CHECKING:
    from hall.context import Hall
    from hall.store.unit import Store, Unit

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"  # none is taken for another when typed
CODE_LENGTH = 10  # 58 bits, which nobody guesses; with /p/ thirteen characters of an SMS
_KEEP = inserting_once(pay_links)
_OF_CODE = Prepared(select(pay_links.c.payment_no).where(given(pay_links.c.code)))


def short_url(hall: Hall, unit: Unit, payment_no: str) -> str:
    """The address of a payment's page as it is told to customers; staged with the rest, so that it can be opened."""
    code = short_code(hall.secret, payment_no)
    unit.stage(_KEEP, {"code": code, "payment_no": payment_no, "created_at": hall.clock.now()})
    return f"{hall.public_url}/p/{code}"


def short_code(secret: bytes, payment_no: str) -> str:
    """The same ten characters for a payment each time, which only the hall can make."""
    number = int.from_bytes(hmac.new(secret, f"link:{payment_no}".encode(), hashlib.sha256).digest()[:16])
    return "".join(ALPHABET[number // len(ALPHABET) ** place % len(ALPHABET)] for place in range(CODE_LENGTH))


async def payment_of(store: Store, code: str) -> str | None:
    """The number of the payment that a short address leads to, or None."""
    row = await store.one(_OF_CODE, {"its_code": code}) if len(code) == CODE_LENGTH else None
    return row.payment_no if row else None


def pay_url(hall: Hall, way: str, payment_no: str) -> str:
    """The address of the page on which a payment is made."""
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
