"""Who of the desk's people is there now, and how many customers each of them takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select, update

from hall.agent_roles import SERVE, may
from hall.errors import HallError
from hall.handoff.records import DESK
from hall.store.tables.desk import agents, handoffs

if TYPE_CHECKING:
    from hall.context import Hall

ONLINE, BUSY, BREAK, OFF = "online", "busy", "break", "off"
PRESENCES = (ONLINE, BUSY, BREAK, OFF)
HEARD_EVERY = timedelta(seconds=30)  # a page's sign is written down at most so often


class BadPresence(HallError):
    """A presence that is none."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who serves customers. `load`: the conversations that he has, but those that he put aside, and those that
    are offered to him."""

    name: str
    role: str
    display_name: str
    work_number: str
    skills: tuple[str, ...]
    languages: tuple[str, ...]
    at_once: int
    presence: str
    presence_at: datetime | None
    heard_at: datetime | None
    load: int = 0

    @property
    def called(self) -> str:
        """How colleagues call him."""
        return self.display_name or self.name

    @property
    def free(self) -> bool:
        """Whether he takes another customer."""
        return self.presence == ONLINE and self.load < self.at_once


async def set_presence(hall: Hall, name: str, presence: str) -> None:
    """An agent is there, busy, on a break, or goes. Raises BadPresence."""
    if presence not in PRESENCES:
        raise BadPresence(presence)
    now, unit = hall.clock.now(), hall.store.unit()
    unit.stage(update(agents).where(agents.c.name == name).values(presence=presence, presence_at=now, heard_at=now))
    unit.notify_after_commit(DESK)
    await unit.commit()


async def heard(hall: Hall, name: str) -> None:
    """An agent's page is open."""
    now = hall.clock.now()
    stale = or_(agents.c.heard_at.is_(None), agents.c.heard_at < now - HEARD_EVERY)
    if await hall.store.one(select(agents.c.name).where(agents.c.name == name, stale)) is None:
        return
    unit = hall.store.unit()
    unit.stage(update(agents).where(agents.c.name == name).values(heard_at=now))
    await unit.commit()


async def people(hall: Hall) -> tuple[Person, ...]:
    """Everybody who may serve customers and is not disabled, by name."""
    rows = await hall.store.all(select(agents).where(agents.c.disabled_at.is_(None)).order_by(agents.c.name))
    awake = or_(handoffs.c.aside_until.is_(None), handoffs.c.aside_until <= hall.clock.now())
    taken = await _counted(hall, handoffs.c.agent, and_(handoffs.c.state == "taken", awake))
    offered = await _counted(hall, handoffs.c.offered_to, handoffs.c.state == "waiting")
    return tuple(
        _person(hall, row, taken.get(row.name, 0) + offered.get(row.name, 0)) for row in rows if may(row.role, SERVE)
    )


async def person(hall: Hall, name: str) -> Person | None:
    """One of them, or whoever else has an account."""
    row = await hall.store.one(select(agents).where(agents.c.name == name))
    return _person(hall, row, 0) if row is not None else None


async def _counted(hall: Hall, column: Any, where: Any) -> dict[str, int]:
    rows = await hall.store.all(select(column.label("who"), func.count().label("many")).where(where).group_by(column))
    return {row.who: row.many for row in rows if row.who}


def _person(hall: Hall, row: Any, load: int) -> Person:
    return Person(
        name=row.name,
        role=row.role,
        display_name=row.display_name,
        work_number=row.work_number,
        skills=tuple(row.skills),
        languages=tuple(row.languages or ()),
        at_once=row.at_once or hall.policy.desk.serving.at_once,
        presence=row.presence,
        presence_at=row.presence_at,
        heard_at=row.heard_at,
        load=load,
    )
