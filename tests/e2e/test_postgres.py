"""The same dialogues on a real PostgreSQL: a top-up to its end, a proved line, a person."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.engine.engine import Engine
from testing.apps import demo_app
from testing.dialogue import Talk
from testing.postgres import Postgres
from tests.conversations.test_conversations import HERE, YAML

FILES = (
    "happy/topup.yml", "happy/topup_credit.yml", "orders/topup_credit.yml", "identity/code.yml", "person/handoff.yml",
    "faults/topup.yml",
)  # fmt: skip
CASES = [case for file in FILES for case in YAML(typ="safe").load(HERE / file)]


@pytest.mark.e2e
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
async def test_dialogue_on_postgresql(
    case: dict[str, object], engine: Engine, postgres: Postgres, tmp_path: Path, seeded: Path
) -> None:
    """As tests/conversations, with PostgreSQL under it, migrated by the programs themselves."""
    url = (await postgres.bare()).replace("+asyncpg", "")
    channel = next(iter(case.get("on", ["sms"])))  # type: ignore[call-overload]
    who = None if case.get("as", "nobody") == "nobody" else str(case["as"])
    async with demo_app(engine, tmp_path, seeded, start=case.get("clock"), DATABASE_URL=url) as (app, bss):
        await Talk(app, bss, channel, who).play(case["dialogue"])  # type: ignore[arg-type]
