"""The migrations lead to the tables that the programs use, and back, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from hall import handoff
from hall.books import audit
from hall.books.ledger import balances
from hall.clock import Clock
from hall.errors import Conflict
from hall.helpdesk.own import OwnDesk
from hall.policy import Policy
from hall.store import migrations, transcript
from hall.store.tables import metadata
from hall.store.unit import Store
from hall.topup import orders, refund
from testing.postgres import Postgres


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


async def test_migrated_tables_have_the_keys_and_guards_of_new_ones(bare: Store) -> None:
    """What `check` does not compare: primary keys, checks, what partial indexes look at."""
    async with bare.write() as connection:
        await connection.run_sync(metadata.create_all)
        new = await connection.run_sync(_guards)
        await connection.run_sync(metadata.drop_all)
        if not bare.is_sqlite:
            for function in ("ledger_append_only", "desk_access_append_only"):
                await connection.execute(text(f"DROP FUNCTION {function}()"))
    await migrations.upgrade(bare)
    async with bare.write() as connection:
        migrated = await connection.run_sync(_guards)
    assert migrated == new
    await migrations.downgrade(bare, "0006_paid_orders")
    await migrations.upgrade(bare)
    async with bare.write() as connection:
        assert await connection.run_sync(_guards) == new


def _guards(connection: Connection) -> dict[str, Any]:
    """By table, everything that the database itself sees to."""
    inspector, found = inspect(connection), {}
    for name in metadata.tables:
        indexes = [(i["name"], i["column_names"], i["unique"], _where(i)) for i in inspector.get_indexes(name)]
        found[name] = {
            "primary": inspector.get_pk_constraint(name)["constrained_columns"],
            "unique": sorted(tuple(u["column_names"]) for u in inspector.get_unique_constraints(name)),
            "checks": sorted((c["name"], "".join(c["sqltext"].split())) for c in inspector.get_check_constraints(name)),
            "indexes": sorted(indexes, key=str),
            "null": {c["name"]: c["nullable"] for c in inspector.get_columns(name)},
        }
    return found


def _where(index: Any) -> str:
    options = index.get("dialect_options", {})
    return str(options.get("sqlite_where", options.get("postgresql_where", "")))


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
    assert await audit.unexplained(bare) == []
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


# state, paid, delivered and refunded fen
STATES = (
    ("AWAIT_PAY", 0, 0, 0), ("EXPIRED", 0, 0, 0), ("CANCELLED", 0, 0, 0), ("PAID", 2500, 0, 0),
    ("SUBMITTING", 2500, 0, 0), ("PROCESSING", 2500, 0, 0), ("SUCCEEDED", 2500, 0, 0), ("FAILED", 2500, 0, 0),
    ("PARTIAL", 2500, 1000, 0), ("REFUNDING", 2500, 0, 0), ("REFUNDED", 2500, 1000, 1500), ("REFUND_STUCK", 2500, 0, 0),
)  # fmt: skip
LINE, PAYER = "13800138000", "13900139002"
SPREAD = ("orders", "order_events", "order_calls", "payments", "refunds", "handoffs", "reviews", "identity_codes",
          "identity_lines", "outbox")  # fmt: skip
BACK = ("FAILED", "REFUNDED", "REFUND_STUCK")
CALL = "order_calls (order_no, conversation, call, party, said, note, at) VALUES"
OUTBOX = "outbox (conversation, key, kind, body, state, attempts, next_at, created_at) VALUES"


def former_order(number: int, at: str) -> list[str]:
    """An order of before: of nobody, for oneself or for another line."""
    state, paid, delivered, refunded = STATES[number]
    no, where = f"T26111500000{number:02d}", f"web:w:{number % 5}"
    payer = ("NULL", f"'{LINE}'", f"'{PAYER}'")[number % 3]
    back = [
        f"refunds VALUES ('R{no[1:]}', '{no}', '{where}', 'demo', 'P{no}', 2500, 2500, 'failed', 'asked', 1, '{at}',"
        f" '{at}', NULL)"
    ]
    return [
        f"orders VALUES ('{no}', '{where}', 'k{number}', {payer}, '{LINE}', 'data', 'N1G', 'national', 1024,"
        f" 'calendar month', 0, 2500, 'wechat', '{state}', 4, {paid}, {delivered}, {refunded}, 'S', NULL, NULL, '{at}',"
        f" '{at}', '{at}')",
        f"order_events VALUES ('{no}', 3, '{where}', 'CONFIRMED', 'AWAIT_PAY', 'asked_to_pay', 'hall', NULL, '{at}')",
        f"order_events VALUES ('{no}', 4, '{where}', 'AWAIT_PAY', 'PAID', 'paid', 'notice', 'n', '{at}')",
        f"{CALL} ('{no}', '{where}', 'notice', 'payment:demo', 'first', NULL, '{at}')",
        f"{CALL} ('{no}', '{where}', 'query', 'supplier', 'second', NULL, '{at}')",
        f"payments VALUES ('{no}', '{where}', 'demo', 'wechat', 2500, '{at}')",
        f"{OUTBOX} ('{where}', 'topup.watch:{no}:0', 'topup.watch', '{{}}', 'due', 0, '{at}', '{at}')",
        *(back if state in BACK else ()),
    ]


def former(at: str) -> Iterator[str]:
    """What a hall of before had written."""
    rows = [row for number in range(len(STATES)) for row in former_order(number, at)]
    rows += [
        f"refunds VALUES ('D1', 'X1', '', 'demo', 'P1', 2500, 2500, 'unknown_order', 'stuck', 1, '{at}', '{at}', NULL)",
        f"handoffs VALUES ('h1', 'web:w:1', 'waiting', 'a', 'general', 'basic', '{{}}', NULL, '{at}', NULL, NULL, 0)",
        f"handoffs VALUES ('h2', 'web:w:2', 'taken', 'a', 'general', 'basic', '{{}}', 'x', '{at}', '{at}', NULL, 1)",
        f"handoffs VALUES ('h3', 'web:w:2', 'closed', 'a', 'general', 'basic', '{{}}', 'x', '{at}', '{at}', '{at}', 2)",
        f"handoffs VALUES ('h4', 'web:w:3', 'waiting', 'a', 'general', 'gold', '{{}}', NULL, '{at}', NULL, NULL, 0)",
        f"reviews VALUES ('r1', 'web:w:1', 'x', 'own', '', 'i', 0.5, '[]', NULL, '{at}', 'open', NULL, NULL, NULL, 0)",
        f"reviews VALUES ('r2', NULL, 'y', 'own', '', '', 0, '[]', NULL, '{at}', 'decided', 'i', 'a', '{at}', 1)",
        f"identity_codes VALUES ('{LINE}', 'web:w:1', 'hash', '{at}')",
        f"identity_lines VALUES ('{LINE}', 3, '{at}', NULL, 2, '{at}', '{at}', 7)",
    ]
    return (f"INSERT INTO {row}".replace(":", r"\:") for row in rows)


async def kept(store: Store) -> dict[str, list[dict[str, Any]]]:
    """Every row of the tables that are spread."""
    found = {}
    for name in SPREAD:
        rows = await store.all(text(f"SELECT * FROM {name}"))
        found[name] = sorted((dict(sorted(row._mapping.items())) for row in rows), key=str)
    return found


async def test_what_was_there_before_the_tables_were_spread_is_there_whole(bare: Store) -> None:
    await migrations.upgrade(bare, "0006_paid_orders")
    async with bare.write() as connection:
        for statement in former("2026-11-15 02:00:00.000000" + ("" if bare.is_sqlite else "+00")):
            await connection.execute(text(statement))
    before = await kept(bare)
    await migrations.upgrade(bare, "0008_pay_links")
    after = await kept(bare)
    assert [review["conversation"] for review in after["reviews"] if review["id"] == "r2"] == [""]
    assert _without_nobody(after) == _without_nobody(before)
    await migrations.upgrade(bare)
    await _found_and_counted(bare)
    await _guarded(bare)
    await migrations.downgrade(bare, "0006_paid_orders")
    assert await kept(bare) == before


async def test_who_waited_is_served_by_the_bot_and_who_is_served_by_an_agent_still_is(bare: Store) -> None:
    await migrations.upgrade(bare, "0008_pay_links")
    at = "'2026-11-15 02:00:00.000000" + ("'" if bare.is_sqlite else "+00'")
    async with bare.write() as connection:
        for who, state in (("1", "waiting"), ("2", "taken")):
            chat, kept_at = f"'web\\:w\\:{who}'", at.replace(":", "\\:")
            told = f"'web', 'w', '{who}', NULL, 0, NULL, 'person', '', '{{}}', '{{}}', 0, 0, 3, {kept_at}, {kept_at}"
            asked = f"'{state}', 'asked', 'general', 'basic', '{{}}', NULL, {kept_at}, NULL, NULL, 0"
            await connection.execute(text(f"INSERT INTO conversations VALUES ({chat}, {told})"))
            await connection.execute(text(f"INSERT INTO handoffs VALUES ('h{who}', {chat}, {asked})"))
    owners = text("SELECT owner FROM conversations ORDER BY conversation")
    await migrations.upgrade(bare)
    assert [row.owner for row in await bare.all(owners)] == ["queued", "person"]
    await migrations.downgrade(bare, "0008_pay_links")
    assert [row.owner for row in await bare.all(owners)] == ["person", "person"]


async def test_what_was_said_before_there_were_cards_has_none(bare: Store) -> None:
    await migrations.upgrade(bare, "0007_spread")
    zone = "" if bare.is_sqlite else "+00"
    line = f"'web:w:1', 1, 'bot', '您好', NULL, NULL, NULL, '2026-11-15 02:00:00{zone}'"
    async with bare.write() as connection:
        await connection.execute(text(f"INSERT INTO messages VALUES ({line})"))
    await migrations.upgrade(bare)
    assert [(row.text, row.card) for row in await transcript.newest(bare, "web:w:1", 9)] == [("您好", None)]
    await migrations.downgrade(bare, "0007_spread")
    assert [row.text for row in await bare.all(text("SELECT text FROM messages"))] == ["您好"]


def _without_nobody(rows: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """A sentence of the operator's own is of no conversation, however that is written."""
    own = [review | {"conversation": review["conversation"] or None} for review in rows["reviews"]]
    return rows | {"reviews": sorted(own, key=lambda review: review["id"])}


async def _found_and_counted(store: Store) -> None:
    """By number, by line, as a refund, in the queue."""
    for number, (state, *_) in enumerate(STATES):
        order = await orders.find(store, f"T26111500000{number:02d}")
        assert order is not None
        assert (order.state, order.conversation, order.confirmation) == (state, f"web:w:{number % 5}", f"k{number}")
        assert [call.said for call in await orders.calls(store, order.order_no)] == ["first", "second"]
        assert [step.after for step in await orders.history(store, order.order_no)] == ["AWAIT_PAY", "PAID"]
        assert len(await refund.of(store, order)) == (state in BACK)
        assert await orders.confirmed(store, order.conversation, f"k{number}") == order
        since = order.created_at
    assert await orders.placed_for(store, LINE, since) == 4  # PAID, SUBMITTING, PROCESSING, SUCCEEDED
    assert await orders.running(store, LINE, "N1G", since) == 3
    assert [await orders.placed_by(store, "", line, since) for line in (LINE, PAYER)] == [1, 1]
    seen = await orders.visible(store, "web:w:1", PAYER, limit=50)
    assert {order.order_no[-2:] for order in seen} == {"02", "05", "08", "11", "06"}  # his, and nobody's of this chat
    hall: Any = SimpleNamespace(store=store, clock=Clock(), policy=Policy.load(), helpdesk=OwnDesk())
    assert {item.id for item in await handoff.queue(hall)} == {"h1", "h2", "h4"}
    asked = [handoff.NewHandoff(name, "a", {}) for name in ("web:w:3", "web:w:2", "web:w:4")]
    places = [await handoff.request(hall, store.unit(), new) for new in asked]
    assert places == [2, 0, 3]


async def _guarded(store: Store) -> None:
    """The database refuses what it refused before."""
    for wrong in (
        "INSERT INTO order_numbers VALUES ('T2611150000000', 'another')",
        "UPDATE orders SET confirmation = 'k' WHERE order_no IN ('T2611150000001', 'T2611150000006')",
        "UPDATE orders SET state = 'LOST' WHERE order_no = 'T2611150000003'",
        "UPDATE orders SET state = 'EXPIRED' WHERE order_no = 'T2611150000003'",
        "UPDATE order_events SET after = 'REFUNDED' WHERE order_no = 'T2611150000003'",
        "UPDATE refunds SET amount_fen = 2501",
        "UPDATE line_orders SET counts = 'perhaps'",
        "INSERT INTO refunds SELECT refund_no || 'a', order_no, conversation, provider, provider_no || 'a', paid_fen,"
        " amount_fen, 'partial', state, tries, asked_at, created_at, done_at FROM refunds WHERE refund_no <> 'D1'",
        "INSERT INTO refunds SELECT refund_no || 'b', 'X', conversation, provider, provider_no, paid_fen, amount_fen,"
        " 'second', state, tries, asked_at, created_at, done_at FROM refunds WHERE refund_no <> 'D1'",
        "UPDATE handoffs SET state = 'waiting' WHERE id = 'h3'",
    ):
        with pytest.raises(Conflict):
            async with store.write() as connection:
                await connection.execute(text(wrong))


async def test_every_migration_says_whether_the_release_before_may_go_on_beside_it() -> None:
    scripts = ScriptDirectory.from_config(migrations._config())
    since = [one for one in scripts.walk_revisions() if one.revision >= "0021"]
    assert all(isinstance(getattr(one.module, "BESIDE", None), bool) for one in since)


async def test_a_program_that_is_too_old_is_told_so(bare: Store) -> None:
    await migrations.upgrade(bare)
    assert await migrations.too_old(bare) == ""
    await migrations.require(bare, "9000_of_tomorrow")
    assert "9000_of_tomorrow" in await migrations.too_old(bare)
    with pytest.raises(migrations.NewerDatabase):
        await migrations.upgrade(bare)


async def test_a_program_goes_on_beside_a_newer_database_that_only_has_more(bare: Store) -> None:
    await migrations.upgrade(bare)
    async with bare.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9000_of_tomorrow'"))
    await migrations.upgrade(bare)
    assert await migrations.too_old(bare) == ""
    assert "newer than the programs" in await migrations.check(bare)


async def test_a_contracting_migration_waits_for_programs_that_work(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It tells them to end first, and is done when they have."""
    url = await postgres.bare()
    old, new = Store(url), Store(url)
    await migrations.upgrade(new, "0021_program_floor")
    await old.cluster.listen()
    assert await old.cluster.claim("something")
    scripts = ScriptDirectory.from_config(migrations._config())
    monkeypatch.setattr(scripts.get_revision("0020_notices").module, "BESIDE", False, raising=False)
    monkeypatch.setattr(migrations, "ScriptDirectory", SimpleNamespace(from_config=lambda _config: scripts))
    async with new.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '0019_plans'"))
        await connection.execute(text("DROP TABLE bss_notices"))
        await connection.execute(text("DROP TABLE bss_consents"))
    work = asyncio.create_task(migrations.upgrade(new, "0020_notices"))
    await asyncio.sleep(1.0)
    assert not work.done()
    floor = await new.one(text("SELECT oldest FROM program_floor"))
    assert floor is not None
    assert floor.oldest == "0020_notices"
    await old.close()
    await asyncio.wait_for(work, 10)
    assert await migrations.current(new) == "0020_notices"
    await new.close()
