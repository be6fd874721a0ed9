"""Proof of identity: a customer proves a line with a one-time code that is sent to it.

A code belongs to one line and one conversation, can be used once, and is stored as a keyed hash. Wrong codes lock who
guesses, not whose line it is; how much can be guessed at a line is bounded by the codes that it gets in a day. A number
that is not ours is answered as one that is: nobody learns here who is a customer. Every write is staged in the turn's
unit; of two turns that check a code at the same time one conflicts and runs again.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from prometheus_client import Counter
from sqlalchemy import Row, delete, insert, select, update

from hall.bss.subscriber import Subscribers
from hall.context import Hall
from hall.limiter import Count, Limit, look
from hall.store.outbox import NewMessage, enqueue
from hall.store.tables.accounts import identity_codes, identity_lines
from hall.store.unit import Unit

CODE_DIGITS = 6
CODE_VALID = timedelta(minutes=5)
MAX_WRONG_CODES = 5  # in a row, then the conversation is locked: guessing succeeds once in 200,000 locks
LOCK_TIME = timedelta(minutes=30)
WRONG_CODES_COUNT_FOR = timedelta(hours=24)  # older wrong codes do not count
RESEND_PAUSE = timedelta(seconds=60)  # between two codes to a line
MAX_CODES, MAX_CODES_WITHIN = 5, timedelta(hours=1)  # to a line, so that no phone is flooded
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CODES_A_DAY = Limit("code_line_day", 10, DAY)  # to a line, from whatever conversation
CODES_ASKED = (Limit("code_hour", 8, HOUR), Limit("code_day", 16, DAY))  # by a conversation, for whatever line
LINES_ASKED = (Limit("line_hour", 5, HOUR), Limit("line_day", 8, DAY))  # different ones, by a conversation
LINE_SEEN = Limit("line_seen", 1, DAY)  # by a conversation: asked again it is no other line
WRONG = Limit("code_wrong", MAX_WRONG_CODES, WRONG_CODES_COUNT_FOR)  # by a conversation

GUESSED = Counter("yingting_codes_guessed", "Conversations that were locked for wrong one-time codes")
DEMO_CODES: dict[str, str] = {}
"""The last code of a conversation, in this process: only when `hall.demonstration`, for its pages and REST answers."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A code was sent; it can be used until then."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Wait:
    """No code was sent, because the line got too many; none will be before then.

    `here`: this conversation was sent one that can still be used; one of another conversation cannot.
    """

    until: datetime
    here: bool = True


@dataclass(frozen=True, slots=True)
class Locked:
    """The conversation had too many wrong codes: none is checked or sent before then."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Right:
    """The line is proved."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """Not the code; `left` wrong codes remain until the conversation is locked."""

    left: int


@dataclass(frozen=True, slots=True)
class Expired:
    """No code can be used any more: a new one has to be sent."""


async def send_code(
    hall: Hall, unit: Unit, msisdn: str, conversation: str, key: str, *, used: bool = False
) -> Sent | Wait | Locked:
    """Stage a new code for a line; the one before cannot be used any more. `key` de-duplicates the message.

    `used`: the one before was used in this unit, so that there is no pause after it.
    A number that is not ours gets none, and is answered in the same way. Raises Unavailable("subscriber").
    """
    ours = await hall.bss[Subscribers].of(msisdn) is not None
    line, now = await _line(unit, msisdn), hall.clock.now()
    if locked := _locked(await look(unit, now, WRONG, conversation), now):
        return locked
    if wait := _wait(line, now, used=used) or await _counted(unit, now, msisdn, conversation):
        return Wait(wait.until, await _was_sent(unit, now, msisdn, conversation))
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    _stage_code(hall, unit, msisdn, conversation, code if ours else secrets.token_hex())
    fresh = line is None or line.sends_since is None or now - line.sends_since >= MAX_CODES_WITHIN
    counted = {"sends": 1, "sends_since": now} if fresh or line is None else {"sends": line.sends + 1}
    _stage_line(unit, msisdn, line, sent_at=now, **counted)
    if ours:
        _deliver(hall, unit, NewMessage(f"code:{key}", "sms.text", _text(msisdn, code), conversation))
    return Sent(now + CODE_VALID)


async def _was_sent(unit: Unit, now: datetime, msisdn: str, conversation: str) -> bool:
    """Whether this conversation has a code of the line that can still be used."""
    mine = (identity_codes.c.msisdn == msisdn, identity_codes.c.conversation == conversation)
    row = await unit.one(select(identity_codes.c.expires_at).where(*mine))
    return row is not None and row.expires_at > now


def _text(msisdn: str, code: str) -> dict[str, Any]:
    return {"to": msisdn, "response": "utter_code_sms", "facts": {"code": code}}


def _deliver(hall: Hall, unit: Unit, message: NewMessage) -> None:
    enqueue(unit, hall.clock.now(), message)
    if hall.demonstration:
        DEMO_CODES[message.conversation] = message.body["facts"]["code"]


async def _counted(unit: Unit, now: datetime, msisdn: str, conversation: str) -> Wait | None:
    """Count a code that is asked for; when one of the limits is reached nothing is counted, and it has to wait."""
    counts = [await look(unit, now, CODES_A_DAY, msisdn)]
    counts += [await look(unit, now, limit, conversation) for limit in CODES_ASKED]
    seen = await look(unit, now, LINE_SEEN, f"{conversation} {msisdn}")
    if not seen.done:
        counts += [seen, *[await look(unit, now, limit, conversation) for limit in LINES_ASKED]]
    if full := [count.until for count in counts if count.until is not None]:
        return Wait(max(full))
    for count in counts:
        count.once_more(unit, now)
    return None


async def check_code(
    hall: Hall, unit: Unit, msisdn: str, code: str, conversation: str
) -> Right | Wrong | Locked | Expired:
    """Whether `code` (six digits) is the one that this conversation was sent for the line.

    Stages what follows: a right code is used up, a wrong one counted; the last wrong one locks the line.
    """
    now = hall.clock.now()
    tried = await look(unit, now, WRONG, conversation)
    if locked := _locked(tried, now):
        return locked
    mine = (identity_codes.c.msisdn == msisdn, identity_codes.c.conversation == conversation)
    row = await unit.one(select(identity_codes).where(*mine))
    if row is None or row.expires_at <= now:
        return Expired()
    if hmac.compare_digest(row.code_hash, _hash(hall, msisdn, conversation, code)):
        unit.stage(delete(identity_codes).where(*mine, identity_codes.c.code_hash == row.code_hash), expect=1)
        if tried.done:
            tried.stage(unit, now, 0, now)
        # the next step of the same customer may want the next code at once
        unit.stage(update(identity_lines).where(identity_lines.c.msisdn == msisdn).values(sent_at=None))
        DEMO_CODES.pop(conversation, None)
        return Right()
    wrong = 1 if tried.done >= MAX_WRONG_CODES else tried.done + 1  # a lock that is over begins anew
    tried.stage(unit, now, wrong, now)
    if wrong < MAX_WRONG_CODES:
        return Wrong(MAX_WRONG_CODES - wrong)
    GUESSED.inc()
    unit.stage(delete(identity_codes).where(*mine))
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


def _locked(tried: Count, now: datetime) -> Locked | None:
    """Whether a conversation guessed too often. The window of its count begins with its last wrong code."""
    until = tried.since + LOCK_TIME
    return Locked(until) if tried.done >= MAX_WRONG_CODES and until > now else None


def _wait(line: Row[Any] | None, now: datetime, *, used: bool) -> Wait | None:
    if line is None or (line.sent_at is None and line.sends < MAX_CODES):
        return None
    until: datetime = now if used or line.sent_at is None else line.sent_at + RESEND_PAUSE
    if line.sends >= MAX_CODES and line.sends_since is not None:
        until = max(until, line.sends_since + MAX_CODES_WITHIN)
    return Wait(until) if until > now else None


def _hash(hall: Hall, msisdn: str, conversation: str, code: str) -> str:
    return hmac.new(hall.secret, f"code\n{msisdn}\n{conversation}\n{code}".encode(), hashlib.sha256).hexdigest()
