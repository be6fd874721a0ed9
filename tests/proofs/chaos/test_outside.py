"""What is outside misbehaves: a gateway that repeats, reorders and hangs up; systems that hang or talk nonsense."""

from __future__ import annotations

import asyncio
import functools
import random
import re
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from benchmarks.dialogues import NUMBER, topup
from bot.app import App
from bot.engine.engine import Engine
from bot.messages import InboundMessage
from hall.bss.balance import Balance, Balances
from hall.clock import Clock
from hall.store.tables.topup import orders
from hall.topup import delivery, payment
from testing.apps import demo_app
from testing.providers.local import serving
from testing.providers.wechat import WechatServer
from testing.providers.zhichong import ZhichongServer
from tests.e2e.test_providers import settings
from tests.proofs.chaos import audit
from tests.proofs.chaos.conftest import FULL, Report
from tests.proofs.chaos.customers import NUMBERS
from tests.proofs.chaos.gateway import KEY, Gateway, gateway
from tests.proofs.chaos.nursery import Hall, Nursery
from tests.proofs.chaos.test_kills import open_store, settled

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

TEXTS = ("查话费", "充流量", "13400134009", "谢谢")
COPIES = 4  # of a message, at most
SOON = "0.5"  # seconds for an answer, where there is another way
HANGS_UP = 0.3  # of the connections are closed by the gateway before the answer
LATER = 0.3  # seconds within which all copies of all messages of a handset are sent, in any order
LINE = "13800138000"
ASKERS = 20
LIMIT = 0.3  # seconds that the hall gives the operator's systems, a provider and a supplier here
SHOP_FAULTS = (  # and whether what was asked for is done all the same
    ("late", True), ("drop", True), ("hang", True), ("truncated", True), ("unsigned", True), ("garbage", False),
    ("error", False), ("busy", False),
)  # fmt: skip
SUCCEEDS, FAILS = "2", "3"  # the supplier's words
ENDS = (SUCCEEDS, FAILS, SUCCEEDS, FAILS)  # of the orders
ORDER = re.compile(NUMBER)
NOWHERE = "http://127.0.0.1:9"
STEPS = 5  # in which time passes
PACE = 20  # times as fast as ours


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


async def _hang() -> Balance:
    await asyncio.Event().wait()
    raise AssertionError("unreachable")


async def _late() -> Balance:
    await asyncio.sleep(LIMIT * 1.5)
    return Balance(8850, 0)


async def _garbage() -> Any:
    return "<html>502 Bad Gateway</html>"


async def _breaks() -> Balance:
    raise ConnectionResetError("reset by peer")


class Faulty(Balances):
    """An operator's system that answers as a fault has it."""

    def __init__(self, fault: Callable[[], Awaitable[Balance]]) -> None:
        self._fault = fault

    async def of(self, msisdn: str) -> Balance:
        return await self._fault()


@pytest.mark.parametrize("fault", [_hang, _late, _garbage, _breaks], ids=["hangs", "late", "garbage", "breaks"])
async def test_an_operators_system(
    fault: Callable[[], Awaitable[Balance]], engine: Engine, seeded: Path, tmp_path: Path, report: Report
) -> None:
    """Who asks what cannot be told is told so, once; when it works again it is told."""
    async with demo_app(engine, tmp_path, seeded) as (app, operator):
        works, operator.seconds = operator[Balances], LIMIT
        operator.put(Faulty(fault))
        told = await asyncio.gather(*(_ask(app, f"asker-{place}", "查话费") for place in range(ASKERS)))
        operator.seconds = 60.0
        operator.put(works)
        again = await _ask(app, "asker-0", "查话费")
        wrong = await audit.problems(app.hall.store)
    assert wrong == []
    assert all("系统暂时没有响应" in words and "88.50" not in words for words in told)
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

    async def hangs() -> Balance:
        await works_again.wait()
        return Balance(8850, 0)

    async with demo_app(engine, tmp_path, seeded) as (app, operator):
        operator.seconds = 300.0
        operator.put(Faulty(hangs))
        asked = [asyncio.create_task(_ask(app, f"asker-{place}", "查话费")) for place in range(ASKERS)]
        others = [await _ask(app, f"other-{place}", "你好") for place in range(ASKERS)]
        assert not any(task.done() for task in asked)
        works_again.set()
        told = await asyncio.gather(*asked)
        wrong = await audit.problems(app.hall.store)
    assert wrong == []
    assert all(others)
    assert all("88.50" in words for words in told)
    report.add(
        "operator's system that hangs, others",
        f"{ASKERS} customers wait for it, {ASKERS} others ask for something else",
        "the others are served meanwhile",
    )


@pytest.mark.parametrize(("fault", "done"), SHOP_FAULTS if FULL else SHOP_FAULTS[:2])
async def test_a_provider_and_a_supplier(
    fault: str, done: bool, engine: Engine, seeded: Path, tmp_path: Path, report: Report
) -> None:
    """Whether they did what they were asked (`done`) or not: the hall finds out, and nothing happens twice."""
    wechat, supplier = WechatServer(Clock()), ZhichongServer()
    async with AsyncExitStack() as stack:
        at = [await stack.enter_async_context(serving(server.routes)) for server in (wechat, supplier)]
        accounts = settings(tmp_path, at[0], NOWHERE, at[1])
        environment = {name.removeprefix("YINGTING_"): value for name, value in accounts.items()}
        app, _ = await stack.enter_async_context(demo_app(engine, tmp_path, seeded, **environment))
        wechat.clock = app.hall.clock
        for adapter in (app.hall.supplier, app.hall.payments["wechat"]):
            adapter._limit = LIMIT  # type: ignore[attr-defined]
        shop = _Street(app, wechat, supplier)
        wechat.fault = supplier.fault = fault
        wechat.after = supplier.after = done
        numbers = [await shop.order(place) for place in range(len(ENDS))]
        await shop.paid(numbers[0], told=2)
        await shop.paid(numbers[1], told=1)
        delivering = asyncio.create_task(app.dispatcher.settle())
        await shop.calls_back_before_it_answers(numbers[0], delivering)
        await delivering
        await shop.paid(numbers[2], told=0)  # the notices are lost: the hall asks
        await shop.paid(numbers[3], told=0)
        await shop.passes(minutes=35)
        supplier.fault = None  # what it could not deliver is paid back by a provider that still fails
        await shop.passes(minutes=35)
        wechat.fault = None
        await shop.passes(minutes=60)
        wrong = await audit.problems(app.hall.store, shop.outside())
        rows = await app.hall.store.all(select(orders.c.order_no, orders.c.state))
    assert wrong == []
    ends = {number: "SUCCEEDED" if end == SUCCEEDS else "REFUNDED" for number, end in zip(numbers, ENDS, strict=True)}
    assert {row.order_no: row.state for row in rows} == ends
    assert wechat.bad_requests + supplier.bad_requests == []
    report.add(
        f"payment provider and supplier: {fault}, {'after' if done else 'instead of'} doing what they are asked",
        f"{len(ENDS)} orders paid; notices lost, told twice at once; the supplier's callback before its answer",
        "each question answered; each order once, delivered once or paid back once; the books balance",
    )


class _Street:
    """Customers who pay at WeChat for what a 直充 supplier delivers."""

    def __init__(self, app: App, wechat: WechatServer, supplier: ZhichongServer) -> None:
        self.app, self.wechat, self.supplier = app, wechat, supplier

    async def order(self, place: int) -> str:
        """An order's number."""
        for line in topup(NUMBERS[place]):
            words = await _ask(self.app, f"payer-{place}", line.message)
        number = ORDER.search(words)
        assert number is not None, words
        self.supplier.states[number[0]] = ENDS[place]
        return number[0]

    async def paid(self, number: str, told: int) -> None:
        """The customer pays; the provider says so `told` times at once."""
        headers, body = self.wechat.notice(self.wechat.pay(number))
        notice = self.app.hall.payments["wechat"].verify_notice(headers, body)
        assert notice is not None
        await asyncio.gather(*(payment.record(self.app.hall, notice, actor="notice:wechat") for _ in range(told)))

    async def calls_back_before_it_answers(self, number: str, delivering: asyncio.Task[None]) -> None:
        """When it has the order, and while the hall waits for the answer."""
        while number not in self.supplier.orders and not delivering.done():
            await asyncio.sleep(0.01)
        if number in self.supplier.orders:
            supplier: Any = self.app.hall.supplier
            order_no, answer = supplier.read_callback(self.supplier.callback(number, SUCCEEDS))
            await delivery.record_callback(self.app.hall, order_no, answer, actor="callback:zhichong")

    async def passes(self, minutes: int) -> None:
        """Time passes, the dispatcher works, and everybody asks whether it has arrived."""
        for _ in range(STEPS):
            self.app.hall.clock.advance(timedelta(minutes=minutes) / STEPS)
            await self.app.dispatcher.settle()
        for place in range(len(ENDS)):
            assert await _ask(self.app, f"payer-{place}", "到账了吗")
        await self.app.conversations.settle()

    def outside(self) -> audit.Outside:
        """What the two know."""
        taken = {number: trade["amount"]["total"] for number, trade in self.wechat.trades.items()}
        returned = {f"T{number[1:]}": refund["amount"]["refund"] for number, refund in self.wechat.refunds.items()}
        delivered = {number: int(self.supplier.states[number] == SUCCEEDS) for number in self.supplier.orders}
        return audit.Outside(taken, returned, delivered)


async def test_a_gateway_that_takes_texts_and_does_not_say_so(
    children: Nursery, tmp_path: Path, report: Report
) -> None:
    """It closes early or talks nonsense: its reports tell that it has the text, which is not sent again."""
    async with gateway() as sms:
        hall = Hall(children, tmp_path, **sms.settings, SMS_ANSWER_LIMIT="0")
        hall.pace = PACE
        await asyncio.to_thread(hall.start)
        sms.silent, sms.rambles, sms.refuses = ASKERS // 2, ASKERS // 2, 2
        lines = [f"139{place:08d}" for place in range(ASKERS)]
        said = await asyncio.gather(*(sms.ask(hall.port, line, f"{line}-0", "你好") for line in lines))
        wrong = await settled(hall)
        async with open_store(hall) as store:
            wrong += await audit.went_out(store, sms)
        hall.kill()
    assert wrong == []
    assert all(said)
    assert len(sms.pushed) == ASKERS
    report.add(
        "gateway that takes texts without saying so",
        f"sendsms of {ASKERS} answers: half closed early, half garbage, two refused first; its reports come",
        "each text went out once",
    )


async def _ask(app: App, sender: str, text: str) -> str:
    """What the customer reads."""
    inbound = InboundMessage("rest", "rest", sender, f"{sender}-{uuid4()}", text, msisdn=LINE)
    replies = await app.conversations.wait_for_reply(await app.conversations.accept(inbound), within=30)
    assert replies is not None, f"{text} was not answered"
    return "\n".join(reply.text for reply in replies)
