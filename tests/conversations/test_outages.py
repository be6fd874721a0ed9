"""E3: whatever of the operator's systems is down, it is said what cannot be done, and what still works.

Every capability is begun with every system that it needs switched off, and answered with the first choice until it
is done or says so. With all systems off nothing breaks: every capability has an answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.dialogue import flow_file
from bot.engine.engine import Engine
from testing.apps import demo_app
from testing.dialogue import Talk

ROOT = Path(__file__).resolve().parents[2]
FLOWS = flow_file.read(ROOT / "data" / "flows").raw()
WHO = "13800138000"
MOST = 6  # answers until it must be said
SAID = ("没有响应", "没响应")
BROKEN = "出了点问题"
WORDS = {  # what is begun by words and not by an intent
    "book_store": "我要预约明天上午的营业厅",
    "wrong_plan": "套餐给我办错了",
    "notices_off": "别再给我发广告短信了",
    "notices_on": "恢复提醒短信",
    "notices": "欠费了会提醒我吗",
    "store_booking": "我的预约呢",
}
FIRST = {"subscribe_service": 1}  # the first that is offered has been subscribed already
GOES_ON = {  # what is done all the same
    ("topup_data", "topup"): "delivers after the payment, and is tried until it does, or the money goes back",
    ("topup_credit", "topup"): "the same",
    ("topup_credit", "balance"): "credit is sold without a look at the balance, which only advises",
}
VALUES = {"phone_number": "13900139002", "amount_fen": "50元", "data_mb": "1G", "scope": "国内", "month": "上个月"}


def needed() -> Iterator[Any]:
    """Every capability with each of the systems that it says it needs, where it asks for no password before."""
    for name, flow in FLOWS.items():
        if flow.get("line") != "verified" and (flow.get("intent") or name in WORDS):
            parts = [part for part in flow.get("needs") or () if (name, part) not in GOES_ON]
            yield from (pytest.param(name, part, id=f"{name}-{part}") for part in parts)


def opening(name: str) -> tuple[str, str | None]:
    """The words, or the button, that begin a capability."""
    intents = FLOWS[name].get("intent")
    first = intents if isinstance(intents, str) or not intents else intents[0]
    return (WORDS[name], None) if name in WORDS else (str(FLOWS[name]["title"]), f"/{first}")


async def go_on(talk: Talk, name: str, flow: Any) -> bool:
    """Take the first choice, or give a value of what is collected; False when nothing is left to say."""
    buttons = [button for reply in talk.said for button in reply.buttons]
    if buttons:
        button = buttons[min(FIRST.get(name, 0), len(buttons) - 1)]
        await talk.write(button.title, button.payload)
        return True
    entities = [step.get("entity", step["collect"]) for step in flow["steps"] if "collect" in step]
    value = next((VALUES[entity] for entity in entities if entity in VALUES), None)
    if value is not None:
        await talk.write(value)
    return value is not None


@pytest.mark.parametrize("mode", ["down", "garbage"])
@pytest.mark.parametrize(("name", "part"), needed())
async def test_what_cannot_be_done_is_said(
    name: str, part: str, mode: str, engine: Engine, tmp_path: Path, seeded: Path
) -> None:
    async with demo_app(engine, tmp_path, seeded) as (app, bss):
        talk = Talk(app, bss, "web", WHO)
        await talk.fault({part: mode})
        await talk.write(*opening(name))
        for _ in range(MOST):
            if any(word in talk._text() for word in SAID) or not await go_on(talk, name, FLOWS[name]):
                break
            talk.parsed = True
        talk.parsed = True
        said = await talk.sent()
        if mode == "down":
            assert any(word in text for text in said for word in SAID), said
        assert not any(BROKEN in text for text in said), said


@pytest.mark.parametrize(
    "name", [name for name, flow in FLOWS.items() if flow.get("intent") and flow.get("kind") != "talk"]
)
async def test_with_everything_down_there_is_an_answer(name: str, engine: Engine, tmp_path: Path, seeded: Path) -> None:
    async with demo_app(engine, tmp_path, seeded) as (app, bss):
        talk = Talk(app, bss, "sms", WHO)
        parts = {part for flow in FLOWS.values() for part in flow.get("needs") or ()}
        await talk.fault(dict.fromkeys(parts | {"line_check", "plan", "services", "line"}, "down"))
        await talk.write(*opening(name))
        talk.parsed = True
        assert talk._text().strip()
        assert BROKEN not in talk._text()
