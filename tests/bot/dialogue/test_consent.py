"""Words that agree never stop anything: at a confirmation they agree, or are asked once more."""

from __future__ import annotations

from itertools import product

import pytest

from bot.dialogue.policy import understood
from bot.dialogue.state import Frame, SlotView, State
from bot.engine.engine import Engine

OPENINGS = ("", "好的，", "行，", "嗯", "那就", "可以，", "没问题，", "对，", "我")
DEEDS = ("去付款", "付吧", "去办", "可以付了", "下单", "充吧", "办吧", "现在付", "去交钱", "给我充上", "支付", "买了")
GIVEN = {"phone_number": "13800138000", "scope": "national", "package": 1024, "pay_method": "wechat"}


@pytest.mark.parametrize("words", ["".join(pair) for pair in product(OPENINGS, DEEDS)])
async def test_consent_stops_nothing(words: str, engine: Engine) -> None:
    flow = engine.interpreter.flows["topup_data"]
    confirm = next(step for step in flow.steps if step.kind == "confirm")
    frame = Frame(flow.name, at=flow.index(confirm.id), asked=confirm.id)
    frame.told = frame.confirming = dict(GIVEN)
    state, view = State(stack=[frame]), SlotView(dict.fromkeys(flow.slots) | GIVEN)
    engine.hearing.hear(state, understood(await engine.parse(words, answering=True)), view)
    assert [one.flow for one in state.stack[:1]] == [flow.name], "given up"
    assert {slot: view[slot] for slot in GIVEN} == GIVEN
