"""What is collected for review: the messages that were not, or wrongly, understood, masked, and what was meant."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from bot.dialogue.review_candidates import note
from bot.dialogue.state import State
from bot.engine.engine import Engine
from hall.store.tables.review import reviews
from testing.apps import demo_app
from testing.dialogue import Talk

Review = Any
Plays = Callable[..., Awaitable[list[Review]]]
NONSENSE = ("嗡嗡嗡", "嗡嗡嘟", "嗡咚咚咚")  # never understood here
VAGUE, LIKELY = "嗡那个单子", "嗡那个账"
HEARD = {VAGUE: (("check_bill", 0.3), ("get_invoice", 0.25)), LIKELY: (("check_bill", 0.3),)}


@pytest_asyncio.fixture
async def plays(engine: Engine, tmp_path: Path, seeded: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Plays]:
    """Plays a dialogue; gives what stands in review then, by reason."""
    real = engine._parse_one

    async def deaf(text: str) -> dict[str, Any]:
        found = await real(text)
        if text.startswith("嗡"):
            meant = HEARD.get(text, (("out_of_scope", 0.2),))
            ranking = [{"name": name, "confidence": share} for name, share in meant]
            found |= {"intent": ranking[0], "intent_ranking": ranking}
        return found

    monkeypatch.setattr(engine, "_parse_one", deaf)
    async with demo_app(engine, tmp_path, seeded) as (app, bss):

        async def play(*steps: Any, msisdn: str | None = "13800138000") -> list[Review]:
            await Talk(app, bss, "web", msisdn).play(list(steps))
            rows = await app.hall.store.all(select(reviews).order_by(reviews.c.at))
            return sorted(rows, key=lambda row: row.reason)

        yield play


async def test_what_is_understood_is_not_collected(plays: Plays) -> None:
    assert await plays("你好", "查话费", "查账单", "充流量", {"press": "国内"}, "取消", "谢谢") == []


async def test_what_fell_back_is_collected_with_what_was_understood(plays: Plays) -> None:
    [row] = await plays(NONSENSE[0])
    assert (row.text, row.reason, row.state, row.chosen, row.task) == (NONSENSE[0], "fallback", "open", None, "")
    assert row.intent == row.ranking[0][0]
    assert row.confidence == row.ranking[0][1] == 0.2


async def test_what_had_to_be_clarified_is_collected_with_the_choice(plays: Plays) -> None:
    [row] = await plays(VAGUE, {"press": "开发票"})
    assert (row.reason, row.intent, row.chosen) == ("clarified", "check_bill", "get_invoice")


async def test_what_could_mean_one_thing_only_is_done_and_collected(plays: Plays) -> None:
    [row] = await plays(LIKELY)
    assert (row.reason, row.intent, row.chosen) == ("clarified", "check_bill", "check_bill")


async def test_none_of_the_choices_leaves_the_meaning_open(plays: Plays) -> None:
    [row] = await plays(VAGUE, {"press": "都不是"})
    assert (row.reason, row.chosen) == ("clarified", None)


async def test_what_the_customer_then_chose_stands_beside_it(plays: Plays) -> None:
    [row] = await plays(NONSENSE[0], {"press": "查话费余额"})
    assert row.chosen == "check_balance"
    assert len(await plays("查话费", "查话费")) == 1  # nothing more of another conversation


async def test_it_counts_for_all_that_was_not_understood_before(plays: Plays) -> None:
    assert [row.chosen for row in await plays(*NONSENSE[:2], "查话费余额")] == ["check_balance"] * 2


async def test_it_does_not_count_when_something_else_came_between(plays: Plays) -> None:
    assert [row.chosen for row in await plays(NONSENSE[0], "你好", "查话费余额")] == [None]


async def test_a_person_for_want_of_understanding_is_told_as_such(plays: Plays) -> None:
    rows = await plays(*NONSENSE)
    assert [row.reason for row in rows] == ["fallback", "fallback", "misunderstood"]


async def test_a_miss_within_a_task_names_the_task(plays: Plays) -> None:
    [row] = await plays("充流量", NONSENSE[0])
    assert row.task == "topup_data"


async def test_what_is_taken_back_at_once_was_wrong(plays: Plays) -> None:
    [row] = await plays("查话费", "不是这个，我要查上个月账单")
    assert (row.text, row.reason, row.intent, row.chosen) == ("查话费", "corrected", "check_balance", "check_bill")


async def test_numbers_are_masked_and_documents_are_not_kept(plays: Plays) -> None:
    rows = await plays("嗡嗡13500135999嗡嗡嗡嗡嗡嗡啊", "嗡嗡我的护照E12345678嗡嗡嗡")
    assert [row.text for row in rows] == ["嗡嗡135****5999嗡嗡嗡嗡嗡嗡啊", "嗡嗡我的护照[ID***]嗡嗡嗡"]
    assert not any("13500135999" in row.text or "E12345678" in row.text for row in rows)


async def test_nothing_is_kept_while_a_code_may_come(plays: Plays) -> None:
    assert await plays("查话费", "13800138000", "我的码是一二三四五六嗡嗡", "123456", NONSENSE[0], msisdn=None) == []


async def test_the_same_message_twice_is_collected_once(plays: Plays) -> None:
    assert len(await plays(NONSENSE[0], {"again": True})) == 1


def parse(intent: str, confidence: float, text: str = "…") -> dict[str, Any]:
    ranking = [{"name": intent, "confidence": confidence}]
    return {"text": text, "intent": ranking[0], "intent_ranking": ranking}


@pytest.mark.parametrize(("confidence", "collected"), [(0.6, True), (0.95, False)])
def test_a_wish_that_was_stopped_for_another_is_collected_unless_it_was_certain(
    confidence: float, collected: bool
) -> None:
    first, stopped, second = State(took="topup_data"), State(), State(took="check_bill")
    note(State(), first, parse("topup_data", confidence, "弄点流"), "1", secret=False)
    note(first, stopped, parse("cancel", 1.0, "算了"), "2", secret=False)
    noted = note(stopped, second, parse("check_bill", 1.0, "查账单"), "3", secret=False)
    assert (noted.doubt is not None) == collected
    assert (noted.settled, noted.chosen) == ((("1",), "check_bill") if collected else ((), ""))


def test_a_wish_behind_what_seemed_foreign_is_collected() -> None:
    first, second = State(), State(took="check_usage")
    note(State(), first, parse("out_of_scope", 0.6, "还剩几个g"), "1", secret=False)
    noted = note(first, second, parse("check_usage", 0.9, "查流量"), "2", secret=False)
    assert noted.doubt is not None
    assert (noted.doubt.text, noted.doubt.reason, noted.chosen) == ("还剩几个g", "corrected", "check_usage")


def test_what_is_remembered_for_it_is_gone_after_one_message() -> None:
    first, second = State(took="topup_data"), State()
    note(State(), first, parse("topup_data", 0.6), "1", secret=False)
    assert first.said
    note(first, second, parse("inform", 1.0), "2", secret=False)
    assert (second.said, second.doubted) == ({}, [])
