"""Every dialogue of the folders beside this file, on the channels that it names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.engine.engine import Engine
from testing.apps import demo_app
from testing.dialogue import Talk

HERE = Path(__file__).parent
KEYS = {"case", "as", "on", "clock", "tells", "dialogue"}


def cases() -> Iterator[Any]:
    for path in sorted(HERE.rglob("*.yml")):
        for case in YAML(typ="safe").load(path) or ():
            assert set(case) <= KEYS, f"{path.name}: {case['case']}: unknown keys {set(case) - KEYS}"
            for channel in case.get("on", ["sms", "web"]):
                yield pytest.param(channel, case, id=f"{path.parent.name}/{path.stem}:{case['case']} [{channel}]")


@pytest.mark.parametrize(("channel", "case"), cases())
async def test_dialogue(channel: str, case: dict[str, Any], engine: Engine, tmp_path: Path, seeded: Path) -> None:
    """The dialogue goes as it is written, and every message is answered."""
    async with demo_app(engine, tmp_path, seeded, start=case.get("clock")) as (app, bss):
        who = None if case.get("as", "nobody") == "nobody" else str(case["as"])
        talk = Talk(app, bss, channel, who)
        await talk.play(case["dialogue"])
        told = await talk.told()
        assert set(case.get("tells", ())) <= told, sorted(told)
