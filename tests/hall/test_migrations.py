"""The migrations lead to the tables that the programs use, and back, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import inspect

from hall.store import migrations
from hall.store.unit import Store


@pytest_asyncio.fixture(params=["sqlite", "postgres"])
async def bare(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """A database without tables."""
    url = f"sqlite:///{tmp_path / 'bare.db'}"
    store = Store(url if request.param == "sqlite" else await request.getfixturevalue("postgres").bare())
    yield store
    await store.close()


async def tables(store: Store) -> set[str]:
    async with store.write() as connection:
        return set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))


async def test_up_gives_exactly_the_tables_that_are_used_and_down_takes_them_away(bare: Store) -> None:
    await migrations.upgrade(bare)
    assert await migrations.check(bare) == ""
    await migrations.upgrade(bare)
    await migrations.downgrade(bare)
    assert await tables(bare) <= {"alembic_version"}
    await migrations.upgrade(bare)
    assert await migrations.check(bare) == ""


async def test_a_database_that_was_not_migrated_is_told_so(bare: Store) -> None:
    assert "yingting db upgrade" in await migrations.check(bare)
