"""Accounts of the people at the desk: made, given a role, a new password, or disabled. Each act is a security event."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from hall import security_log
from hall.agent_roles import ROLES, SERVE, may
from hall.agents import hash_password, verify_password
from hall.errors import Conflict, HallError, NotFound
from hall.handoff import routing
from hall.store.tables.desk import agents

if TYPE_CHECKING:
    from hall.context import Hall

SHORTEST, LONGEST, FEWEST = 12, 200, 5  # characters of a password; different ones
COMMON = ("password", "12345678", "qwerty", "yingting", "admin", "abcd1234", "11111111", "88888888")
BY_PROVIDER = "sso:"
MOST_AT_ONCE = 20  # customers
FIRST_BYTES = 9  # of the random password that an account is made with


class BadAccount(HallError):
    """A name, a role or a password that is none; the message says why."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who may sign in. `must_change`: the password, before anything else."""

    name: str
    role: str
    work_number: str
    skills: tuple[str, ...]
    must_change: bool
    disabled_at: datetime | None
    created_at: datetime
    display_name: str = ""
    languages: tuple[str, ...] = ()
    at_once: int | None = None  # None: as the policy says
    second_factor: bool = False

    @property
    def by_provider(self) -> bool:
        """Whether the operator's identity provider lets him in (hall/oidc.py): no password here, its roles."""
        return self.name.startswith(BY_PROVIDER)


def problem_of(name: str, password: str) -> str:
    """Why a password is not taken, or ""."""
    plain = password.lower()
    if not SHORTEST <= len(password) <= LONGEST:
        return f"a password has {SHORTEST} to {LONGEST} characters"
    if len(set(password)) < FEWEST:
        return "the password repeats itself"
    if name.lower() in plain or any(word in plain for word in COMMON):
        return "the password is too easy to guess"
    return ""


async def add(hall: Hall, account: Account) -> str:
    """Make an account; gives its first password, which has to be changed. Raises BadAccount."""
    if not (0 < len(account.name) <= 64 and account.name.isprintable() and account.name == account.name.strip()):
        raise BadAccount("a name has 1 to 64 characters")
    _check_role(account.role)
    password = secrets.token_urlsafe(FIRST_BYTES)
    hashed = await asyncio.to_thread(hash_password, password)
    unit = hall.store.unit()
    values: dict[str, Any] = {"name": account.name, "role": account.role, "work_number": account.work_number}
    values |= {"skills": list(account.skills), "password_hash": hashed, "must_change": 1}
    unit.stage(insert(agents).values(**values, created_at=hall.clock.now()))
    try:
        await unit.commit()
    except Conflict:
        raise BadAccount(f"there is an account {account.name}") from None
    security_log.event("account_added", agent=account.name, role=account.role)
    return password


async def set_role(hall: Hall, name: str, role: str) -> None:
    """Give an account another role; who may serve no more leaves his customers. Raises BadAccount, NotFound."""
    _check_role(role)
    await _change(hall, name, role=role)
    if not may(role, SERVE):
        await routing.leave(hall, name)
    security_log.event("account_role", agent=name, role=role)


async def set_profile(hall: Hall, name: str, values: Mapping[str, Any]) -> None:
    """Change of an account what is given: display_name, work_number, skills, languages, at_once.

    Raises BadAccount for a skill or a language that the policy does not know, or for too long a name, NotFound.
    """
    check_profile(hall, values)
    await _change(hall, name, **values)
    security_log.event("account_profile", agent=name)


def check_profile(hall: Hall, values: Mapping[str, Any]) -> None:
    """Raises BadAccount where `set_profile` would."""
    rules = hall.policy.desk
    if unknown := [skill for skill in values.get("skills", ()) if skill not in rules.skills]:
        raise BadAccount(f"{unknown[0]} is no skill of policy/desk.yml: {', '.join(rules.skills)}")
    if unknown := [one for one in values.get("languages", ()) if one not in rules.languages]:
        raise BadAccount(f"{unknown[0]} is no language of policy/desk.yml: {', '.join(rules.languages)}")
    if len(values.get("display_name", "")) > 32 or len(values.get("work_number", "")) > 16:
        raise BadAccount("a name has at most 32 characters, a work number 16")
    at_once = values.get("at_once")
    if at_once is not None and not 1 <= at_once <= MOST_AT_ONCE:
        raise BadAccount(f"somebody serves 1 to {MOST_AT_ONCE} customers at a time")


async def reset_password(hall: Hall, name: str) -> str:
    """A new random password, which has to be changed; sessions end with it. Raises NotFound."""
    password = secrets.token_urlsafe(FIRST_BYTES)
    hashed = await asyncio.to_thread(hash_password, password)
    await _change(hall, name, password_hash=hashed, must_change=1)
    security_log.event("account_password_reset", agent=name)
    return password


async def change_password(hall: Hall, name: str, old: str, new: str) -> None:
    """Change one's own password. Raises BadAccount, NotFound."""
    row = await hall.store.one(select(agents.c.password_hash).where(agents.c.name == name))
    if row is None:
        raise NotFound(f"no account {name}")
    if not await asyncio.to_thread(verify_password, old, row.password_hash):
        raise BadAccount("the old password is wrong")
    if why := problem_of(name, new) or ("the new password is the old one" if new == old else ""):
        raise BadAccount(why)
    hashed = await asyncio.to_thread(hash_password, new)
    await _change(hall, name, password_hash=hashed, must_change=0)
    security_log.event("account_password_changed", agent=name)


async def set_disabled(hall: Hall, name: str, *, disabled: bool) -> None:
    """Let an account sign in no more, or again; its sessions end at once, and his customers wait for others.

    Raises NotFound.
    """
    await _change(hall, name, disabled_at=hall.clock.now() if disabled else None)
    if disabled:
        await routing.leave(hall, name)
    security_log.event("account_disabled" if disabled else "account_enabled", agent=name)


async def listed(hall: Hall) -> tuple[Account, ...]:
    """Every account, by name."""
    rows = await hall.store.all(select(agents).order_by(agents.c.name))
    return tuple(_read(row) for row in rows)


def _read(row: Any) -> Account:
    named = (row.name, row.role, row.work_number, tuple(row.skills), bool(row.must_change))
    profile = (row.display_name, tuple(row.languages or ()), row.at_once, bool(row.totp_secret))
    return Account(*named, row.disabled_at, row.created_at, *profile)


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise BadAccount(f"a role is one of {', '.join(ROLES)}, not {role!r}")


async def _change(hall: Hall, name: str, **values: Any) -> None:
    unit = hall.store.unit()
    unit.stage(update(agents).where(agents.c.name == name).values(**values), expect=1)
    try:
        await unit.commit()
    except Conflict:
        raise NotFound(f"no account {name}") from None
