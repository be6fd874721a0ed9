"""A service password that was set and typed stands in no table: not in messages, events, slots, review or texts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.engine.engine import Engine
from hall.store.tables import metadata
from testing.apps import demo_app
from testing.dialogue import Talk

NEW, WRONG, WEAK = "704821", "604815", "888444"
TYPED = re.compile(rf"(?<![0-9a-f.])(?:{NEW}|{WRONG}|{WEAK})(?![0-9a-f])")  # no part of a digest or of a moment
DIALOGUE: list[Any] = [
    "忘了服务密码", {"code": "right"}, WEAK, NEW, "查详单", WRONG, f"密码是{WRONG}", NEW, {"code": "right"}, "查话费",
]  # fmt: skip


@pytest.mark.parametrize("channel", ["sms", "web"])
async def test_nothing_of_it_is_kept(engine: Engine, tmp_path: Path, seeded: Any, channel: str) -> None:
    async with demo_app(engine, tmp_path, seeded) as (app, bss):
        talk = Talk(app, bss, channel, "13800138000")
        for step in DIALOGUE:
            await talk.play([step, {"not": [NEW, WRONG, WEAK]}])
        await talk.play([{"says": ["88.50"]}])
        for table in metadata.sorted_tables:
            rows = await app.hall.store.all(select(table))
            text = "\n".join(str(tuple(row)) for row in rows)
            assert not TYPED.search(text), table.name
