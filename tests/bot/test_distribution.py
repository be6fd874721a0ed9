"""One distribution key: whatever a turn touches can be spread over many servers, and no turn asks them all."""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    Delete,
    Insert,
    Integer,
    Join,
    Select,
    Table,
    UniqueConstraint,
    Update,
    bindparam,
    delete,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BinaryExpression, BindParameter, BooleanClauseList
from sqlalchemy.sql.visitors import iterate

from bot.app import App
from bot.engine.engine import Engine
from bot.messages import InboundMessage
from hall import identity
from hall.store import inbox as looks
from hall.store.database import Write
from hall.store.outbox import due_messages
from hall.store.prepared import Prepared, given, inserting, inserting_once
from hall.store.tables import metadata
from hall.store.tables.accounts import bss_bills
from hall.store.tables.core import conversations, inbox, messages, outbox
from hall.store.tables.topup import line_orders, order_numbers, orders, receipts
from hall.store.unit import Store
from hall.topup import payment
from hall.topup.orders import Order
from testing.apps import demo_app
from testing.postgres import Postgres

SCALING = Path(__file__).resolve().parents[2] / "docs" / "scaling.md"
KEY = "conversation"
IDENTITY = {"identity_codes", "identity_lines"}
TICKETS = {"tickets", "ticket_events"}  # by whose they are: a line, or a conversation
REFUNDS = {"fee_refunds", "fee_refund_charges", "declined_offers"}  # none is asked for in the dialogues
# Where the conversation is not known: by the order's number, by the line, by the skill that somebody waits for.
DIRECTORIES = {
    "order_numbers": "order_no", "line_orders": "msisdn", **dict.fromkeys(IDENTITY | REFUNDS, "msisdn"),
    **dict.fromkeys(TICKETS, "owner"),
    "handoff_queue": "skill", "pay_links": "code", "document_links": "code", "sign_in_failures": "key",
}  # fmt: skip
SPREAD = [table for table in metadata.sorted_tables if "distribution" in table.info]
OUTSIDE = re.compile(r"bss_\w+|demo_\w+")  # the demonstration's operator: stands for systems elsewhere
MONEY = {"notices", "receipts", "ledger", "cases"}  # by the provider's numbers, and the books: no turn touches them
LOOKS = (
    due_messages(frozenset()),
    looks.UNANSWERED,
    looks.OLDEST,
)  # for what is due, anywhere: every second or two, not in a turn
OWN, OTHER = "13800138000", "13400134009"
TOPUP = (f"给{OTHER}充1G国内流量", OTHER, "微信", "确认")
DIALOGUES = (
    ("查话费", "你好", "再说一遍"),
    (*TOPUP, "到账了吗", "我的订单", "订单{order_no}怎么样了", "退款了吗", "我付了两次", "算了"),
    (f"给{OTHER}充50元话费", OTHER, "支付宝", "确认", "充的话费到了吗"),
    ("充1G流量", OTHER, "算了", "上个月账单", "取消"),
    ("蓝色的月亮", "那个那个单子", "不是，我要充流量", "算了"),
    ("上个月账单", "转人工", "在吗"),
    ("给我开上个月的发票", "个人", "确认"),
    ("我要投诉，昨天营业员态度特别差", "提交", "我的投诉处理得怎么样了"),
)
IDENTIFYING = ("查话费", OWN, "000000", "{code}", "我的订单")


# -- the schema ----------------------------------------------------------------------------------------


def test_a_table_is_spread_by_its_conversation_or_is_a_directory() -> None:
    assert {table.name: table.info["distribution"] for table in SPREAD} == DIRECTORIES | dict.fromkeys(
        (
            "conversations", "inbox", "messages", "outbox", "turns", "orders", "order_events", "order_calls",
            "payments", "refunds", "handoffs", "reviews",
        ),
        KEY,
    )  # fmt: skip


@pytest.mark.parametrize("table", SPREAD, ids=lambda table: table.name)
def test_the_key_is_part_of_every_primary_and_unique_key(table: Table) -> None:
    key = table.info["distribution"]
    assert not table.c[key].nullable
    keys = [table.primary_key.columns]
    keys += [c.columns for c in table.constraints if isinstance(c, UniqueConstraint)]
    keys += [index.columns for index in table.indexes if index.unique]
    assert all(key in {column.name for column in columns} for columns in keys)


def test_rows_refer_to_rows_beside_them_only() -> None:
    for table in metadata.sorted_tables:
        mine = table.info.get("distribution")
        for foreign in table.foreign_key_constraints:
            assert foreign.referred_table.info.get("distribution") == mine
            pairs = {(element.parent.name, element.column.name) for element in foreign.elements}
            assert mine is None or (mine, mine) in pairs


async def test_the_document_spreads_every_table(postgres: Postgres) -> None:
    """Its SQL is run on a real server, with a function in the place of Citus's that notes what it is asked for."""
    page = SCALING.read_text("utf-8")
    [sql] = [block for block in page.split("\n\n") if block.startswith("    SELECT create_distributed_table")]
    store = Store(await postgres.fresh())
    async with store.write() as connection:
        await connection.execute(text(CITUS[0]))
        await connection.execute(text(CITUS[1]))
        for statement in sql.split(";"):
            if statement.strip():
                await connection.execute(text(statement))
    rows = await store.all(text("SELECT name, key, beside FROM spread ORDER BY name"))
    await store.close()
    assert {row.name: row.key for row in rows} == {table.name: table.info["distribution"] for table in SPREAD}
    for row in rows:  # beside a table of the same key, or the first of its own
        assert row.beside == "none" or metadata.tables[row.beside].info["distribution"] == row.key
    assert sum(row.beside == "none" for row in rows) == len({row.key for row in rows})


CITUS = (
    "CREATE TABLE spread (name text PRIMARY KEY, key text, beside text)",
    "CREATE FUNCTION create_distributed_table(name regclass, key text, colocate_with text) RETURNS void LANGUAGE sql"
    " AS 'INSERT INTO spread VALUES (name::text, key, colocate_with)'",
)


# -- the statements ------------------------------------------------------------------------------------


class Recorder:
    """Notes the statements that go to a database."""

    def __init__(self, inner: Any) -> None:
        self._inner, self.seen = inner, list[Any]()

    async def read(self, statement: Any, values: Mapping[str, Any] | None) -> Sequence[Any]:
        self.seen.append(statement)
        rows: Sequence[Any] = await self._inner.read(statement, values)
        return rows

    async def commit(self, writes: Sequence[Write]) -> list[int]:
        self.seen += [write.statement for write in writes]
        done: list[int] = await self._inner.commit(writes)
        return done

    async def close(self) -> None:
        await self._inner.close()

    @property
    def tables(self) -> set[str]:
        """What they touch."""
        return {table.name for statement in self.seen for table in _tables(_bare(statement)[0])}


def _bare(statement: Any) -> tuple[Any, Sequence[str]]:
    """A statement of SQLAlchemy and, of an insert, its columns."""
    if isinstance(statement, Prepared):
        return statement._statements["sqlite"], statement._columns
    return statement, tuple(getattr(name, "name", name) for name in getattr(statement, "_values", None) or ())


def _tables(statement: Any) -> Iterator[Table]:
    return (part for part in iterate(statement) if isinstance(part, Table))


def _keeps_to_the_key(statement: Any) -> bool:
    """Whether it names, by equality, the distribution column of every table that it touches."""
    whole, columns = _bare(statement)
    if all(OUTSIDE.fullmatch(table.name) for table in _tables(whole)):
        return True
    if isinstance(whole, Insert):
        return whole.select is None and whole.table.info.get("distribution") in columns
    return all(_on_one_node(part) for part in iterate(whole) if isinstance(part, (Select, Update, Delete)))


def _on_one_node(part: Any) -> bool:
    """Whether each table of a SELECT, UPDATE or DELETE is held to a value, or to another that is."""
    sources = part.get_final_froms() if isinstance(part, Select) else [part.table]
    tables, conditions = list[Table](), list(_conjuncts(part.whereclause))
    for source in sources:
        while isinstance(source, Join):
            tables.append(source.right)
            conditions += _conjuncts(source.onclause)
            source = source.left
        tables.append(source)
    keys = {table.c[table.info["distribution"]] for table in tables if "distribution" in table.info}
    equal = [{c.left, c.right} for c in conditions if isinstance(c, BinaryExpression) and c.operator is operators.eq]
    held = {side for pair in equal if any(isinstance(side, BindParameter) for side in pair) for side in pair}
    held.update(*(pair for pair in equal if pair & held))
    return len(keys) == len(tables) and keys <= held


def _conjuncts(clause: Any) -> Iterator[Any]:
    """What must all be true."""
    if isinstance(clause, BooleanClauseList) and clause.operator is operators.and_:
        for inner in clause.clauses:
            yield from _conjuncts(inner)
    elif clause is not None:
        yield clause


@asynccontextmanager
async def recorded(engine: Engine, folder: Path, seeded: Path) -> AsyncIterator[tuple[App, Recorder]]:
    """An app whose statements are recorded, after a first turn that prepares what is prepared once."""
    async with demo_app(engine, folder, seeded) as (app, _):
        await say(app, "rest", "warm", "查话费", OWN)
        recorder = Recorder(app.hall.store._database)
        app.hall.store._database = recorder  # type: ignore[assignment]
        yield app, recorder


async def say(app: App, channel: str, sender: str, text: str, line: str | None) -> str:
    """A turn, its answer taken as a channel does it; what was answered."""
    message = InboundMessage(channel, "demo", sender, uuid.uuid4().hex, text, msisdn=line, to="10086")
    accepted = await app.conversations.accept(message)
    replies = await app.conversations.wait_for_reply(accepted, 30)
    assert replies is not None
    await app.conversations.claim_reply(accepted)
    return "".join(reply.text for reply in replies)


@pytest.mark.parametrize("channel", ["sms", "web", "rest"])
async def test_no_statement_of_a_turn_is_without_the_key(
    channel: str, engine: Engine, tmp_path: Path, seeded: Path
) -> None:
    vouched = channel != "web"
    async with recorded(engine, tmp_path, seeded) as (app, recorder):
        for number, lines in enumerate(DIALOGUES):
            sender, said = f"1380013800{number}", ""
            for line in lines if vouched else (*IDENTIFYING, *lines):
                told = {"code": identity.DEMO_CODES.get(f"web:demo:{sender}", ""), "order_no": _number(said)}
                said += await say(app, channel, sender, line.format(**told), OWN if vouched else None)
            app.hall.clock.advance(timedelta(hours=1))  # so that another code may be sent
    assert [str(statement) for statement in recorder.seen if not _keeps_to_the_key(statement)] == []
    reached = {table.name for table in SPREAD} - {
        "order_calls",
        *REFUNDS,
        *({*IDENTITY, "sign_in_failures"} if vouched else ()),
    }
    assert reached <= recorder.tables


def _number(said: str) -> str:
    """The last order number that was told."""
    return (re.findall(r"T\d{13}", said) or ["T2611150000000"])[-1]


@pytest.mark.parametrize("supplier", ["succeed", "fail"])
async def test_the_delivery_of_an_order_asks_for_it_by_the_key(
    supplier: str, engine: Engine, tmp_path: Path, seeded: Path
) -> None:
    """Notice, supplier, refund, and the turns that tell of them; only looks for what is due ask everywhere."""
    async with recorded(engine, tmp_path, seeded) as (app, recorder):
        for line in TOPUP:
            await say(app, "sms", OWN, line, OWN)
        [row] = await app.hall.store.all(select(orders))
        recorder.seen.clear()
        await _pay(app, Order.of(row), supplier)
        for _ in range(6):
            await app.dispatcher.settle()
            await app.conversations.settle()
            app.hall.clock.advance(timedelta(minutes=5))
        seen = [s for s in recorder.seen if s not in LOOKS and not {t.name for t in _tables(_bare(s)[0])} <= MONEY]
        [row] = await app.hall.store.all(select(orders))
    assert row.state == {"succeed": "SUCCEEDED", "fail": "REFUNDED"}[supplier]
    assert [str(statement) for statement in seen if not _keeps_to_the_key(statement)] == []
    assert {"orders", "order_numbers", "line_orders", "order_events", "order_calls", "outbox"} <= recorder.tables


async def _pay(app: App, order: Order, supplier: str) -> None:
    """He pays at the provider, whose notice comes; the supplier will deliver, or not."""
    hall, unit = app.hall, app.hall.store.unit()
    demo: Any = hall.payments[order.way]
    hall.supplier.choose(unit, order.order_no, supplier)  # type: ignore[attr-defined]
    await demo.create(payment.charge(order))
    content = await demo.pay(order.order_no, unit)
    await unit.commit()
    assert await payment.record(hall, demo._notice(content), actor="notice:demo") == "paid"


# -- the check itself ----------------------------------------------------------------------------------

_HELD = inbox.c.conversation == "a"
_BESIDE = select(inbox.c.text).join(conversations, conversations.c.conversation == inbox.c.conversation)
_APART = select(inbox.c.text).join(orders, orders.c.order_no == inbox.c.text)
_FROM_INBOX = insert(messages).from_select(["conversation", "seq"], select(inbox.c.conversation, inbox.c.attempts))


@pytest.mark.parametrize(
    ("statement", "kept"),
    [
        (select(inbox).where(_HELD, inbox.c.state == "new"), True),
        (select(inbox).where(_HELD, or_(inbox.c.state == "new", inbox.c.state == "done")), True),
        (select(inbox).where(inbox.c.state == "new"), False),
        (select(inbox).where(or_(_HELD, inbox.c.state == "new")), False),
        (select(inbox).where(inbox.c.conversation != "a"), False),
        (select(inbox).where(inbox.c.conversation.in_(["a", "b"])), False),
        (select(inbox), False),
        (_BESIDE.where(_HELD), True),
        (_BESIDE, False),
        (_APART.where(_HELD), False),
        (select(inbox).where(_HELD, inbox.c.text.in_(select(orders.c.order_no))), False),
        (select(inbox, orders).where(_HELD), False),
        (select(orders).where(orders.c.order_no == "T1"), False),
        (select(order_numbers).where(order_numbers.c.order_no == "T1"), True),
        (select(order_numbers).where(order_numbers.c.conversation == "a"), False),
        (select(line_orders).where(line_orders.c.msisdn == OWN), True),
        (select(receipts).where(receipts.c.provider == "demo"), False),
        (select(bss_bills).where(bss_bills.c.closed), True),
        (select(bss_bills, inbox).where(bss_bills.c.msisdn == inbox.c.text), False),
        (update(outbox).where(outbox.c.conversation == "a", outbox.c.key == "k").values(state="sent"), True),
        (update(outbox).where(outbox.c.key == "k").values(conversation="a"), False),
        (delete(outbox).where(outbox.c.key == "k"), False),
        (insert(messages).values(conversation="a", seq=1), True),
        (insert(messages).values(seq=1), False),
        (_FROM_INBOX, False),
        (Prepared(select(inbox).where(given(inbox.c.conversation)).limit(bindparam("most", type_=Integer()))), True),
        (Prepared(select(inbox).where(given(inbox.c.state))), False),
        (inserting(messages), True),
        (inserting_once(messages, "seq", "text"), False),
    ],
)
def test_the_check_itself(statement: Any, kept: bool) -> None:
    assert _keeps_to_the_key(statement) is kept
