"""A week of customers on a fast clock, with something wrong most of the time: nobody is left without an answer."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from benchmarks.client import Sender
from benchmarks.dialogues import LINE
from tests.proofs.chaos.conftest import Report
from tests.proofs.chaos.customers import PAYMENT, Ledger, persist, press
from tests.proofs.chaos.nursery import TOKEN, Hall, Nursery
from tests.proofs.chaos.test_kills import settled

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

HOURS = 6  # from one shift to the next
DAYS = 7
CUSTOMERS = 10  # of a shift, at once
PERSON_AFTER = 76  # hours: what nobody can tell by then is a person's
FAULTS = ("down", "garbage", "slow")
PARTS = ("balance", "bill", "subscriber", "topup")
SMALL_TALK = (
    "你好", "查话费", "上个月账单", "还剩多少流量", "怎么实名登记", "到账了吗", "能退吗", "今天天气怎么样", "菜单",
    "谢谢", "??", "取消", "再说一遍", "我要投诉", "转人工", "13400134009", "确认", "不对", "返回", "asdf",
    "我爸的手机欠费了没",
)  # fmt: skip
TOPUP = ("充流量", "13400134009", "13400134009", "国内流量", "1G", "微信支付", "确认")


@dataclass
class Town:
    """Who has written so far, and whose payment is still to be made."""

    hall: Hall
    dice: random.Random
    seen: Ledger = field(default_factory=Ledger)
    unpaid: list[str] = field(default_factory=list)  # addresses of payment pages that wait for a later shift
    pressed: int = 0
    written: int = 0

    async def shift(self) -> None:
        """One burst of customers; in half of them the hall is killed in the middle."""
        crowd = [asyncio.create_task(self._customer()) for _ in range(CUSTOMERS)]
        if self.dice.random() < 0.5:
            await asyncio.sleep(self.dice.uniform(0.05, 0.5))
            self.hall.kill()
            await asyncio.to_thread(self.hall.start)
        await asyncio.gather(*crowd)
        for url in [url for url in self.unpaid if self.dice.random() < 0.5]:
            self.unpaid.remove(url)
            await self._decide(url)

    def break_something(self) -> None:
        """What is wrong with the operator's systems until the next shift."""
        parts = self.dice.sample(PARTS, self.dice.choice((0, 0, 1, 2)))
        self.hall.faults = {part: self.dice.choice(FAULTS) for part in parts}

    async def _customer(self) -> None:
        self.written += 1
        name, topup = f"c{self.written}", self.dice.random() < 0.6
        texts = list(TOPUP) if topup else [self.dice.choice(SMALL_TALK) for _ in range(self.dice.randint(1, 6))]
        if self.dice.random() < 0.2:
            texts.insert(self.dice.randrange(len(texts)), self.dice.choice(SMALL_TALK))
        sender = Sender(self.hall.url, name, LINE, TOKEN)
        for turn, text in enumerate(texts):
            answer = await persist(sender, text, f"{name}-{turn}", self.seen)
            if self.dice.random() < 0.1:
                again = await persist(sender, text, f"{name}-{turn}", self.seen)
                assert again.text == answer.text, "a repeat gets the same words"
            for url in PAYMENT.findall(answer.text):
                if url not in self.unpaid:
                    self.unpaid.append(url)
        sender.close()

    async def _decide(self, url: str) -> None:
        """Pay, in time or long after; cancel; or forget about it."""
        act = self.dice.choice(("pay", "pay", "pay", "cancel", ""))
        if act:
            self.pressed += 1
            supplier = self.dice.choice(("succeed", "succeed", "fail", "slow", "silent"))
            await press(url, act=act, supplier=supplier, notice=self.dice.choice(("once", "twice", "late")))


async def test_a_week(children: Nursery, tmp_path: Path, report: Report, full: bool) -> None:
    town = Town(Hall(children, tmp_path), random.Random(7))
    shifts = DAYS * 24 // HOURS if full else 3
    await asyncio.to_thread(town.hall.start)
    for _ in range(shifts):
        await town.shift()
        town.break_something()
        await asyncio.to_thread(town.hall.skip, HOURS)
    town.hall.faults = {}
    await asyncio.to_thread(town.hall.skip, PERSON_AFTER)
    wrong = await settled(town.hall)
    town.hall.kill()
    assert wrong == []
    assert town.pressed
    report.add(
        f"{shifts * HOURS / 24:g} days on a fast clock",
        f"{town.written} customers; the operator's systems down, slow or talking nonsense, the hall killed −9 every "
        f"{HOURS} h and in half of the shifts; payments made, made late, told twice, cancelled, forgotten",
        f"{town.seen.messages} messages, none without an answer; {town.pressed} payments and cancellations, all well",
    )
