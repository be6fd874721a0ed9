"""Counts what somebody does, in the database, so that every process knows it: by a key, within a window.

Rows are those of `sign_in_failures`: a key, a count, the moment from which it counts. Whom a key is about is hashed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update

from hall.store.tables.desk import sign_in_failures
from hall.store.unit import Unit

_C = sign_in_failures.c


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many times within a window that begins with the first."""

    name: str
    most: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Count:
    """How often it was done in the present window. `row` is what is stored of it, which may be of an older one."""

    limit: Limit
    key: str
    done: int
    since: datetime
    row: Any

    @property
    def until(self) -> datetime | None:
        """When it may be done again; None while there is room."""
        return self.since + self.limit.window if self.done >= self.limit.most else None

    def stage(self, unit: Unit, now: datetime, done: int, since: datetime) -> None:
        """Store a new count; of two at the same time one conflicts and runs again."""
        if self.row is None:
            unit.stage(insert(sign_in_failures).values(key=self.key, failures=done, since=since))
            return
        same = (_of(self.key), _C.failures == self.row.failures, _C.since == self.row.since)
        unit.stage(update(sign_in_failures).where(*same).values(failures=done, since=since), expect=1)

    def once_more(self, unit: Unit, now: datetime) -> None:
        """Stage one more."""
        self.stage(unit, now, self.done + 1, self.since)


def _of(key: str) -> ColumnElement[bool]:
    column: ColumnElement[str] = _C["key"]
    return column == key


async def full(unit: Unit, now: datetime, counted: Sequence[tuple[Limit, str]]) -> datetime | None:
    """Stage one more of each limit, unless one of them is full: then until when, and nothing is counted.

    A limit is counted of somebody; of "" it is not.
    """
    counts = [await look(unit, now, limit, who) for limit, who in counted if who]
    until = [count.until for count in counts if count.until is not None]
    if until:
        return max(until)
    for count in counts:
        count.once_more(unit, now)
    return None


async def look(unit: Unit, now: datetime, limit: Limit, who: str) -> Count:
    """What is counted of somebody. A window that is over counts as none."""
    key = f"{limit.name}:{hashlib.sha256(who.encode()).hexdigest()[:32]}"
    row = await unit.one(select(sign_in_failures).where(_of(key)))
    if row is None or now - row.since >= limit.window:
        return Count(limit, key, 0, now, row)
    return Count(limit, key, row.failures, row.since, row)
