"""SQLite and PostgreSQL behind the same calls: a read, a commit of staged writes, a write transaction.

SQLite runs in the event loop: a statement takes some tens of microseconds, a tenth of what handing
it to a thread costs. Commits that are ready at the same time share one transaction, so that a dozen
senders pay for one flush of the disk; nobody is told before it is done. PostgreSQL is spoken to
asynchronously (asyncpg) and shares its flushes by itself.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol, TypeVar

import asyncpg
import sqlalchemy as sa
from sqlalchemy import CursorResult, Dialect, Executable, create_engine, event
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from hall.errors import Conflict
from hall.store import address
from hall.store.connections import KEEP_ALIVE, Connections
from hall.store.prepared import Form, Prepared, dump_json, load_json

# secure_delete: what is scrubbed (codes, what customers wrote) is overwritten in the file, not only let go
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")
CONNECT_WITHIN = 10.0  # seconds, unless the address says otherwise
MAX_BATCH_STATEMENTS = 200  # kept, one for each kind of turn
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Write:
    """One staged write. `expect` is the number of rows it must touch."""

    statement: Executable | Prepared
    values: Mapping[str, Any] | None = None
    expect: int | None = None

    def check(self, touched: int) -> None:
        """Raises Conflict when it touched another number of rows."""
        if self.expect is not None and touched != self.expect:
            raise Conflict(f"{touched} rows instead of {self.expect}: {self.statement}")


UnitResult = list[int] | Exception  # the rows that each write touched, or why there are none
CommitGroup = list[tuple[Sequence[Write], "asyncio.Future[list[int]]"]]


class Connection(Protocol):
    """A connection in a write transaction."""

    async def execute(self, statement: Executable) -> CursorResult[Any]: ...

    async def run_sync(self, fn: Callable[..., T], /, *arguments: Any, **options: Any) -> T: ...


class Database(Protocol):
    """Where the hall's tables are."""

    async def read(self, statement: Executable | Prepared, values: Mapping[str, Any] | None) -> Sequence[Any]: ...

    async def commit(self, writes: Sequence[Write]) -> list[int]: ...

    def write(self) -> AbstractAsyncContextManager[Connection]: ...

    async def close(self) -> None: ...


def open_database(url: str, patience: float) -> Database:
    """The database of an address. `patience`: seconds to wait for another writer of the same SQLite file.

    Raises ValueError when it is the address of neither SQLite nor PostgreSQL.
    """
    if url.startswith("sqlite:"):
        return Sqlite(address.sqlite(url), patience)
    if address.is_postgres(url):
        return Postgres(address.postgres(url))
    raise ValueError("must begin with sqlite:/// or postgresql://")


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
        self._lock = asyncio.Lock()
        self._reader: SqliteConnection | None = None
        self._writer: SqliteConnection | None = None
        self._queue: CommitGroup = []
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
        self._queue.append((writes, future))
        if len(self._queue) == 1 and self._flushing is None:
            loop.call_soon(self._flush)
        return await future

    def _flush(self) -> None:
        if self._flushing is not None or not self._queue:
            return
        if len(self._queue) == 1 and not self._lock.locked():
            group, self._queue = self._queue, []
            try:
                with self._transaction(group) as results:
                    pass
            except Exception as error:
                results = [error]
            _resolve(group, results)
        else:
            self._flushing = asyncio.create_task(self._flush_groups())

    async def _flush_groups(self) -> None:
        """Where several wait, the disk is waited for in a thread: the turns of others go on meanwhile."""
        try:
            while self._queue:
                async with self._lock:
                    await self._flush_group()
        finally:
            self._flushing = None

    async def _flush_group(self) -> None:
        group, self._queue = self._queue, []
        try:
            transaction = self._transaction(group)
            results = transaction.__enter__()
            await asyncio.get_running_loop().run_in_executor(self._thread, transaction.__exit__, None, None, None)
        except Exception as error:
            results = [error] * len(group)
        _resolve(group, results)

    @contextmanager
    def _transaction(self, group: CommitGroup) -> Iterator[list[UnitResult]]:
        """Every unit in a savepoint of one transaction: one that fails takes no other with it. Ends with the commit."""
        link = self._write_connection()
        writer, driver = link.connection, link.driver
        plain = all(isinstance(write.statement, Prepared) for writes, _ in group for write in writes)
        with _raw_transaction(driver) if plain else writer.begin():
            if len(group) == 1:
                yield [[self._execute(writer, driver, write) for write in group[0][0]]]
                return
            results: list[UnitResult] = []
            for writes, _ in group:
                driver.execute("SAVEPOINT unit")
                try:
                    results.append([self._execute(writer, driver, write) for write in writes])
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
            with writer.begin():
                yield SyncAsAsync(writer)

    def _write_connection(self) -> SqliteConnection:
        if self._writer is None:
            self._writer = SqliteConnection.of(self._engine.connect().execution_options(writes=True))
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


def _resolve(group: CommitGroup, results: Sequence[UnitResult]) -> None:
    for (_, future), result in zip(group, results, strict=True):
        if future.done():
            continue  # whoever waited was cancelled
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)


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


class Postgres:
    """A server, shared by any number of processes and hosts."""

    def __init__(self, place: address.Address) -> None:
        self._engine = create_async_engine(
            place.url,
            connect_args=dict(place.options),
            pool_size=8,
            max_overflow=8,
            pool_pre_ping=True,
            json_serializer=dump_json,
            json_deserializer=load_json,
            hide_parameters=True,
        )
        self._reads = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        _, options = self._dialect.create_connect_args(place.url)
        self._options = {"timeout": CONNECT_WITHIN, **options, **place.options}
        self._connections = Connections(self._options)

    async def read(self, statement: Executable | Prepared, values: Mapping[str, Any] | None) -> Sequence[Any]:
        """Rows as they are now."""
        if isinstance(statement, Prepared):
            form = statement.on(self._dialect)
            return form.decode(await self._connections.fetch(form.text, form.encode(values or {})))
        async with self._reads.connect() as connection:
            return (await connection.execute(statement, values)).all()

    async def commit(self, writes: Sequence[Write]) -> list[int]:
        """Do the writes together; the rows that each touched."""
        forms = [w.statement.on(self._dialect) if isinstance(w.statement, Prepared) else None for w in writes]
        changes = [w.statement for w in writes if getattr(w.statement, "is_update", False)]
        if None in forms or len(set(changes)) < len(changes):  # two changes of one row must see each other
            async with self._engine.begin() as connection:
                return [await self._execute(connection, write, form) for write, form in zip(writes, forms, strict=True)]
        batch = BatchStatement.of(tuple((w.statement, w.expect) for w in writes), self._dialect)
        try:
            (row,) = await self._connections.fetch(batch.text, batch.encode(writes))
        except asyncpg.DivisionByZeroError:
            raise Conflict(
                f"a guard does not hold: {', '.join(str(w.statement) for w in writes if w.expect)}"
            ) from None
        return list(row)

    async def _execute(self, connection: AsyncConnection, write: Write, form: Form | None) -> int:
        statement = form.statement if form else write.statement
        touched = (await connection.execute(statement, write.values)).rowcount  # type: ignore[arg-type]
        write.check(touched)
        return int(touched)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Connection]:
        """A transaction."""
        async with self._engine.begin() as connection:
            yield connection

    async def connect(self) -> asyncpg.Connection:
        """A connection of its own, for locks and notices."""
        return await asyncpg.connect(
            **self._options | {"server_settings": KEEP_ALIVE | dict(self._options["server_settings"])}
        )

    @property
    def _dialect(self) -> Dialect:
        return self._engine.dialect

    async def close(self) -> None:
        """Give back every connection."""
        await self._connections.close()
        await self._engine.dispose()


class BatchStatement:
    """Several prepared writes as one statement of PostgreSQL, which is a transaction by itself: one way there and back.

    The writes do not see each other; a guard that does not hold divides by zero, so that nothing is done.
    """

    _known: ClassVar[dict[Any, BatchStatement]] = {}

    def __init__(self, writes: Sequence[tuple[Any, int | None]], dialect: Dialect) -> None:
        self._forms: list[Form] = [statement.on(dialect) for statement, _ in writes]
        parts, counts, before = [], [], 0
        for number, (form, (_, expect)) in enumerate(zip(self._forms, writes, strict=True)):
            body = re.sub(r"\$(\d+)", lambda found, before=before: f"${int(found[1]) + before}", form.text)  # type: ignore[misc]
            parts.append(f"w{number} AS ({body} RETURNING 1)")
            count = f"(SELECT count(*) FROM w{number})"
            counts.append(count if expect is None else f"{count} / (CASE {count} WHEN {expect} THEN 1 ELSE 0 END)")
            before += form.width
        self.text = f"WITH {', '.join(parts)} SELECT {', '.join(counts)}"

    @classmethod
    def of(cls, writes: tuple[tuple[Any, int | None], ...], dialect: Dialect) -> BatchStatement:
        """The one for these statements; there are as many as kinds of turns."""
        known = cls._known.get(writes)
        if known is None:
            known = cls._known[writes] = cls(writes, dialect)
            if len(cls._known) > MAX_BATCH_STATEMENTS:
                del cls._known[next(iter(cls._known))]
        return known

    def encode(self, writes: Sequence[Write]) -> list[Any]:
        """The values of all."""
        values: list[Any] = []
        for form, write in zip(self._forms, writes, strict=True):
            values += form.encode(write.values or {})
        return values


def _configure(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin by itself: `_begin` does
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    if connection.get_execution_options().get("writes"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
