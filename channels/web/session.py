"""Web sessions: a random id with our signature, so that knowing an id alone opens nothing.

A session ends: `LONGEST` after it began, and `IDLE` after its last message. An id is only ever made here, of 144 random
bits, so nobody can lay one before a customer; that is why a proof needs no new one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

ACCOUNT = "widget"
LONGEST, IDLE = timedelta(days=180), timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Session:
    """An id and the second in which it was made."""

    id: str
    began: datetime

    def token(self, secret: bytes) -> str:
        """What the browser keeps: `<id>.<when it began>.<signature>`."""
        body = f"{self.id}.{int(self.began.timestamp()):x}"
        return f"{body}.{_signature(secret, body)}"


def fresh(now: datetime) -> Session:
    """A new session, unguessable."""
    return Session(secrets.token_urlsafe(18), now.replace(microsecond=0))


def session_of(secret: bytes, given: object, now: datetime) -> Session | None:
    """The session of a token that we signed, else None; also when it is over."""
    if not isinstance(given, str) or len(given) > 200 or not given.isascii():
        return None
    body, _, signature = given.rpartition(".")
    if not body or not hmac.compare_digest(signature, _signature(secret, body)):
        return None
    name, _, began = body.rpartition(".")
    try:
        found = Session(name, datetime.fromtimestamp(int(began, 16), timezone.utc))
    except (ValueError, OverflowError, OSError):
        return None
    return found if name and now - found.began < LONGEST else None


def _signature(secret: bytes, body: str) -> str:
    digest = hmac.new(secret, b"web-session:" + body.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
