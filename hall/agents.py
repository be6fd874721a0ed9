"""The people at the desk: their passwords and their sign-in."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import delete, or_, select, update

from hall import second_factor, security_log
from hall.agent_roles import AGENT
from hall.context import Hall
from hall.errors import HallError
from hall.store.tables.desk import agents, sign_in_failures

DEMONSTRATION_AGENT = "demo"
WINDOW = timedelta(minutes=5)  # for counting failures, and duration of a lock-out
# failures within the window; further tries from that address are refused without a look. Nobody can lock a name out
# for another address.
LIMITS = {"pair": 10, "ip": 30}
COST = {"n": 2**14, "r": 8, "p": 5}  # OWASP's least, in the form that takes 16 MB
_NOBODY = "scrypt$16384$8$5$00$00"  # compared for an unknown agent, so that it takes the same time
_AT_ONCE = 2  # hashes at a time: each takes 16 MB and 0.2 s of a core, and a flood must not take every core
_HASHING: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


class SignInRefused(HallError):
    """Wrong name or password; which of them is not told."""


class CodeNeeded(HallError):
    """The password is right; the second factor's code is needed too."""


class SignInLocked(HallError):
    """Too many wrong tries from this address; try again after `WINDOW`."""


@dataclass(frozen=True, slots=True)
class Agent:
    """Who works at the desk. `stamp` changes with the password, so that old sessions end with it."""

    name: str
    role: str
    skills: tuple[str, ...]
    stamp: str
    must_change: bool = False  # the password, before anything else


def hash_password(password: str) -> str:
    """`scrypt$n$r$p$salt$hash`, with a fresh salt."""
    salt = secrets.token_bytes(16)
    digest = hashlib.scrypt(password.encode(), salt=salt, dklen=32, **COST)
    return f"scrypt${COST['n']}${COST['r']}${COST['p']}${salt.hex()}${digest.hex()}"


def verify_password(password: str, stored: str) -> bool:
    """Whether `password` is the one that `stored` was made of; compares in constant time."""
    _, n, r, p, salt, digest = stored.split("$")
    given = hashlib.scrypt(password.encode(), salt=bytes.fromhex(salt), n=int(n), r=int(r), p=int(p), dklen=32)
    return hmac.compare_digest(given.hex(), digest)


def is_cheap(stored: str) -> bool:
    """Whether it was hashed at another cost than today's."""
    return stored.split("$")[1:4] != [str(COST[name]) for name in ("n", "r", "p")]


async def find(hall: Hall, name: str) -> Agent | None:
    """The agent of that name, or None."""
    row = await hall.store.one(select(agents).where(agents.c.name == name))
    if row is None or row.disabled_at is not None:
        return None
    stamp = hashlib.sha256(row.password_hash.encode()).hexdigest()[:16]
    return Agent(row.name, row.role, tuple(row.skills), stamp, bool(row.must_change))


async def ensure(
    hall: Hall, name: str, password: str, *, role: str = AGENT, skills: tuple[str, ...] = ("general",)
) -> None:
    """Make sure that `name` can sign in with `password` in that role: the agent is made, or given both."""
    row = await hall.store.one(select(agents.c.password_hash, agents.c.role).where(agents.c.name == name))
    right = row is not None and await asyncio.to_thread(verify_password, password, row.password_hash)
    if right and row is not None and row.role == role and not is_cheap(row.password_hash):
        return
    hashed = await asyncio.to_thread(hash_password, password)
    unit = hall.store.unit()
    unit.insert_once(
        agents, name=name, password_hash=hashed, role=role, skills=list(skills), created_at=hall.clock.now()
    )
    unit.stage(update(agents).where(agents.c.name == name).values(password_hash=hashed, role=role))
    await unit.commit()


async def sign_in(hall: Hall, name: str, password: str, address: str, code: str = "") -> Agent:
    """The agent, if the password is right, and the second factor's `code` for who has one.

    Raises SignInRefused, CodeNeeded where a code is missing, SignInLocked after too many failures.
    """
    agent = await find(hall, name)
    keys = [f"ip:{address[:80]}", f"pair:{address[:45]}|{name[:40]}"]  # the same for names that do not exist
    row = await hall.store.one(select(agents.c.password_hash).where(agents.c.name == name))
    # parallel tries queue here, so that each finds the failures before it counted
    async with _HASHING.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(_AT_ONCE)):
        await _refuse_when_locked(hall, keys)
        stored: str = row.password_hash if row else _NOBODY
        right = await asyncio.to_thread(verify_password, password, stored)
        if agent is None or not right:
            await _count_failure(hall, keys)
            security_log.event("sign_in_refused", agent=name, address=address)
            raise SignInRefused("wrong name or password")
        factor = await second_factor.passes(hall, name, code)
        if factor is False:
            if not code:
                raise CodeNeeded("the code of the second factor is missing")
            await _count_failure(hall, keys)
            security_log.event("second_factor_refused", agent=name, address=address)
            raise SignInRefused("wrong name or password")
        if is_cheap(stored):
            agent = await _hash_anew(hall, agent, password)
    security_log.event("signed_in", agent=agent.name, address=address)
    return agent


async def _hash_anew(hall: Hall, agent: Agent, password: str) -> Agent:
    """The same password at today's cost. The stamp changes with the hash, so older sessions end."""
    unit = hall.store.unit()
    hashed = await asyncio.to_thread(hash_password, password)
    unit.stage(update(agents).where(agents.c.name == agent.name).values(password_hash=hashed))
    await unit.commit()
    return await find(hall, agent.name) or agent


async def _refuse_when_locked(hall: Hall, keys: list[str]) -> None:
    rows = await hall.store.all(
        select(sign_in_failures).where(
            sign_in_failures.c.key.in_(keys), sign_in_failures.c.since > hall.clock.now() - WINDOW
        )
    )
    for row in rows:
        if row.failures >= LIMITS[row.key.partition(":")[0]]:
            raise SignInLocked(row.key)


async def _count_failure(hall: Hall, keys: list[str]) -> None:
    now, table = hall.clock.now(), sign_in_failures
    unit = hall.store.unit()
    ours = or_(*(table.c.key.startswith(f"{kind}:") for kind in LIMITS))  # others count longer (hall/limiter.py)
    unit.stage(delete(table).where(table.c.since <= now - WINDOW, ours))
    for key in keys:
        unit.insert_once(table, key=key, failures=0, since=now)
        unit.stage(update(table).where(table.c.key == key).values(failures=table.c.failures + 1))
    await unit.commit()
