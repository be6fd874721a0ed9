"""Alembic's migrations, run by the process itself on its own connection, and which programs may work beside them.

A migration says `BESIDE = True` when the release before may go on while it is done and after it: it only adds what
that release does not know (*expand*). Any other one (*contract*) first says in the table `program_floor` that older
programs may not work here any more; they see it within seconds, finish their turns and end (`too_old`). On PostgreSQL
it waits for them: every program that works holds a lock in common (hall/store/cluster.py).
"""

from __future__ import annotations

import asyncio
import time
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, delete, insert, inspect, select, text

from hall.errors import HallError, StoreUnavailable
from hall.store.cluster import PROGRAMS
from hall.store.tables import metadata
from hall.store.tables.programs import program_floor
from hall.store.unit import Store

WAIT_FOR_OTHERS = 60.0  # seconds for older programs to end
LOOK_AGAIN = 0.3  # seconds


class NewerDatabase(HallError):
    """The database belongs to newer programs, beside which this one cannot work."""


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


@cache  # reading all of them costs 25 ms of CPU, and every second it is looked at
def head() -> str:
    """The revision that this program needs."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


async def upgrade(store: Store, revision: str = "head") -> None:
    """Bring the database to `revision`; does nothing when it is there, or further and this program may go on beside it.

    Waits for older programs where they cannot go on. Raises NewerDatabase, StoreUnavailable.
    """
    until = time.monotonic() + WAIT_FOR_OTHERS
    async with store.write() as connection:
        if why := _beyond(await connection.run_sync(_floor)):
            raise NewerDatabase(why)
        await connection.run_sync(_announce, revision)
    while True:
        async with store.write() as connection:
            if await connection.run_sync(_upgrade, revision):
                return
        if time.monotonic() > until:
            raise StoreUnavailable("older programs still work on it: stop them, and try again")
        await asyncio.sleep(LOOK_AGAIN)


def _announce(connection: Connection, revision: str) -> None:
    """Say from which revision on programs may work here, before a migration that older ones cannot stand."""
    if (floor := _contracting(connection, revision)) and inspect(connection).has_table(program_floor.name):
        _set_floor(connection, floor)


def _upgrade(connection: Connection, revision: str) -> bool:
    """Whether the database is at the revision now; False while older programs work on it."""
    floor = _contracting(connection, revision)
    if connection.dialect.name == "postgresql":  # one at a time of the processes that start together
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('yingting migrations'))"))
        alone = select(text(f"pg_try_advisory_xact_lock({PROGRAMS})"))
        if floor and _contracting(connection, revision) and not connection.execute(alone).scalar():
            return False
    if _knows(_current(connection)):
        command.upgrade(_config(connection), revision)
        if floor and inspect(connection).has_table(program_floor.name):
            _set_floor(connection, floor)
    return True


def _contracting(connection: Connection, revision: str) -> str:
    """The newest migration to be done beside which older programs cannot work, or ""."""
    current = _current(connection)
    if not current or not _knows(current):  # an empty database has no programs; a newer one needs nothing of ours
        return ""
    scripts = ScriptDirectory.from_config(_config(connection))
    pending = list(scripts.iterate_revisions(revision, current))
    return next((one.revision for one in pending if not getattr(one.module, "BESIDE", False)), "")


def _set_floor(connection: Connection, revision: str) -> None:
    connection.execute(delete(program_floor))
    connection.execute(insert(program_floor).values(id=1, oldest=revision))


async def require(store: Store, revision: str) -> None:
    """Say that programs which do not know that revision may not work on this database any more."""
    async with store.write() as connection:
        await connection.run_sync(_set_floor, revision)


async def too_old(store: Store) -> str:
    """Why this program may not work on the database any more, or "". Raises StoreUnavailable."""
    row = await store.one(select(program_floor.c.oldest))
    return _beyond(row.oldest if row is not None else "")


async def current(store: Store) -> str:
    """The database's revision, "" for an empty one."""
    async with store.write() as connection:
        return str(await connection.run_sync(_current))


def _beyond(floor: str) -> str:
    if _number(floor) <= _number(head()):
        return ""
    return f"the database needs programs of revision {floor} or newer, this one knows {head()}: install the newer one"


def _floor(connection: Connection) -> str:
    if not inspect(connection).has_table(program_floor.name):
        return ""
    return str(connection.execute(select(program_floor.c.oldest)).scalar() or "")


def _number(revision: str) -> int:
    """Revisions are one line and begin with their number: 0021_program_floor."""
    number = revision.partition("_")[0]
    return int(number) if number.isdecimal() else 0


def _current(connection: Connection) -> str:
    return str(MigrationContext.configure(connection).get_current_revision() or "")


def _knows(revision: str) -> bool:
    """Whether a revision is of this program's line; one of a newer program is not."""
    return _number(revision) <= _number(head())


async def downgrade(store: Store, revision: str = "base") -> None:
    """Take the database back to `revision`."""
    async with store.write() as connection:
        await connection.run_sync(_downgrade, revision)


def _downgrade(connection: Connection, revision: str) -> None:
    command.downgrade(_config(connection), revision)


async def check(store: Store) -> str:
    """What keeps the database from being up to date, or an empty string."""
    async with store.write() as connection:
        return str(await connection.run_sync(_check))


def _check(connection: Connection) -> str:
    current, needed = _current(connection), head()
    if not _knows(current):
        return f"the database is at revision {current}, newer than the programs ({needed}): install the newer ones"
    if current != needed:
        return f"the database is at revision {current}, the programs need {needed}: run `yingting db upgrade`"
    differences: list[Any] = compare_metadata(MigrationContext.configure(connection), metadata)
    return f"the tables differ from what the programs need: {differences}" if differences else ""
