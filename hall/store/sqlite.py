"""SQLite, in the event loop: a statement takes some tens of microseconds, a tenth of what handing it to a thread costs.

Commits that are ready at the same time share one transaction, so that a dozen senders pay for one flush of the disk;
nobody is told before it is done. Where another process writes, its end is waited for in small steps: who only reads,
or has nothing to do with the file, is served meanwhile.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from sqlalchemy import CursorResult, Executable, create_engine, event

from hall.errors import Conflict
from hall.store.database import Connection, Write
from hall.store.prepared import Prepared, dump_json, load_json

# secure_delete: what is scrubbed (codes, what customers wrote) is overwritten in the file, not only let go
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")
STEP = 0.02  # seconds between two tries to begin while another process writes
T = TypeVar("T")

UnitResult = list[int] | Exception  # the rows that each write touched, or why there are none
BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class Waiting(NamedTuple):
    """A unit of work that waits for its commit, until a time of the event loop's clock."""

    writes: Sequence[Write]
    done: asyncio.Future[list[int]]
    until: float


class SqliteConnection(NamedTuple):
    """A connection, and the driver's own below it."""

    connection: sa.Connection
    driver: sqlite3.Connection

    @classmethod
    def of(cls, connection: sa.Connection) -> SqliteConnection:
        return cls(connection, connection.connection.driver_connection)  # type: ignore[arg-type]


class Sqlite:
    """One file, write-ahead log, every commit on the disk before it is acknowledged; one writer at a time."""

    def __init__(self, url: sa.URL, patience: float) -> None:
        self._engine = create_engine(
            url,
            connect_args={"timeout": patience},
            json_serializer=dump_json,
            json_deserializer=load_json,
            hide_parameters=True,
        )
        event.listen(self._engine, "connect", _configure)
        event.listen(self._engine, "begin", _begin)
        self._patience = patience
        self._lock = asyncio.Lock()
        self._reader: SqliteConnection | None = None
        self._writer: SqliteConnection | None = None
        self._queue: list[Waiting] = []
        self._flushing: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "sqlite")

    async def read(self, statement: Executable | Prepared, values: Mapping[str, Any] | None) -> Sequence[Any]:
        """Rows as they are now."""
        if self._reader is None:
            self._reader = SqliteConnection.of(self._engine.connect())
        if isinstance(statement, Prepared):
            form = statement.on(self._engine.dialect)
            return form.decode(self._reader.driver.execute(form.text, form.encode(values or {})))
        try:
            return self._reader.connection.execute(statement, values).all()
        finally:
            self._reader.connection.rollback()

    async def commit(self, writes: Sequence[Write]) -> list[int]:
        """Do the writes together; the rows that each touched. With others that are ready now, in one transaction."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[list[int]] = loop.create_future()
        self._queue.append(Waiting(writes, future, loop.time() + self._patience))
        if len(self._queue) == 1 and self._flushing is None:
            loop.call_soon(self._flush)
        return await future

    def _flush(self) -> None:
        if self._flushing is not None or not self._queue:
            return
        if len(self._queue) > 1 or self._lock.locked() or not self._commit_at_once():
            self._flushing = asyncio.create_task(self._flush_groups())

    def _commit_at_once(self) -> bool:
        """Commit the only unit that waits; False when another process writes."""
        group, self._queue = self._queue, []
        try:
            with self._transaction(group) as results:
                pass
        except Exception as error:
            if _is_busy(error):
                self._queue = group
                return False
            results = [error]
        _resolve(group, results)
        return True

    async def _flush_groups(self) -> None:
        """Where several wait, the disk is waited for in a thread: the turns of others go on meanwhile."""
        try:
            while self._queue:
                async with self._lock:
                    await self._flush_group()
        finally:
            self._flushing = None

    async def _flush_group(self) -> None:
        """Those that wait now, in one transaction; while another process writes, not yet."""
        group, self._queue = self._queue, []
        transaction = self._transaction(group)
        try:
            results = transaction.__enter__()
            await asyncio.get_running_loop().run_in_executor(self._thread, transaction.__exit__, None, None, None)
        except Exception as error:
            if _is_busy(error):
                self._put_back(group, error)
                await asyncio.sleep(STEP)
                return
            results = [error] * len(group)
        _resolve(group, results)

    def _put_back(self, group: list[Waiting], error: Exception) -> None:
        """Those that may wait on come first again, the others get the error."""
        now = asyncio.get_running_loop().time()
        late = [one for one in group if now >= one.until]
        self._queue[:0] = [one for one in group if now < one.until]
        _resolve(late, [error] * len(late))

    @contextmanager
    def _transaction(self, group: list[Waiting]) -> Iterator[list[UnitResult]]:
        """Every unit in a savepoint of one transaction: one that fails takes no other with it. Ends with the commit."""
        link = self._write_connection()
        writer, driver = link.connection, link.driver
        plain = all(isinstance(write.statement, Prepared) for one in group for write in one.writes)
        with _raw_transaction(driver) if plain else writer.begin():
            if len(group) == 1:
                yield [[self._execute(writer, driver, write) for write in group[0].writes]]
                return
            results: list[UnitResult] = []
            for one in group:
                driver.execute("SAVEPOINT unit")
                try:
                    results.append([self._execute(writer, driver, write) for write in one.writes])
                except (Conflict, sa.exc.DBAPIError, sqlite3.Error) as error:
                    results.append(error)
                    driver.execute("ROLLBACK TO unit")
                driver.execute("RELEASE unit")
            yield results

    def _execute(self, writer: sa.Connection, driver: sqlite3.Connection, write: Write) -> int:
        if isinstance(write.statement, Prepared):
            form = write.statement.on(self._engine.dialect)
            touched = driver.execute(form.text, form.encode(write.values or {})).rowcount
        else:
            touched = writer.execute(write.statement, write.values).rowcount
        write.check(touched)
        return touched

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Connection]:
        """A transaction that has the right to write from its beginning."""
        async with self._lock:
            writer = self._write_connection().connection
            with await self._begun(writer):
                yield SyncAsAsync(writer)

    async def _begun(self, writer: sa.Connection) -> sa.RootTransaction:
        """A transaction, once no other process writes. Raises OperationalError when that takes too long."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._patience
        while True:
            try:
                return writer.begin()
            except sa.exc.OperationalError as error:
                if not _is_busy(error) or loop.time() >= until:
                    raise
            await asyncio.sleep(STEP)

    def _write_connection(self) -> SqliteConnection:
        if self._writer is None:
            self._writer = SqliteConnection.of(self._engine.connect().execution_options(writes=True))
            self._writer.driver.execute("PRAGMA busy_timeout=0")  # the wait is ours: nobody else is held up by it
        return self._writer

    async def close(self) -> None:
        """Close the file."""
        while self._flushing is not None or self._queue:
            await asyncio.sleep(0)
            self._flush()
        for link in (self._reader, self._writer):
            if link is not None:
                link.connection.close()
        self._reader = self._writer = None
        self._engine.dispose()


def _resolve(group: list[Waiting], results: Sequence[UnitResult]) -> None:
    for one, result in zip(group, results, strict=True):
        if one.done.done():
            continue  # whoever waited was cancelled
        if isinstance(result, Exception):
            one.done.set_exception(result)
        else:
            one.done.set_result(result)


def _is_busy(error: Exception) -> bool:
    """Whether another process writes."""
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in BUSY  # the higher bits say more of it


@contextmanager
def _raw_transaction(driver: sqlite3.Connection) -> Iterator[None]:
    driver.execute("BEGIN IMMEDIATE")
    try:
        yield
        driver.execute("COMMIT")
    except BaseException:
        if driver.in_transaction:
            driver.execute("ROLLBACK")
        raise


class SyncAsAsync:
    """A synchronous connection with the asynchronous one's calls."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    async def execute(self, statement: Executable) -> CursorResult[Any]:
        return self._connection.execute(statement)

    async def run_sync(self, fn: Callable[..., T], /, *arguments: Any, **options: Any) -> T:
        return fn(self._connection, *arguments, **options)


def _configure(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin by itself: `_begin` does
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    if connection.get_execution_options().get("writes"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
