"""The unit of work: reads at once, writes staged and done together in one short transaction.

Slow reads (the operator's systems) thus never hold the database, and a unit that fails half-way
has changed nothing. What was read may be stale when the writes are done: guard each write that
depends on it with a version (`expect`), and run the unit again on `Conflict`.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from math import inf
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import Executable, Row, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from hall.errors import Conflict, StoreUnavailable
from hall.store import address
from hall.store.cluster import Cluster, PostgresCluster, SingleProcess
from hall.store.database import Connection, Database, Write
from hall.store.notification import Notification
from hall.store.postgres import Postgres
from hall.store.prepared import Prepared
from hall.store.sqlite import Sqlite

Values = Mapping[str, Any] | None
T = TypeVar("T")

PAUSE = 0.02  # seconds before the second retry of a unit, twice as long before the third, …


class Store:
    """The database, SQLite (WAL) or PostgreSQL. One writer at a time on SQLite."""

    def __init__(self, url: str, *, patience: float = 2.0) -> None:
        """`patience`: seconds to wait for another process that writes to the same SQLite file."""
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self._database = open_database(url, patience)
        self.failed_at = -inf  # when a commit last failed for want of the database, monotonic seconds
        self._listeners: list[Callable[[Notification], None]] = []
        self.cluster: Cluster = (
            PostgresCluster(self._database.connect, self._on_notify)
            if isinstance(self._database, Postgres)
            else SingleProcess()
        )

    async def all(self, statement: Executable | Prepared, values: Values = None) -> Sequence[Row[Any]]:
        """Rows of a read; raises StoreUnavailable. `values`: those of a prepared statement."""
        with _translated():
            return await self._database.read(statement, values)

    async def one(self, statement: Executable | Prepared, values: Values = None) -> Row[Any] | None:
        """The first row of a read, or None."""
        rows = await self.all(statement, values)
        return rows[0] if rows else None

    async def commit(self, writes: Sequence[Write]) -> list[int]:
        """Do writes together, durably; the rows that each touched. Raises Conflict, StoreUnavailable."""
        try:
            with _translated():
                return await self._database.commit(writes)
        except StoreUnavailable:
            self.failed_at = time.monotonic()
            raise

    def unit(self) -> Unit:
        """A new unit of work."""
        return Unit(self)

    def insert_once(self, table: Table, **values: Any) -> Executable:
        """An insert that does nothing when the row's key exists already."""
        build = sqlite.insert if self.is_sqlite else postgresql.insert
        insert = build(table).values(**values) if values else build(table)
        return insert.on_conflict_do_nothing()

    def listen(self, listener: Callable[[Notification], None]) -> None:
        """Call `listener` with each notification of a commit, here or in another process."""
        self._listeners.append(listener)

    def notify(self, notification: Notification, *, here: bool = False) -> None:
        """Tell the listeners in this process and, unless only `here`, in the others."""
        self._on_notify(notification)
        if not here:
            self.cluster.notify(notification)

    def _on_notify(self, notification: Notification) -> None:
        for listener in self._listeners:
            listener(notification)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Connection]:
        """A write transaction, committed at the end. Keep it short: no waiting inside."""
        with _translated():
            async with self._database.write() as connection:
                yield connection

    async def close(self) -> None:
        """Give back every connection."""
        await self.cluster.close()
        await self._database.close()


BROKEN = (IntegrityError, sqlite3.IntegrityError, asyncpg.IntegrityConstraintViolationError)
UNFIT = (DataError, sqlite3.DataError, asyncpg.DataError)
GONE = (DBAPIError, OSError, sqlite3.Error, asyncio.TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


class _translated:
    """Translates the drivers' errors into ours."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, BROKEN):
            raise Conflict(_reason(error)) from error
        if isinstance(error, UNFIT):
            return  # a value that no column takes is a fault of ours: trying again would not help
        if isinstance(error, GONE):
            raise StoreUnavailable(_reason(error)) from error


def _reason(error: BaseException) -> str:
    """What the driver says, in one line: the others may hold the values of the row."""
    said = str(error.orig if isinstance(error, DBAPIError) else error)
    return said.splitlines()[0] if said else type(error).__name__


@dataclass
class Unit:
    """One unit of work. Read with `all` and `one`, `stage` the writes, `commit` them together."""

    store: Store
    _writes: list[Write] = field(default_factory=list)
    _notifications: dict[Notification, bool] = field(default_factory=dict)  # to be sent only here?

    async def all(self, statement: Executable | Prepared, values: Values = None) -> Sequence[Row[Any]]:
        """Rows as they are now; staged writes are not seen."""
        return await self.store.all(statement, values)

    async def one(self, statement: Executable | Prepared, values: Values = None) -> Row[Any] | None:
        """The first row as it is now, or None."""
        return await self.store.one(statement, values)

    def stage(self, statement: Executable | Prepared, values: Values = None, *, expect: int | None = None) -> None:
        """Add a write. `expect` is the number of rows it must touch, else `commit` raises Conflict."""
        self._writes.append(Write(statement, values, expect))

    def insert_once(self, table: Table, **values: Any) -> None:
        """Stage an insert that does nothing when the row's key exists already."""
        self.stage(self.store.insert_once(table, **values))

    def notify_after_commit(self, notification: Notification, *, here: bool = False) -> None:
        """After the commit, tell whoever listens in this process and, unless only `here`, in the others."""
        self._notifications[notification] = here

    @property
    def empty(self) -> bool:
        """Whether nothing was staged."""
        return not self._writes

    async def commit(self) -> None:
        """Do all staged writes in one transaction.

        Raises Conflict when a guarded row had changed or a unique key exists, StoreUnavailable
        when the database cannot be written; then nothing was changed.
        """
        if self._writes:
            await self.store.commit(self._writes)
            self._writes = []
        notifications, self._notifications = self._notifications, {}
        for notification, here in notifications.items():
            self.store.notify(notification, here=here)


async def in_unit[T](store: Store, work: Callable[[Unit], Awaitable[T]], *, tries: int = 5) -> T:
    """Run `work` on a new unit and commit it; on Conflict again, from its reads on. Returns what `work` returns.

    `work` must read everything that its decision depends on, and change nothing but the unit: it may run `tries`
    times. A unit in which nothing was staged is not committed to the database. A refusal that a second look would
    not change must be an error of its own: every Conflict is tried again. Raises the last Conflict when others keep
    changing the same rows, StoreUnavailable, and whatever else `work` raises; then nothing was changed.
    """
    for attempt in range(tries):
        unit = store.unit()
        try:
            result = await work(unit)
            await unit.commit()
        except Conflict:
            if attempt == tries - 1:
                raise
            await asyncio.sleep(PAUSE * attempt)
        else:
            return result
    raise ValueError("a unit needs at least one try")


def open_database(url: str, patience: float) -> Database:
    """The database of an address. `patience`: seconds to wait for another writer of the same SQLite file.

    Raises ValueError when it is the address of neither SQLite nor PostgreSQL.
    """
    if url.startswith("sqlite:"):
        return Sqlite(address.sqlite(url), patience)
    if address.is_postgres(url):
        return Postgres(address.postgres(url))
    raise ValueError("must begin with sqlite:/// or postgresql://")
