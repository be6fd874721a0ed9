"""The migrations lead to the tables that the programs use, and back, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import inspect, text

from hall.books import check
from hall.books.ledger import balances
from hall.store import migrations
from hall.store.unit import Store
from hall.topup import orders


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


FORMER = """
INSERT INTO orders VALUES ('T2026111500001', 'c', 'k1', NULL, '13800138000', 'N1G', 'national', 1024, 'calendar month', 2500,
 'wechat', 'SUCCEEDED', 5, 2500, 0, 0, 'S1', NULL, NULL, '{0}', '{0}', '{0}');
INSERT INTO orders VALUES ('T2026111500002', 'c', 'k2', NULL, '13800138000', 'N1G', 'national', 1024, 'calendar month', 2500,
 'wechat', 'REFUNDED', 7, 2500, 1000, 1500, 'S2', NULL, NULL, '{0}', '{0}', '{0}');
INSERT INTO orders VALUES ('T2026111500003', 'c', 'k3', NULL, '13800138000', 'N1G', 'national', 1024, 'calendar month', 2500,
 'wechat', 'AWAIT_PAY', 1, 0, 0, 0, NULL, NULL, NULL, '{0}', '{0}', '{0}');
INSERT INTO order_events VALUES ('T2026111500003', 1, 'c', NULL, 'AWAIT_PAY', 'placed', 'customer', NULL, '{0}');
INSERT INTO payments VALUES ('T2026111500001', 'c', 'demo', 'wechat', 2500, 'P1', '{0}', '{0}');
INSERT INTO payments VALUES ('T2026111500002', 'c', 'demo', 'wechat', 2500, 'P2', '{0}', '{0}');
INSERT INTO payments VALUES ('T2026111500003', 'c', 'demo', 'wechat', 2500, NULL, '{0}', NULL);
INSERT INTO refunds VALUES ('R2026111500002', 'T2026111500002', 'c', 1500, 'partial', 'done', '{0}', '{0}')
"""  # noqa: E501


async def test_orders_that_were_there_before_the_books_are_booked(bare: Store) -> None:
    await migrations.upgrade(bare, "0001")
    at = "2026-11-15 02:00:00" + ("" if bare.is_sqlite else "+00")
    async with bare.write() as connection:
        for statement in FORMER.format(at).split(";"):
            await connection.execute(text(statement))
    await migrations.upgrade(bare)
    assert await check.unexplained(bare) == []
    assert await balances(bare) == {"customer": 0, "payment:demo": 3500, "refund": 0, "supplier": -3500}
    steps = await orders.history(bare, "T2026111500003")
    assert [(row.before, row.after) for row in steps] == [
        (None, "DRAFT"), ("DRAFT", "CONFIRMED"), ("CONFIRMED", "AWAIT_PAY"),
    ]  # fmt: skip
    await migrations.downgrade(bare, "0001")
    assert len(await bare.all(text("SELECT * FROM orders"))) == 3


async def test_compensations_that_were_there_are_numbered_by_line_and_month(bare: Store) -> None:
    await migrations.upgrade(bare, "0004_review")
    zone = "" if bare.is_sqlite else "+00"
    made = [("a", "13800138000", "2026-10-31 15:59:59"), ("b", "13800138000", "2026-10-31 16:00:00"),
            ("c", "13800138000", "2026-11-15 02:00:00"), ("d", "13900139002", "2026-11-15 02:00:00")]  # fmt: skip
    async with bare.write() as connection:
        for key, line, at in made:
            values = (
                f"'{key}', '', '{line}', 100, 'fault', NULL, 100, 'granted', 'hall', NULL, '{at}{zone}', '{at}{zone}'"
            )
            await connection.execute(text(f"INSERT INTO compensations VALUES ({values})"))
    await migrations.upgrade(bare)
    rows = await bare.all(text("SELECT id, month, nth FROM compensations ORDER BY id"))
    assert [tuple(row) for row in rows] == [
        ("a", "2026-10", 1), ("b", "2026-11", 1), ("c", "2026-11", 2), ("d", "2026-11", 1),
    ]  # fmt: skip
