"""The engine: texts are never commands, memory is plain data, nothing of a code is kept."""

from __future__ import annotations

import pytest

from actions.base import Line, Turn
from bot.engine.engine import Engine, Input, Memory, TurnResult
from hall.context import Hall

NOBODY, FRESH = Line(None, 0), Memory()


def turn(hall: Hall, text: str = "", line: Line = NOBODY) -> Turn:
    return Turn(hall, hall.store.unit(), "web:test:1", "web", line, "web:test:1#1", text=text)


async def say(engine: Engine, hall: Hall, text: str, memory: Memory = FRESH, **options: Line) -> TurnResult:
    return await engine.run(turn(hall, text, **options), memory, Input(text))


@pytest.mark.parametrize(
    "text", ["/restart", "/topup_data", '/inform{"scope":"national"}', "/session_start", "/", "//"]
)
async def test_a_text_with_a_slash_is_a_text(engine: Engine, hall: Hall, text: str) -> None:
    answer = await say(engine, hall, text)
    assert answer.replies
    heard = next(event for event in answer.events if event["event"] == "user")
    assert heard["intent"]["confidence"] < 1.0, "a button's intent is sure"


@pytest.mark.parametrize(
    "text", ["", " ", "。", "😀😀😀", "a" * 20_000, "查" * 5000, "\u200b", "{task}", "{{offer}}", "%s", "\\"]
)
async def test_whatever_is_written_is_answered(engine: Engine, hall: Hall, text: str) -> None:
    answer = await say(engine, hall, text)
    assert answer.replies
    assert all(reply.text.strip() for reply in answer.replies)


async def test_the_text_of_a_customer_is_never_a_template(engine: Engine, hall: Hall) -> None:
    answer = await say(engine, hall, "你好 {proved_line} {outcome}")
    assert "{" not in "".join(reply.text for reply in answer.replies)


async def test_an_answer_brings_its_card(engine: Engine, hall: Hall) -> None:
    (reply,) = (await say(engine, hall, "查话费", line=Line("13800138000", 1))).replies
    assert reply.card is not None
    assert (reply.card["kind"], reply.card["number"]) == ("balance", "13800138000")


async def test_memory_goes_through_json_and_continues(engine: Engine, hall: Hall) -> None:
    import json

    first = await say(engine, hall, "我要充流量")
    kept = Memory(json.loads(json.dumps(first.memory.slots)), json.loads(json.dumps(first.memory.dialogue)))
    second = await say(engine, hall, "13800138000", kept)
    assert second.memory.slots["phone_number"] == "13800138000"


async def test_stored_events_hold_no_number(engine: Engine, hall: Hall) -> None:
    answer = await say(engine, hall, "给13900139002充流量")
    assert "13900139002" not in str(answer.events)


async def test_a_long_session_costs_nothing_more(engine: Engine, hall: Hall) -> None:
    memory = Memory()
    sizes = []
    for _ in range(30):
        answer = await say(engine, hall, "你好", memory)
        memory = answer.memory
        sizes.append((len(answer.events), len(str(memory))))
    assert sizes[0] == sizes[-1]
