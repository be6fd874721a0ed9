"""The audit finds what it is there to find."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import text

from benchmarks.dialogues import LINE, TOPUP
from bot.engine.engine import Engine
from bot.messages import Inbound
from hall.store.unit import Store
from tests.chaos import audit
from tests.houses import demo_house


@pytest_asyncio.fixture
async def store(engine: Engine, seeded: Path, tmp_path: Path) -> AsyncIterator[Store]:
    """After one customer has ordered a top-up."""
    async with demo_house(engine, tmp_path, seeded) as (house, _):
        for turn, line in enumerate(TOPUP):
            receipt = await house.turns.accept(Inbound("rest", "rest", "c", f"c-{turn}", line.message, msisdn=LINE))
            assert await house.turns.replies(receipt, within=30)
        yield house.hall.store


async def test_nothing_is_wrong(store: Store) -> None:
    assert await audit.problems(store) == []
    assert await audit.waiting(store) == []


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE inbox SET state = 'new' WHERE message_id = 'c-3'",
        "UPDATE inbox SET state = 'failed' WHERE message_id = 'c-3'",
        "UPDATE inbox SET arrival = arrival - 100000000000 WHERE message_id = 'c-3'",
        "DELETE FROM messages WHERE author = 'bot' AND seq = 2",
        "INSERT INTO messages SELECT conversation, 99, author, text, buttons, image, client_id, at FROM messages"
        " WHERE seq = 2",
        "UPDATE orders SET state = 'CANCELLED'",
        "DELETE FROM order_events",
        "INSERT INTO demo_payments (payment_no, way, amount_fen, state, expires_at)"
        " SELECT order_no, way, price_fen, 'paid', expires_at FROM orders",
        "INSERT INTO demo_refunds (refund_no, payment_no, amount_fen, at)"
        " SELECT order_no, order_no, 1, created_at FROM orders",
        "INSERT INTO bss_credits (key, msisdn, sku, data_mb, valid_until, month, at)"
        " SELECT order_no, msisdn, sku, data_mb, expires_at, '2026-11', created_at FROM orders",
    ],
)
async def test_damage_is_found(store: Store, damage: str) -> None:
    async with store.write() as connection:
        done = await connection.execute(text(damage))
        assert done.rowcount
    assert await audit.problems(store)
