"""No money by mistake: no question, doubt, negation or condition fills a slot, confirms or cancels, at any step."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from bot.dialogue.flow import Flow, Step
from bot.dialogue.policy import understood
from bot.dialogue.state import Frame, ParsedMessage, SlotView, State, worded
from bot.engine.engine import Engine

VALUES = {
    "data_mb": ["1G", "5G流量", "10个G", "512M", "半个G"],
    "scope": ["国内", "省内", "全国流量", "国内流量"],
    "pay_method": ["微信", "支付宝", "微信支付"],
    "amount_fen": ["50元", "100块", "二十块钱", "30块"],
    "phone_number": ["13400134009", "134 0013 4009"],
    "service_name": ["彩铃", "来电显示", "视频会员", "校讯通"],
    "plan_name": ["畅享59元套餐", "冰激凌99元套餐", "全球通"],
    "month": ["9月", "上个月", "去年12月", "这个月"],
    "place": ["昆明", "五华区", "济南", "日本", "香港"],
    "document_type": ["护照", "身份证", "港澳通行证"],
    "carrier": ["联通", "电信"],
}
GIVEN = {
    "data_mb": 1024,
    "scope": "national",
    "pay_method": "wechat",
    "amount_fen": 3000,
    "phone_number": "13800138000",
    "month": "2026-10",
}
QUESTIONS = (
    *("{}多少钱", "{}可以吗", "{}行不行", "{}怎么样", "{}是什么意思", "{}好不好", "{}会不会贵", "为什么要{}"),
    *("能不能用{}", "{}够不够", "{}有什么区别", "有没有{}", "是{}吗", "{}对吗", "{}？", "选{}会怎样", "{}划算吗"),
    *("什么是{}", "{}靠谱吗", "别人都选{}吗", "你推荐{}吗", "哪里能用{}", "{}和别的哪个好", "怎么用{}", "{}几天到"),
    *("{}还能退吗", "{}安全吗", "{}是不是便宜点", "{}咋样", "{}呢"),
)
DOUBTS = ("是不是{}", "真的是{}吗", "确定是{}吗", "是{}对吧", "{}没错吧", "不会是{}吧？")
NEGATIONS = (
    "不要{}",
    "没有{}",
    "不是{}",
    "别用{}",
    "不想要{}",
    "{}不要",
    "{}不行",
    "{}用不了",
    "我不用{}",
    "不选{}",
    "{}太贵了",
)
CONDITIONS = ("如果选{}呢", "要是{}的话", "万一{}不到账", "{}的话多少钱", "假如我用{}")
BARE = (
    *("确认能退吗", "确认了会扣钱吗", "确认的话什么时候到", "好吗", "可以吗", "行吗", "对吗", "是吗", "可以退吗"),
    *("取消要收钱吗", "取消的话扣钱吗", "不充了会怎样", "能不能取消", "可以不充吗", "如果取消呢", "算了的话钱退吗"),
    *("是这样吗", "确认是什么意思", "不要的话怎么办", "好不好用", "怎么确认", "为什么要确认", "要是不对呢"),
)


def texts() -> Iterator[str]:
    for template, values in product((*QUESTIONS, *DOUBTS, *NEGATIONS, *CONDITIONS), VALUES.values()):
        yield from (template.format(value) for value in values)
    yield from BARE


def steps(flow: Flow) -> Iterator[tuple[Step, dict[str, Any]]]:
    """Every step at which a flow asks, with the values that it has then."""
    known: dict[str, Any] = {}
    for step in flow.steps:
        if step.kind == "confirm" or (step.kind == "collect" and step.accept != "message"):
            yield step, dict(known)
        if step.kind == "collect":
            known[step.target] = GIVEN.get(step.entity, "x")


@pytest.fixture(scope="module")
async def said(engine: Engine) -> list[ParsedMessage]:
    return [understood(await engine.parse(text, answering=True)) for text in texts()]


async def test_there_are_many(said: list[ParsedMessage]) -> None:
    assert len(said) >= 2000


async def test_nothing_is_filled_confirmed_or_cancelled(engine: Engine, said: list[ParsedMessage]) -> None:
    """At every question of every flow that does something."""
    wrong: list[str] = []
    tried: dict[str, int] = {}
    for flow in engine.interpreter.flows:
        allowed = _allowed(flow)
        for step, known in steps(flow) if allowed is not None else ():
            for parsed in said:
                tried[flow.name] = tried.get(flow.name, 0) + 1
                if (happened := _mistake(engine, flow, step, known, parsed)) and not happened.startswith(allowed or ()):
                    wrong.append(f"{flow.name}/{step.id}: {parsed.text}: {happened}")
    does = {flow.name for flow in engine.interpreter.flows if flow.kind == "task" or _acts(flow)}
    asks = {flow.name for flow in engine.interpreter.flows if next(steps(flow), None) is not None}
    assert not (does & asks) - tried.keys(), "flows that do something and were left out"
    assert not wrong, f"{len(wrong)} of {sum(tried.values())}:\n" + "\n".join(wrong[:60])


def _acts(flow: Flow) -> bool:
    return any(step.kind in ("act", "confirm") for step in flow.steps)


def _allowed(flow: Flow) -> tuple[str, ...] | None:
    """What a question may do to a flow beside answering; None: it is not looked at, because it only tells something.

    A look-up (`answer`) takes what a question names: 9月账单多少 asks for that bill. What lapses, and what is only
    offered, is let go by whatever does not answer it, and buys nothing. None of them is ever confirmed by a question.
    """
    if flow.kind == "task" and not flow.lapses:
        return ()
    return ("filled", "cancelled") if _acts(flow) else None


def _mistake(engine: Engine, flow: Flow, step: Step, known: dict[str, Any], parsed: ParsedMessage) -> str:
    state = State(stack=[Frame(flow.name, at=flow.index(step.id), asked=step.id, told=dict(known))])
    view = SlotView({**known, "proved_line": GIVEN["phone_number"]})
    if not parsed.asks and any(worded(one, parsed) for one in flow.steps):
        return ""  # 手机不行, in the tree of a fault, is what is asked for: no negation of a value
    engine.hearing.hear(state, parsed, view)
    frame = next((frame for frame in state.stack if frame.flow == flow.name), None)
    if frame is None:
        return "cancelled"
    if frame.confirmed:
        return "confirmed"
    slots = view.slots if state.top is frame else frame.slots
    filled = {slot: slots.get(slot) for slot in flow.slots if slots.get(slot) not in (None, known.get(slot))}
    return f"filled {filled}" if filled else ""
