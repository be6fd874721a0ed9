"""A number that has to be checked is shown in full; what is kept of that is masked before long."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, select

from bot.app import App
from bot.conversations.redaction import AFTER
from bot.engine.engine import Engine
from bot.messages import InboundMessage
from hall.store.tables.core import inbox, messages, outbox
from testing.apps import demo_app

OTHERS, SPACED, MASKED = "15600156011", "156 0015 6011", "156****6011"
WORDS = ["给15600156011充1G国内流量", OTHERS, "微信", "确认"]


async def _say(app: App, channel: str, number: int, text: str) -> str:
    told = InboundMessage(channel, "demo", "13800138000", f"m{number}", text, msisdn="13800138000", to="10086")
    accepted = await app.conversations.accept(told)
    replies = await app.conversations.wait_for_reply(accepted, 30)
    await app.conversations.claim_reply(accepted)
    return "\n".join(reply.text for reply in replies or ())


async def _kept(app: App, *tables: Table) -> str:
    rows = [tuple(row) for table in tables for row in await app.hall.store.all(select(table))]
    return json.dumps(rows, ensure_ascii=False, default=str)


@pytest.mark.parametrize("channel", ["sms", "rest", "web"])
async def test_somebody_elses_number_fades_from_what_is_kept(
    channel: str, engine: Engine, tmp_path: Path, seeded: Path
) -> None:
    async with demo_app(engine, tmp_path, seeded) as (app, _):
        answers = [await _say(app, channel, number, text) for number, text in enumerate(WORDS)]
        assert any(SPACED in answer for answer in answers), "the customer has to check it"
        assert SPACED in await _kept(app, messages, inbox)
        app.hall.clock.advance(AFTER + timedelta(seconds=1))
        await app.dispatcher.settle()
        kept = await _kept(app, messages, inbox, outbox)
        assert SPACED not in kept
        assert OTHERS not in kept
        assert MASKED in kept


async def test_ones_own_number_costs_nothing(engine: Engine, tmp_path: Path, seeded: Path) -> None:
    async with demo_app(engine, tmp_path, seeded) as (app, _):
        assert "138 0013 8000" in await _say(app, "rest", 0, "查话费")
        rows: list[Any] = list(await app.hall.store.all(select(outbox)))
        assert rows == []
