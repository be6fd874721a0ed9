"""The service password: checked with few tries, set anew by who has the line, refused when it is easily guessed.

Six digits. Nobody is ever told one, and nothing here keeps one: the operator's system compares it. Wrong ones are
counted by line, since only who has proved the line can try; a new password, set by a one-time code, ends the lock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Literal

from hall.bss.service_password import ServicePasswords
from hall.context import Hall
from hall.limiter import Count, Limit, look
from hall.store.unit import Unit

DIGITS = 6
_BIRTH = re.compile(  # 900115, 199001, 011590
    r"\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|(?:19|20)\d{2}(?:0[1-9]|1[0-2])"
)

Weakness = Literal["digits", "run", "repeated", "birth", "number"]


@dataclass(frozen=True, slots=True)
class Right:
    """The line's password."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """Not the password; `left` wrong ones remain until it is locked."""

    left: int


@dataclass(frozen=True, slots=True)
class Locked:
    """Too many wrong ones: none is compared before then, unless a new one is set."""

    until: datetime


async def locked(hall: Hall, unit: Unit, line: str) -> Locked | None:
    """Whether the line's password is locked now."""
    count = await look(unit, hall.clock.now(), _limit(hall), line)
    return _locked(count)


async def check(hall: Hall, unit: Unit, line: str, password: str) -> Right | Wrong | Locked:
    """Compare; stages what is counted. Raises Unavailable("password")."""
    now = hall.clock.now()
    tried = await look(unit, now, _limit(hall), line)
    if found := _locked(tried):
        return found
    if await hall.bss[ServicePasswords].matches(line, password):
        _forgive(unit, tried, now)
        return Right()
    wrong = tried.done + 1
    tried.stage(unit, now, wrong, now)
    if wrong < tried.limit.most:
        return Wrong(tried.limit.most - wrong)
    return Locked(now + tried.limit.window)


async def reachable(hall: Hall, line: str) -> None:
    """Nothing, where a password could be set now; no code goes out for another. Raises Unavailable("password")."""
    await hall.bss[ServicePasswords].matches(line, "")


async def set_new(hall: Hall, unit: Unit, line: str, password: str, key: str) -> Weakness | None:
    """Set another password, which also ends a lock; or why it is refused. Raises Unavailable("password").

    Written at once and not by the outbox, which would keep it; `key` makes a repeat harmless.
    """
    if weak := weakness(password, line):
        return weak
    await hall.bss[ServicePasswords].set(line, password, key)
    now = hall.clock.now()
    _forgive(unit, await look(unit, now, _limit(hall), line), now)
    return None


def weakness(password: str, line: str) -> Weakness | None:
    """Why a password would be easily guessed; None for a good one."""
    if len(password) != DIGITS or not (password.isascii() and password.isdecimal()):
        return "digits"
    steps = {int(b) - int(a) for a, b in pairwise(password)}
    if steps in ({1}, {-1}):
        return "run"
    pairs = re.fullmatch(r"(?:(\d)\1){3}|(\d)\2\2(\d)\3\3|(\d{2})\4\4|(\d{3})\5", password)
    if len(set(password)) <= 2 or pairs:
        return "repeated"
    if password in line:
        return "number"
    return "birth" if _BIRTH.fullmatch(password) else None


def _limit(hall: Hall) -> Limit:
    rules = hall.policy.verification
    return Limit("service_password", rules.tries, rules.locked)


def _locked(tried: Count) -> Locked | None:
    return Locked(tried.until) if tried.until is not None else None


def _forgive(unit: Unit, tried: Count, now: datetime) -> None:
    if tried.done:
        tried.stage(unit, now, 0, now)
