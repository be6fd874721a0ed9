"""One distribution key: the tables of every turn can be spread over many servers by their conversation."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, UniqueConstraint
from sqlalchemy.dialects import sqlite

from bot.engine.engine import Engine
from bot.messages import Inbound
from hall.store.database import Write
from hall.store.prepared import Prepared
from hall.store.tables import metadata
from tests.houses import demo_house

KEY = "conversation"
SPREAD = [table for table in metadata.sorted_tables if table.info.get("distribution")]
# What a turn asks beside them. They are not of every turn and stay whole: the demonstration's operator stands for a
# system elsewhere; orders are asked for by number and line, too; an identity is the line's, not the conversation's.
WHOLE = re.compile(r"bss_\w+|demo_\w+|orders|order_events|payments|refunds|identity_\w+|handoffs")
DIALOGUES = (
    ["查话费"],
    ["给13500135999充1G国内流量", "13500135999", "微信", "确认"],
    ["上个月账单", "再说一遍", "转人工", "在吗"],
)


def test_the_tables_of_every_turn_are_spread() -> None:
    assert {table.name for table in SPREAD} == {"conversations", "inbox", "messages", "outbox", "turns"}


@pytest.mark.parametrize("table", SPREAD, ids=lambda table: table.name)
def test_the_key_is_part_of_every_primary_and_unique_key(table: Table) -> None:
    assert not table.c[KEY].nullable
    keys = [table.primary_key.columns]
    keys += [c.columns for c in table.constraints if isinstance(c, UniqueConstraint)]
    keys += [index.columns for index in table.indexes if index.unique]
    assert all(KEY in {column.name for column in key} for key in keys)


class Recorder:
    """Notes the statements that go to a database."""

    def __init__(self, inner: Any) -> None:
        self._inner, self.texts = inner, list[str]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def read(self, statement: Any, values: Mapping[str, Any] | None) -> Sequence[Any]:
        self._note(statement)
        rows: Sequence[Any] = await self._inner.read(statement, values)
        return rows

    async def commit(self, writes: Sequence[Write]) -> list[int]:
        for write in writes:
            self._note(write.statement)
        done: list[int] = await self._inner.commit(writes)
        return done

    def _note(self, statement: Any) -> None:
        dialect = sqlite.dialect()
        text = (
            statement.on(dialect).text if isinstance(statement, Prepared) else str(statement.compile(dialect=dialect))
        )
        self.texts.append(" ".join(text.split()))


@pytest.mark.parametrize("channel", ["sms", "rest"])
async def test_no_statement_of_a_turn_is_without_the_key(
    channel: str, engine: Engine, tmp_path: Path, seeded: Path
) -> None:
    async with demo_house(engine, tmp_path, seeded) as (house, _):
        await house.turns.replies(await house.turns.accept(_said("rest", "warm", 0, "查话费")), 30)
        recorder = Recorder(house.hall.store._database)
        house.hall.store._database = recorder
        for number, lines in enumerate(DIALOGUES):
            for at, line in enumerate(lines):
                receipt = await house.turns.accept(_said(channel, f"1380013800{number}", at, line))
                assert await house.turns.replies(receipt, 30) is not None
                await house.turns.take(receipt)
    assert len(recorder.texts) > 60
    assert not [text for text in recorder.texts if not _keeps_to_the_key(text)]


def _said(channel: str, sender: str, number: int, text: str) -> Inbound:
    return Inbound(channel, "demo", sender, f"m{number}", text, msisdn="13800138000", to="10086")


def _keeps_to_the_key(text: str) -> bool:
    first = re.search(r"\b(?:FROM|INTO|UPDATE) (\w+)", text)
    assert first is not None, text
    table = first[1]
    if WHOLE.fullmatch(table):
        return not any(re.search(rf"\b{spread.name}\b", text) for spread in SPREAD if spread.name != table)
    if text.startswith("INSERT"):
        return bool(re.search(rf"\([^)]*\b{KEY}\b[^)]*\) VALUES", text))
    where = text.partition(" WHERE ")[2]
    return bool(re.search(rf"\b{table}\.{KEY} = \?", where)) and " OR " not in where


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("SELECT a FROM inbox WHERE inbox.conversation = ? AND inbox.state = ?", True),
        ("SELECT a FROM inbox WHERE inbox.state = ?", False),
        ("SELECT a FROM inbox WHERE inbox.conversation = ? OR inbox.state = ?", False),
        ("INSERT INTO messages (conversation, seq) VALUES (?, ?)", True),
        ("INSERT INTO messages (seq, text) VALUES (?, ?)", False),
        ("UPDATE outbox SET conversation=? WHERE outbox.key = ?", False),
        ("SELECT a FROM orders JOIN inbox ON 1 WHERE orders.order_no = ?", False),
    ],
)
def test_the_check_itself(text: str, kept: bool) -> None:
    assert _keeps_to_the_key(text) is kept
