"""Web sessions: a random id with our signature, so that knowing an id alone opens nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

ACCOUNT = "widget"


def fresh() -> str:
    """A new session id, unguessable."""
    return secrets.token_urlsafe(18)


def token(secret: bytes, session: str) -> str:
    """What the browser keeps: `<session>.<signature>`."""
    return f"{session}.{_signature(secret, session)}"


def session_of(secret: bytes, given: object) -> str | None:
    """The session of a token that we signed, else None."""
    if not isinstance(given, str) or len(given) > 200 or not given.isascii():
        return None
    session, _, signature = given.rpartition(".")
    if not session or not hmac.compare_digest(signature, _signature(secret, session)):
        return None
    return session


def _signature(secret: bytes, session: str) -> str:
    digest = hmac.new(secret, b"web-session:" + session.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
