"""Dialogues with an ear that is unsure in a known way: a rare wish is offered, on SMS and on the web."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.engine.engine import Engine
from testing.apps import demo_app
from testing.dialogue import Talk

Plays = Callable[..., Awaitable[None]]
EAR = {
    "卡那个事": (("out_of_scope", 0.5), ("replace_sim", 0.35)),
    "你好那个卡": (("greet", 0.5), ("report_lost", 0.35)),
    "国外咋用": (("ask_help", 0.6), ("ask_roaming", 0.13)),
    "单子和单子": (("check_bill", 0.52), ("get_invoice", 0.4)),
    "弄一弄": (("subscribe_service", 0.3), ("cancel_service", 0.2), ("change_plan", 0.1), ("topup_data", 0.09)),
    "哼哼": (("out_of_scope", 0.2),),
}


@pytest_asyncio.fixture(params=["sms", "web"])
async def plays(
    request: pytest.FixtureRequest, engine: Engine, tmp_path: Path, seeded: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Plays]:
    real = engine._parse_one

    async def ear(text: str) -> dict[str, Any]:
        found = await real(text)
        if text in EAR:
            ranking = [{"name": name, "confidence": share} for name, share in EAR[text]]
            found |= {"intent": ranking[0], "intent_ranking": ranking}
        return found

    monkeypatch.setattr(engine, "_parse_one", ear)
    async with demo_app(engine, tmp_path, seeded) as (app, bss):

        async def play(*steps: Any) -> None:
            await Talk(app, bss, request.param, "13800138000").play(list(steps))

        yield play


async def test_a_wish_close_behind_something_foreign_is_offered_and_done(plays: Plays) -> None:
    await plays(
        "卡那个事", {"choices": ["补换卡", "都不是"], "not": ["帮不上忙"]}, {"press": "补换卡"}, {"says": ["身份证"]}
    )


async def test_a_loss_is_not_swallowed_by_a_greeting(plays: Plays) -> None:
    await plays("你好那个卡", {"choices": ["挂失", "都不是"], "not": ["这里是营厅"]})


async def test_a_wish_takes_the_menus_place(plays: Plays) -> None:
    await plays("国外咋用", {"choices": ["问漫游", "都不是"]})


async def test_of_two_wishes_about_as_likely_the_customer_chooses(plays: Plays) -> None:
    await plays("单子和单子", {"choices": ["查账单", "开发票"]}, {"press": "查账单"}, {"says": ["65.45"]})


async def test_right_after_small_talk_it_is_no_other(plays: Plays) -> None:
    await plays("你好", {"says": ["营厅"]}, "谢谢", "卡那个事", {"choices": ["补换卡"]})


async def test_rare_wishes_are_offered_by_name_three_at_most(plays: Plays) -> None:
    await plays("弄一弄", {"choices": ["开通业务", "退订业务", "换套餐", "都不是"], "not": ["充流量", "其他业务"]})


async def test_choices_then_the_menu_then_a_person(plays: Plays) -> None:
    await plays(
        "弄一弄", {"choices": ["开通业务"]}, "哼哼", {"choices": ["查话费余额", "转人工"]}, "哼哼", {"says": ["要转"]}
    )


async def test_none_of_them_brings_the_menu(plays: Plays) -> None:
    await plays("弄一弄", {"press": "都不是"}, {"choices": ["查话费余额"]})


async def test_in_a_task_a_likely_wish_is_offered_and_the_task_not_lost(plays: Plays) -> None:
    await plays(
        "充流量", {"choices": ["国内"]}, "弄一弄", {"choices": ["开通业务", "接着办"]}, {"press": "接着办"},
        {"says": ["接着充流量"], "choices": ["国内"]},
    )  # fmt: skip
