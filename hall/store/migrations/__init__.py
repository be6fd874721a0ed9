"""Alembic's migrations, run by the process itself on its own connection."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from hall.store.tables import metadata
from hall.store.unit import Store


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


async def upgrade(store: Store, revision: str = "head") -> None:
    """Bring the database to `revision`; does nothing when it is there."""
    async with store.write() as connection:
        await connection.run_sync(_upgrade, revision)


def _upgrade(connection: Connection, revision: str) -> None:
    if connection.dialect.name == "postgresql":  # one at a time of the processes that start together
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('yingting migrations'))"))
    command.upgrade(_config(connection), revision)


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
    context = MigrationContext.configure(connection)
    head = ScriptDirectory.from_config(_config(connection)).get_current_head()
    current = context.get_current_revision()
    if current != head:
        return f"the database is at revision {current}, the programs need {head}: run `yingting db upgrade`"
    differences: list[Any] = compare_metadata(context, metadata)
    return f"the tables differ from what the programs need: {differences}" if differences else ""
