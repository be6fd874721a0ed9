"""Sessions of the people at the desk: rows, so that signing out, idleness and a new password end them everywhere."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from hall import agents, security_log
from hall.agents import Agent
from hall.errors import Conflict, StoreUnavailable
from hall.store.tables.desk import agent_sessions

if TYPE_CHECKING:
    from hall.context import Hall

LONGEST = timedelta(hours=10)  # a shift
IDLE = timedelta(minutes=30)  # without an act of the agent's own
SEEN_EVERY = timedelta(minutes=1)  # an act is written down at most so often


@dataclass(frozen=True, slots=True)
class Session:
    """One that goes on. `key` names it to its agent and opens nothing; `here`: the one that asks."""

    key: str
    address: str
    began_at: datetime
    seen_at: datetime
    here: bool


async def begin(hall: Hall, agent: Agent, address: str) -> str:
    """A new session; gives what the browser keeps. It ends with the password: the stamp is part of it."""
    token = f"{secrets.token_urlsafe(24)}.{agent.stamp}"
    now, unit = hall.clock.now(), hall.store.unit()
    values = {"id": _hash(token), "agent": agent.name, "address": address[:80]}
    unit.stage(insert(agent_sessions).values(**values, began_at=now, seen_at=now))
    await unit.commit()
    return token


async def agent_of(hall: Hall, token: str, *, acts: bool) -> Agent | None:
    """Whose session it is, or None when it is over. `acts`: the agent did something, which keeps it going."""
    row = await hall.store.one(select(agent_sessions).where(agent_sessions.c.id == _hash(token)))
    now = hall.clock.now()
    if row is None or row.ended_at is not None or now - row.began_at >= LONGEST or now - row.seen_at >= IDLE:
        return None
    agent = await agents.find(hall, row.agent)
    if agent is None or token.rpartition(".")[2] != agent.stamp:
        return None
    if acts and now - row.seen_at >= SEEN_EVERY:
        unit = hall.store.unit()
        unit.stage(update(agent_sessions).where(agent_sessions.c.id == row.id).values(seen_at=now))
        try:
            await unit.commit()
        except (Conflict, StoreUnavailable):
            return agent  # what cannot be written down now is written down with the next act
    return agent


async def end(hall: Hall, token: str) -> None:
    """End it, wherever it is used."""
    unit = hall.store.unit()
    mine = (agent_sessions.c.id == _hash(token), agent_sessions.c.ended_at.is_(None))
    unit.stage(update(agent_sessions).where(*mine).values(ended_at=hall.clock.now()))
    await unit.commit()
    security_log.event("signed_out")


async def going_on(hall: Hall, agent: str, token: str) -> tuple[Session, ...]:
    """The agent's sessions that are not over, the newest act first. `token`: of the one that asks."""
    now, table = hall.clock.now(), agent_sessions
    mine = (table.c.agent == agent, table.c.ended_at.is_(None))
    lasting = (table.c.began_at > now - LONGEST, table.c.seen_at > now - IDLE)
    rows = await hall.store.all(select(table).where(*mine, *lasting).order_by(table.c.seen_at.desc(), table.c.id))
    here = _hash(token)
    return tuple(Session(row.id, row.address, row.began_at, row.seen_at, row.id == here) for row in rows)


async def revoke(hall: Hall, agent: str, *, key: str = "", but: str = "") -> None:
    """End the agent's session `key`, or every one except that of the token `but`. Somebody else's stays."""
    unit, table = hall.store.unit(), agent_sessions
    which = table.c.id == key if key else table.c.id != _hash(but)
    mine = (table.c.agent == agent, table.c.ended_at.is_(None), which)
    unit.stage(update(table).where(*mine).values(ended_at=hall.clock.now()))
    await unit.commit()
    security_log.event("sessions_revoked", agent=agent)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
