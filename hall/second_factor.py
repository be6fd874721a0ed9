"""A second factor for the people at the desk: six digits of a phone's app (TOTP, RFC 6238), each used once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from sqlalchemy import select, update

from hall import security_log
from hall.errors import Conflict, NotFound
from hall.store.tables.desk import agents

if TYPE_CHECKING:
    from hall.context import Hall

STEP, DIGITS = 30, 6  # seconds; digits
DRIFT = 1  # steps by which the phone's clock may be off
SECRET_BYTES = 20


def code_of(secret: str, step: int) -> str:
    """The digits of a step: RFC 4226 with SHA-1, as every app has it."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, step.to_bytes(8, "big"), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at : at + 4], 'big') & 0x7FFFFFFF) % 10**DIGITS:0{DIGITS}d}"


def step_of(now: datetime) -> int:
    """The step of a moment."""
    return int(now.timestamp()) // STEP


def address_of(name: str, secret: str, issuer: str) -> str:
    """What the app reads, mostly as a QR code."""
    return f"otpauth://totp/{quote(issuer)}:{quote(name)}?{urlencode({'secret': secret, 'issuer': issuer})}"


async def give(hall: Hall, name: str) -> str:
    """A new secret for an account; sign-in needs it from now on. Raises NotFound."""
    secret = base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode().rstrip("=")
    await _set(hall, name, secret)
    security_log.event("second_factor_given", agent=name)
    return secret


async def take_away(hall: Hall, name: str) -> None:
    """The account has none any more. Raises NotFound."""
    await _set(hall, name, None)
    security_log.event("second_factor_taken", agent=name)


async def _set(hall: Hall, name: str, secret: str | None) -> None:
    unit = hall.store.unit()
    unit.stage(update(agents).where(agents.c.name == name).values(totp_secret=secret, totp_step=0), expect=1)
    try:
        await unit.commit()
    except Conflict:
        raise NotFound(f"no account {name}") from None


async def passes(hall: Hall, name: str, code: str) -> bool | None:
    """Whether the code is right and was not used before; None for an account without a second factor."""
    row = await hall.store.one(select(agents.c.totp_secret, agents.c.totp_step).where(agents.c.name == name))
    if row is None or not row.totp_secret:
        return None
    now = step_of(hall.clock.now())
    steps = [step for step in range(now - DRIFT, now + DRIFT + 1) if step > row.totp_step]
    right = [step for step in steps if hmac.compare_digest(code_of(row.totp_secret, step), code.strip()[:DIGITS])]
    if not right:
        return False
    unit = hall.store.unit()
    same = (agents.c.name == name, agents.c.totp_step == row.totp_step)
    unit.stage(update(agents).where(*same).values(totp_step=right[0]), expect=1)
    try:
        await unit.commit()
    except Conflict:  # the same code, at the same moment
        return False
    return True
