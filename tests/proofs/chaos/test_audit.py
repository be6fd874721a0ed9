"""The audit finds what it is there to find: each damage, planted in a database that is well, is told by name."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import Connection, select, text

from benchmarks.dialogues import LINE, TOPUP
from bot.engine.engine import Engine
from bot.messages import InboundMessage
from hall.store.tables.topup import orders
from hall.store.unit import Store
from hall.topup import payment
from hall.topup.orders import find
from testing.apps import demo_app
from tests.proofs.chaos import audit
from tests.proofs.chaos.customers import Ledger
from tests.proofs.chaos.gateway import Gateway

PAYER, BROWSER = "rest:rest:payer", "rest:rest:browser"
SOON = timedelta(minutes=15)  # before an unpaid order ends


@pytest.fixture(scope="module")
def played(engine: Engine, seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database after one customer has ordered, paid and got a top-up, and another one has ordered and not paid."""
    return asyncio.run(_play(engine, seeded, tmp_path_factory.mktemp("played")))


async def _play(engine: Engine, seeded: Path, folder: Path) -> Path:
    async with demo_app(engine, folder, seeded) as (app, _):
        hall = app.hall
        for sender in ("payer", "browser"):
            for turn, line in enumerate(TOPUP):
                inbound = InboundMessage("rest", "rest", sender, f"{sender}-{turn}", line.message, msisdn=LINE)
                assert await app.conversations.wait_for_reply(await app.conversations.accept(inbound), within=30)
        row = await hall.store.one(select(orders.c.order_no).where(orders.c.conversation == PAYER))
        order = await find(hall.store, row.order_no if row else "")
        assert order is not None
        demo, unit = hall.payments[order.way], hall.store.unit()
        await demo.create(payment.charge(order))
        assert await demo.pay(order.order_no, unit)  # type: ignore[attr-defined]
        await unit.commit()
        paid = (await demo.query(order.order_no)).paid
        assert paid is not None
        await payment.record(hall, paid, actor="notice:demo")
        await app.dispatcher.settle()
        hall.clock.advance(SOON)
        await app.dispatcher.settle()
        await app.conversations.settle()
    return folder / "yingting.sqlite"


@pytest_asyncio.fixture
async def store(played: Path, tmp_path: Path) -> AsyncIterator[Store]:
    """A copy of it, to be damaged."""
    shutil.copy(played, tmp_path / "copy.sqlite")
    found = Store(f"sqlite:///{tmp_path / 'copy.sqlite'}")
    yield found
    await found.close()


def seen() -> Ledger:
    """What the two saw."""
    return Ledger(ordered={"payer", "browser"}, paid={"payer": "succeed"})


async def damaged(store: Store, *statements: str) -> None:
    """What the tables' own checks would not let happen."""

    def plant(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            assert connection.exec_driver_sql(statement).rowcount, statement

    async with store.write() as connection:
        await connection.run_sync(plant)


async def test_nothing_is_wrong(store: Store) -> None:
    assert await audit.problems(store) == []
    assert await audit.seen(store, seen()) == []
    assert await audit.waiting(store) == []


COLUMNS = "author, text, buttons, image, client_id, at"
HIS = f"(SELECT order_no FROM orders WHERE conversation = '{PAYER}')"
HERS = f"(SELECT order_no FROM orders WHERE conversation = '{BROWSER}')"
DAMAGE = {
    "a message lost, nobody sees to it": (
        ["UPDATE inbox SET state = 'new' WHERE message_id = 'payer-3'"],
        "payer-3 has no answer",
    ),
    "a message lost from the inbox": (["DELETE FROM inbox WHERE message_id = 'payer-3'"], "the log is"),
    "an apology for an answer": (
        ["UPDATE inbox SET state = 'failed' WHERE message_id = 'payer-3'"],
        "answered with an apology",
    ),
    "two messages answered in the wrong order": (
        ["UPDATE inbox SET arrival = arrival - 100000000000 WHERE message_id = 'payer-3'"],
        "the log is",
    ),
    "a reply lost": ([f"DELETE FROM messages WHERE conversation = '{PAYER}' AND seq = 2"], "the log is"),
    "a reply doubled": (
        [
            f"INSERT INTO messages (conversation, seq, {COLUMNS})"
            f" SELECT conversation, 99, {COLUMNS} FROM messages WHERE conversation = '{PAYER}' AND seq = 2"
        ],
        "the log is",
    ),
    "two replies changed places": (
        [
            f"UPDATE messages SET seq = 98 WHERE conversation = '{PAYER}' AND seq = 2",
            f"UPDATE messages SET seq = 2 WHERE conversation = '{PAYER}' AND seq = 4",
            f"UPDATE messages SET seq = 4 WHERE conversation = '{PAYER}' AND seq = 98",
        ],
        "the log is",
    ),
    "an end that nobody was told of": (
        [
            "DELETE FROM messages WHERE text IN (SELECT json_extract(replies, '$[0].text') FROM inbox"
            " WHERE kind = 'event')",
            "DELETE FROM inbox WHERE kind = 'event'",
        ],
        "SUCCEEDED, told 0 times",
    ),
    "an end that was told twice": (
        [
            "INSERT INTO inbox (conversation, message_id, kind, text, body, arrival, received_at, state, attempts,"
            " replies) SELECT conversation, message_id || ':again', kind, text, body, arrival + 1, received_at, state,"
            " attempts, '[]' FROM inbox WHERE message_id LIKE 'event:%utter_topup_succeeded%'"
        ],
        "SUCCEEDED, told 2 times",
    ),
    "an order moved past its history": ([f"UPDATE orders SET state = 'CANCELLED' WHERE order_no = {HERS}"], "history"),
    "a history lost": ([f"DELETE FROM order_events WHERE order_no = {HIS}"], "does not lead to"),
    "a history of no order": ([f"DELETE FROM orders WHERE order_no = {HERS}"], "history of no order"),
    "a payment taken and not booked": (
        [f"UPDATE demo_payments SET state = 'paid', amount_fen = 2600 WHERE payment_no = {HIS}"],
        "the provider took 2600 fen, 2500 are booked",
    ),
    "a payment that moved its order twice": (
        [
            "INSERT INTO notices (provider, notice_id, conversation, payment_no, amount_fen, outcome, at)"
            " SELECT provider, notice_id || 'B', conversation, payment_no, amount_fen, outcome, at FROM notices"
        ],
        "booked 2 times",
    ),
    "a payment booked twice": (
        [
            "INSERT INTO ledger (entry, line, debit, credit, amount_fen, subject, conversation, at)"
            " SELECT entry || 'B', line, debit, credit, amount_fen, subject, conversation, at FROM ledger"
            " WHERE entry LIKE '%:paid'"
        ],
        "booked_fen=5000, expected_fen=2500",
    ),
    "money given back and not booked": (
        [
            "INSERT INTO demo_refunds (refund_no, payment_no, amount_fen, at)"
            f" SELECT order_no, order_no, 1, created_at FROM orders WHERE order_no = {HIS}"
        ],
        "the provider gave back 1 fen, 0 are booked",
    ),
    "a delivery that its order does not know": (
        [f"UPDATE orders SET state = 'PROCESSING' WHERE order_no = {HIS}"],
        "credited 1 times in PROCESSING",
    ),
    "a delivery of what was never paid": (
        [
            "INSERT INTO bss_credits (key, msisdn, sku, data_mb, valid_until, month, at)"
            " SELECT order_no, msisdn, sku, data_mb, expires_at, '2026-11', created_at FROM orders"
            f" WHERE order_no = {HERS}"
        ],
        "credited 1 times in AWAIT_PAY",
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
async def test_damage_is_told(store: Store, name: str) -> None:
    statements, told = DAMAGE[name]
    await damaged(store, *statements)
    problems = await audit.problems(store)
    assert any(told in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (f"DELETE FROM orders WHERE order_no = {HERS}", "browser: has orders []"),
        (
            f"UPDATE orders SET conversation = '{PAYER}' WHERE order_no = {HERS}",
            "payer: has orders ['SUCCEEDED', 'AWAIT_PAY']",
        ),
        (f"UPDATE orders SET state = 'REFUNDED' WHERE order_no = {HIS}", "payer: has orders ['REFUNDED']"),
        (f"UPDATE orders SET state = 'SUCCEEDED' WHERE order_no = {HERS}", "browser: has orders ['SUCCEEDED']"),
    ],
    ids=["lost", "doubled", "another end", "delivered unpaid"],
)
async def test_an_order_that_is_not_what_its_customer_saw_is_told(store: Store, damage: str, told: str) -> None:
    await damaged(store, damage)
    assert any(problem.startswith(told) for problem in await audit.seen(store, seen()))


@pytest.mark.parametrize(
    ("damage", "waits"),
    [
        ("UPDATE inbox SET state = 'new' WHERE message_id = 'payer-3'", "payer-3"),
        (f"UPDATE orders SET state = 'PROCESSING' WHERE order_no = {HIS}", "PROCESSING"),
        (f"UPDATE orders SET paid_fen = 0 WHERE order_no = {HIS}", "SUCCEEDED"),
        (
            "INSERT INTO outbox (conversation, key, kind, body, state, attempts, next_at, created_at)"
            " SELECT conversation, 'reply:1', 'sms:kannel', '{}', 'held', 0, at, at FROM messages LIMIT 1",
            "reply:1",
        ),
    ],
    ids=["message", "order", "payment", "text"],
)
async def test_what_is_not_at_its_end_is_waited_for(store: Store, damage: str, waits: str) -> None:
    await damaged(store, damage)
    assert any(waits in left for left in await audit.waiting(store))


TEXT = ("sms:kannel:13900139000", "reply:1", 0)


@pytest.mark.parametrize(
    ("state", "receipt", "pushes", "told"),
    [
        ("sent", None, 1, None),
        ("delivered", "1", 1, None),
        ("sent", "answered", 0, None),
        ("sent", None, 0, "did not go out"),
        ("sent", None, 2, "was pushed 2 times"),
        ("sent", "answered", 1, "was pushed, and given in an answer"),
        ("dead", None, 0, "reply:1 is dead"),
        ("held", None, 0, "reply:1 is held"),
    ],
)
async def test_a_text_that_went_out_otherwise_than_once_is_told(
    store: Store, state: str, receipt: str | None, pushes: int, told: str | None
) -> None:
    async with store.write() as connection:
        await connection.execute(
            text(
                "INSERT INTO outbox (conversation, key, kind, body, state, receipt, attempts, next_at, created_at)"
                " SELECT :conversation, :key, 'sms:kannel', '{}', :state, :receipt, 1, at, at FROM messages LIMIT 1"
            ).bindparams(conversation=TEXT[0], key=TEXT[1], state=state, receipt=receipt)
        )
    gateway = Gateway()
    if pushes:
        gateway.pushed[TEXT] = [time.monotonic()] * pushes
    problems = await audit.went_out(store, gateway)
    assert any(told in problem for problem in problems) if told else problems == []
