"""Signed identity: the site that embeds the chat vouches for the line of a customer who is signed in there.

Its server signs `<line>.<time>` with WIDGET_IDENTITY_SECRET (HMAC-SHA256, hex; time in seconds since 1970) and its
page hands line, time and signature to `Yingting.setUser`. Such a customer needs no code. docs/contracts/widget.md
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hall import msisdn

VALID = 600  # seconds that a signature holds, before and after its time: clocks differ


@dataclass(frozen=True, slots=True)
class User:
    """For whom a page vouches, as it says; nothing of it is checked yet."""

    line: str
    at: int
    signature: str

    @classmethod
    def of(cls, data: Any) -> User | None:
        """From a hello frame; None for what has another form."""
        if not isinstance(data, dict):
            return None
        line, at, signature = (data.get(name) for name in ("line", "at", "signature"))
        if not isinstance(line, str) or not isinstance(at, int) or not isinstance(signature, str):
            return None
        return cls(line, at, signature)


def sign(secret: str, line: str, at: int) -> str:
    """The signature of the site's server."""
    return hmac.new(secret.encode(), f"{line}.{at}".encode(), hashlib.sha256).hexdigest()


def line_of(secret: str, user: User | None, now: datetime) -> str | None:
    """The line, when its signature is right and of now; None without a secret, and for everything else."""
    if user is None or not secret or msisdn.normalise(user.line) != user.line:
        return None
    if abs(now.timestamp() - user.at) > VALID or not user.signature.isascii():
        return None
    return user.line if hmac.compare_digest(user.signature, sign(secret, user.line, user.at)) else None
