"""PostgreSQL, spoken to asynchronously (asyncpg): it shares its flushes of the disk by itself."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import asyncpg
from sqlalchemy import Dialect, Executable
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from hall.errors import Conflict
from hall.store import address
from hall.store.connections import KEEP_ALIVE, Connections
from hall.store.database import Connection, Write
from hall.store.prepared import Form, Prepared, dump_json, load_json

CONNECT_WITHIN = 10.0  # seconds, unless the address says otherwise
MAX_BATCH_STATEMENTS = 200  # kept, one for each kind of turn


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
