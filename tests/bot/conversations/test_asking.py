"""An agent asks the hall for a customer: the answer is the hall's own, and nothing of anything is changed by it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.app import App
from bot.conversations.asking import NotALook, NotProved, ask_for
from bot.engine.engine import Engine
from bot.messages import InboundMessage
from hall.errors import NotFound
from hall.store.tables import metadata
from testing.apps import demo_app

LINE, KEY = "13800138000", "web:widget:c1"
AT_WORK = "2026-11-16T10:00"


async def waits(app: App) -> None:
    for number, text in enumerate(("充1G国内流量", "转人工")):
        told = InboundMessage("web", "widget", "c1", f"m{number}", text, msisdn=LINE)
        await app.conversations.wait_for_reply(await app.conversations.accept(told), 30)


async def everything(app: App) -> str:
    tables = [table for table in metadata.sorted_tables if table.name != "desk_access"]
    rows = {table.name: [tuple(row) for row in await app.hall.store.all(select(table))] for table in tables}
    return json.dumps(rows, default=str, sort_keys=True)


async def test_the_answers_are_the_halls_and_nothing_is_changed(engine: Engine, tmp_path: Path, seeded: Path) -> None:
    async with demo_app(engine, tmp_path, seeded, AT_WORK) as (app, _):
        await waits(app)
        before = await everything(app)
        asked: dict[str, tuple[Any, ...]] = {}
        for words in ("查余额", "上个月账单", "流量还剩多少", "我的套餐", "积分有多少"):
            asked[words] = await ask_for(app.conversations, KEY, LINE, words)
            assert asked[words], words
            assert not any(reply.buttons for reply in asked[words])
        assert "88.50" in asked["查余额"][0].text
        assert [reply.card["kind"] for reply in asked["查余额"] if reply.card] == ["balance"]
        assert "65.45" in asked["上个月账单"][0].text
        assert await everything(app) == before


@pytest.mark.parametrize(
    "words", ["给13400134009充50元话费", "退订彩铃", "停机", "转人工", "改服务密码", "你好", "龘靐齉"]
)
async def test_what_changes_something_is_the_customers_to_ask_for(
    words: str, engine: Engine, tmp_path: Path, seeded: Path
) -> None:
    async with demo_app(engine, tmp_path, seeded, AT_WORK) as (app, _):
        await waits(app)
        with pytest.raises(NotALook):
            await ask_for(app.conversations, KEY, LINE, words)


async def test_without_a_proved_line_nothing_is_told(engine: Engine, tmp_path: Path, seeded: Path) -> None:
    async with demo_app(engine, tmp_path, seeded, AT_WORK) as (app, _):
        with pytest.raises(NotProved):
            await ask_for(app.conversations, KEY, None, "查余额")
        with pytest.raises(NotFound):
            await ask_for(app.conversations, KEY, LINE, "查余额")
