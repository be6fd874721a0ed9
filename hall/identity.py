"""Proof of identity: a customer proves a line with a one-time code that is sent to it.

A code belongs to one line and one conversation, can be used once, and is stored as a keyed hash. Wrong codes
are counted for the line over all conversations, so that many sessions guess no better than one. Every write is
staged in the turn's unit; of two turns that check a code at the same time one conflicts and runs again.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from hall.bss.subscriber import Subscribers
from hall.context import Hall
from hall.store.outbox import NewMessage, enqueue
from hall.store.tables.accounts import identity_codes, identity_lines
from hall.store.unit import Unit

CODE_DIGITS = 6
CODE_VALID = timedelta(minutes=5)
MAX_WRONG_CODES = 5  # in a row, then the line is locked: guessing succeeds once in 200,000 locks
LOCK_TIME = timedelta(minutes=30)
WRONG_CODES_COUNT_FOR = timedelta(hours=24)  # older wrong codes do not count
RESEND_PAUSE = timedelta(seconds=60)  # between two codes to a line
MAX_CODES, MAX_CODES_WITHIN = 5, timedelta(hours=1)  # to a line, so that no phone is flooded

DEMO_CODES: dict[str, str] = {}
"""The last code of a conversation, in this process: only when `hall.demonstration`, for its pages and REST answers."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A code was sent; it can be used until then."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Wait:
    """No code was sent, because the line got too many; none will be before then."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Locked:
    """The line had too many wrong codes: none is checked or sent before then."""

    until: datetime


@dataclass(frozen=True, slots=True)
class NotOurs:
    """The number is no line of this operator."""


@dataclass(frozen=True, slots=True)
class Right:
    """The line is proved."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """Not the code; `left` wrong codes remain until the line is locked."""

    left: int


@dataclass(frozen=True, slots=True)
class Expired:
    """No code can be used any more: a new one has to be sent."""


async def send_code(hall: Hall, unit: Unit, msisdn: str, conversation: str, key: str) -> Sent | Wait | Locked | NotOurs:
    """Stage a new code for a line; the one before cannot be used any more. `key` de-duplicates the message.

    Raises Unavailable("subscriber").
    """
    if await hall.bss[Subscribers].of(msisdn) is None:
        return NotOurs()
    line, now = await _line(unit, msisdn), hall.clock.now()
    if locked := _locked(line, now):
        return locked
    if wait := _wait(line, now):
        return wait
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    _stage_code(hall, unit, msisdn, conversation, code)
    fresh = line is None or line.sends_since is None or now - line.sends_since >= MAX_CODES_WITHIN
    counted = {"sends": 1, "sends_since": now} if fresh or line is None else {"sends": line.sends + 1}
    _stage_line(unit, msisdn, line, sent_at=now, **counted)
    enqueue(
        unit,
        now,
        NewMessage(
            conversation=conversation,
            key=f"code:{key}",
            kind="sms.text",
            body={"to": msisdn, "response": "utter_code_sms", "facts": {"code": code}},
        ),
    )
    if hall.demonstration:
        DEMO_CODES[conversation] = code
    return Sent(now + CODE_VALID)


async def check_code(
    hall: Hall, unit: Unit, msisdn: str, code: str, conversation: str
) -> Right | Wrong | Locked | Expired:
    """Whether `code` (six digits) is the one that this conversation was sent for the line.

    Stages what follows: a right code is used up, a wrong one counted; the last wrong one locks the line.
    """
    line, now = await _line(unit, msisdn), hall.clock.now()
    if locked := _locked(line, now):
        return locked
    mine = (identity_codes.c.msisdn == msisdn, identity_codes.c.conversation == conversation)
    row = await unit.one(select(identity_codes).where(*mine))
    if row is None or row.expires_at <= now:
        return Expired()
    if hmac.compare_digest(row.code_hash, _hash(hall, msisdn, conversation, code)):
        unit.stage(delete(identity_codes).where(*mine, identity_codes.c.code_hash == row.code_hash), expect=1)
        _stage_line(unit, msisdn, line, wrong=0, wrong_at=None)
        DEMO_CODES.pop(conversation, None)
        return Right()
    return _stage_wrong(unit, msisdn, line, now)


def _stage_wrong(unit: Unit, msisdn: str, line: Row[Any] | None, now: datetime) -> Wrong | Locked:
    recent = line is not None and line.wrong_at is not None and now - line.wrong_at < WRONG_CODES_COUNT_FOR
    wrong = (line.wrong if line is not None and recent else 0) + 1
    if wrong < MAX_WRONG_CODES:
        _stage_line(unit, msisdn, line, wrong=wrong, wrong_at=now)
        return Wrong(MAX_WRONG_CODES - wrong)
    unit.stage(delete(identity_codes).where(identity_codes.c.msisdn == msisdn))
    _stage_line(unit, msisdn, line, wrong=0, wrong_at=None, locked_until=now + LOCK_TIME)
    return Locked(now + LOCK_TIME)


def _stage_code(hall: Hall, unit: Unit, msisdn: str, conversation: str, code: str) -> None:
    mine = (identity_codes.c.msisdn == msisdn, identity_codes.c.conversation == conversation)
    unit.stage(delete(identity_codes).where(*mine))
    values = {"msisdn": msisdn, "conversation": conversation, "expires_at": hall.clock.now() + CODE_VALID}
    code_hash = _hash(hall, msisdn, conversation, code)
    unit.stage(insert(identity_codes).values(**values, code_hash=code_hash))


def _stage_line(unit: Unit, msisdn: str, line: Row[Any] | None, **values: Any) -> None:
    if line is None:
        unit.stage(insert(identity_lines).values(msisdn=msisdn, version=1, **{"wrong": 0, "sends": 0} | values))
        return
    same = (identity_lines.c.msisdn == msisdn, identity_lines.c.version == line.version)
    unit.stage(update(identity_lines).where(*same).values(version=line.version + 1, **values), expect=1)


async def _line(unit: Unit, msisdn: str) -> Row[Any] | None:
    return await unit.one(select(identity_lines).where(identity_lines.c.msisdn == msisdn))


def _locked(line: Row[Any] | None, now: datetime) -> Locked | None:
    if line is None or line.locked_until is None or line.locked_until <= now:
        return None
    return Locked(line.locked_until)


def _wait(line: Row[Any] | None, now: datetime) -> Wait | None:
    if line is None or line.sent_at is None:
        return None
    until: datetime = line.sent_at + RESEND_PAUSE
    if line.sends >= MAX_CODES and line.sends_since is not None:
        until = max(until, line.sends_since + MAX_CODES_WITHIN)
    return Wait(until) if until > now else None


def _hash(hall: Hall, msisdn: str, conversation: str, code: str) -> str:
    return hmac.new(hall.secret, f"code\n{msisdn}\n{conversation}\n{code}".encode(), hashlib.sha256).hexdigest()
