"""Rules over conversations that are over: each failure of service is found, good service is not blamed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from hall.desk_quality import Said, judged
from hall.handoff import Handoff
from hall.policy import Policy

NOW = datetime(2026, 11, 16, 4, 0, tzinfo=timezone.utc)
RULES = Policy.load().desk.quality
ITEM = Handoff(
    id="h", conversation="web:w:c", kind="person", state="closed", reason="asked", skill="general", tier="basic",
    rank=9, summary={}, message=None, callback=None, agent="anna", requested_at=NOW, taken_at=NOW,
    closed_at=NOW + timedelta(minutes=9), rating=None, version=3, replied_at=NOW + timedelta(seconds=20), code="solved",
)  # fmt: skip
GOOD = ("a:您好，我来看一下", "c:流量没到账", "a:已经到账了，请您看一下", "c:好的谢谢")


def said(*lines: str) -> list[Said]:
    authors = {"a": "agent", "c": "customer", "b": "bot"}
    return [Said(authors[line[0]], line[2:], NOW + timedelta(minutes=number)) for number, line in enumerate(lines)]


def test_good_service_is_not_blamed() -> None:
    assert judged(RULES, ITEM, said(*GOOD), back=False) == ()


@pytest.mark.parametrize(
    ("lines", "changed", "failed"),
    [
        (("a:什么事", *GOOD[1:]), {}, ("greeted",)),
        (GOOD, {"replied_at": NOW + timedelta(minutes=4)}, ("quick",)),
        (GOOD, {"replied_at": None}, ("quick",)),
        ((*GOOD[:3], "c:那上个月的呢"), {}, ("answered",)),
        ((*GOOD[:3], "c:好的", "b:请评价这次服务"), {}, ()),
        ((*GOOD, "a:明天给您电话回电"), {}, ("promised",)),
        ((*GOOD, "a:明天给您电话回电"), {"code": "call_back"}, ()),
        (GOOD, {"code": "unsolved"}, ("resolved",)),
        (GOOD, {"code": None}, ("resolved",)),
        (GOOD, {"rating": "bad"}, ("resolved",)),
        ((*GOOD, "a:听不懂吗"), {}, ("polite",)),
        (("c:在吗",), {"replied_at": None}, ("greeted", "quick", "answered")),
        (("a:您好，请问您还在吗", "c:流量"), {"code": "silent"}, ()),
    ],
)
def test_each_failure_is_found(lines: tuple[str, ...], changed: dict[str, Any], failed: tuple[str, ...]) -> None:
    assert judged(RULES, replace(ITEM, **changed), said(*lines), back=False) == failed


def test_who_asks_again_soon_was_not_served() -> None:
    assert judged(RULES, ITEM, said(*GOOD), back=True) == ("resolved",)
