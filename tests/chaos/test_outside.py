"""What is outside misbehaves: a gateway that repeats, reorders and hangs up; systems that hang or talk nonsense."""

from __future__ import annotations

import asyncio
import functools
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from bot.app import House
from bot.engine.engine import Engine
from bot.messages import Inbound
from hall.bss.port import Balance
from tests.chaos import audit
from tests.chaos.conftest import Report
from tests.chaos.gateway import KEY, Gateway, gateway
from tests.chaos.nursery import Hall, Nursery
from tests.chaos.test_kills import open_store, settled
from tests.houses import demo_house

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

TEXTS = ("查话费", "充流量", "13400134009", "谢谢")
COPIES = 4  # of a message, at most
SOON = "0.5"  # seconds for an answer, where there is another way
HANGS_UP = 0.3  # of the connections are closed by the gateway before the answer
LATER = 0.3  # seconds within which all copies of all messages of a handset are sent, in any order
LINE = "13800138000"
ASKERS = 20
LIMIT = 0.3  # seconds that the hall gives the operator's systems here


@pytest.mark.parametrize("road", [False, True], ids=["answers", "pushes"])
async def test_a_gateway_that_repeats_reorders_and_hangs_up(
    road: bool, children: Nursery, tmp_path: Path, report: Report, full: bool
) -> None:
    """`road`: what is not answered at once is pushed, and never both."""
    handsets, dice = 200 if full else 12, random.Random(4)
    async with gateway() as sms:
        settings = sms.settings | {"SMS_ANSWER_LIMIT": SOON} if road else {"SMS_KANNEL_KEY": KEY}
        hall = Hall(children, tmp_path, **settings)
        await asyncio.to_thread(hall.start)
        handset = functools.partial(_handset, sms, hall.port, dice, road)
        counts = await asyncio.gather(*map(handset, range(handsets)))
        wrong = await settled(hall)
        async with open_store(hall) as store:
            wrong += await audit.went_out(store, sms) if road else []
        hall.kill()
    assert wrong == []
    report.add(
        f"gateway that repeats, reorders, closes early, {'with' if road else 'without'} a way to push",
        f"{handsets} handsets with {len(TEXTS)} texts, up to {COPIES} copies each, in any order, every third cut off",
        f"{sum(counts)} requests, {len(sms.pushed)} pushes; each text answered once, its copies in the same words",
    )


async def _handset(sms: Gateway, port: int, dice: random.Random, road: bool, place: int) -> int:
    """All copies of all texts at any moment; then again whatever was not answered. How many requests it took."""
    line, asked = f"139{place:08d}", 0
    copies = [turn for turn in range(len(TEXTS)) for _ in range(dice.randint(1, COPIES))]

    async def one(turn: int) -> tuple[int, str | None]:
        await asyncio.sleep(dice.uniform(0, LATER))
        return turn, await sms.deliver(port, line, f"{line}-{turn}", TEXTS[turn], hang_up=dice.random() < HANGS_UP)

    answers: dict[int, set[str]] = {turn: set() for turn in range(len(TEXTS))}
    while copies:
        for turn, answer in await asyncio.gather(*map(one, copies)):
            asked += 1
            answers[turn] |= {answer} if answer is not None else set()
        copies = [turn for turn, found in answers.items() if not found]
    assert all(len(found - {""}) <= 1 and (road or "" not in found) for found in answers.values()), answers
    return asked


async def _hang(_msisdn: str) -> Balance:
    await asyncio.Event().wait()
    raise AssertionError("unreachable")


async def _late(_msisdn: str) -> Balance:
    await asyncio.sleep(LIMIT * 1.5)
    return Balance(8850, 0)


async def _garbage(_msisdn: str) -> Any:
    return "<html>502 Bad Gateway</html>"


async def _breaks(_msisdn: str) -> Balance:
    raise ConnectionResetError("reset by peer")


@pytest.mark.parametrize("fault", [_hang, _late, _garbage, _breaks], ids=["hangs", "late", "garbage", "breaks"])
async def test_an_operators_system(
    fault: Callable[[str], Awaitable[Balance]], engine: Engine, seeded: Path, tmp_path: Path, report: Report
) -> None:
    """Who asks what cannot be told is told so, once; when it works again it is told."""
    async with demo_house(engine, tmp_path, seeded) as (house, operator):
        house.hall.bss._seconds = LIMIT  # type: ignore[attr-defined]
        works, operator.balance = operator.balance, fault
        told = await asyncio.gather(*(_ask(house, f"asker-{place}", "查话费") for place in range(ASKERS)))
        operator.balance = works
        again = await _ask(house, "asker-0", "查话费")
        wrong = await audit.problems(house.hall.store)
    assert wrong == []
    assert all("话费系统暂时没有响应" in words and "88.50" not in words for words in told)
    assert "88.50" in again
    report.add(
        f"operator's system: {fault.__name__.strip('_')}",
        f"{ASKERS} customers ask for what it knows",
        "each is told that it does not answer, once; when it works again it is asked again",
    )


async def test_a_system_that_hangs_holds_nobody_else_up(
    engine: Engine, seeded: Path, tmp_path: Path, report: Report
) -> None:
    works_again = asyncio.Event()

    async def hangs(_msisdn: str) -> Balance:
        await works_again.wait()
        return Balance(8850, 0)

    async with demo_house(engine, tmp_path, seeded) as (house, operator):
        house.hall.bss._seconds = 300.0  # type: ignore[attr-defined]
        operator.balance = hangs
        asked = [asyncio.create_task(_ask(house, f"asker-{place}", "查话费")) for place in range(ASKERS)]
        others = [await _ask(house, f"other-{place}", "你好") for place in range(ASKERS)]
        assert not any(task.done() for task in asked)
        works_again.set()
        told = await asyncio.gather(*asked)
        wrong = await audit.problems(house.hall.store)
    assert wrong == []
    assert all(others)
    assert all("88.50" in words for words in told)
    report.add(
        "operator's system that hangs, others",
        f"{ASKERS} customers wait for it, {ASKERS} others ask for something else",
        "the others are served meanwhile",
    )


async def _ask(house: House, sender: str, text: str) -> str:
    """What the customer reads."""
    inbound = Inbound("rest", "rest", sender, f"{sender}-{uuid4()}", text, msisdn=LINE)
    replies = await house.turns.replies(await house.turns.accept(inbound), within=30)
    assert replies is not None, f"{text} was not answered"
    return "\n".join(reply.text for reply in replies)
