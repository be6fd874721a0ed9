"""Reviewing many messages, taking it back, and learning from them, in a real browser."""

from __future__ import annotations

import os
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.async_api import Page, expect

from bot.learning.evaluation import Evaluation
from bot.learning.lesson import Lessons
from hall import review
from hall.review import Candidate
from testing.browser import CHROMIUM
from tests.e2e.test_desk import DESKTOP, PHONE, Visit, office, visit

__all__ = ["office", "visit"]
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not CHROMIUM.exists() and os.environ.get("CI") != "true", reason="there is no Chromium here"),
]
INTENTS = {"check_bill": "查账单", "topup_data": "充流量", "report_fault": "报修"}
WORDS = ("那个单子发我", "弄点流", "猫上红灯一直闪", "上月的单子")
REPORT = Evaluation(
    tested=1200, before=1140, after=1146, reviewed=3, reviewed_before=1, reviewed_after=3,
    now_understood=[("那个单子发我", "check_bill")], worse=[("report_fault", "check_bill", 1, 2)],
)  # fmt: skip


async def opened(office: Any, visit: Visit, **context: Any) -> Page:
    """The page, with some messages to be reviewed, and a training that takes no time."""
    unit = office.hall.store.unit()
    for number, text in enumerate(WORDS):
        doubt = Candidate(f"r{number}", text, "fallback", "check_bill", 0.4, (("check_bill", 0.4),))
        review.keep(unit, office.hall.clock.now(), "web:widget:c0", doubt)
    await unit.commit()
    office.engine = SimpleNamespace(intents=lambda: INTENTS)
    page = await visit(**context)
    await page.goto(f"http://{office.host}/desk/review")
    await expect(page.locator("#reviews > li")).to_have_count(len(WORDS))
    return page


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
async def test_many_are_decided_at_once_and_taken_back(visit: Visit, office: Any, size: tuple[int, int]) -> None:
    page = await opened(office, visit, size=size)
    for word in ("那个单子发我", "上月的单子"):
        await page.get_by_role("checkbox", name=f"选中“{word}”").check()
    await page.get_by_label("选中的都是什么意思").fill("查账单")
    await page.get_by_role("button", name="一起确定").click()
    await expect(page.locator("#done")).to_contain_text("2 条定为“查账单”。")
    await expect(page.locator("#reviews > li")).to_have_count(2)
    await page.get_by_role("button", name="撤销").click()
    await expect(page.locator("#reviews > li")).to_have_count(4)
    await page.get_by_role("checkbox", name="全选").check()
    await page.get_by_role("button", name="都不用于学习").click()
    await expect(page.get_by_text("这里没有要看的")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_learns_at_once_and_says_what_came_of_it(
    visit: Visit, office: Any, size: tuple[int, int], scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.async_playwright").Axe()
    taken: list[int] = []

    async def take() -> None:
        taken.append(1)

    script = f"import json, sys; open(sys.argv[1], 'w').write(json.dumps({REPORT.figures()!r}))"
    office.lessons.__dict__.update(Lessons((sys.executable, "-c", script), office.hall.clock, take).__dict__)
    page = await opened(office, visit, size=size, color_scheme=scheme)
    await page.get_by_role("button", name="马上学习").click()
    await expect(page.locator("#learning-state")).to_contain_text("先在上面定几条")
    await page.locator("#reviews > li").first.get_by_role("button", name="查账单").click()
    await expect(page.locator("#done")).to_contain_text("1 条定为")
    await page.get_by_role("checkbox").nth(1).check()
    await page.get_by_role("button", name="马上学习").click()
    await expect(page.locator("#learning-state")).to_contain_text("学好了，已经在用", timeout=15000)
    assert taken == [1]
    await expect(page.locator("#report")).to_contain_text("原来懂 1 种，现在懂 3 种")
    await expect(page.locator("#report")).to_contain_text("原来对 95.0%，现在对 95.5%")
    await expect(page.locator("#report")).to_contain_text("报修 当成 查账单：原来 1 句，现在 2 句")
    found = (await axe.run(page)).response["violations"]
    assert not found, [(one["id"], one["nodes"][0]["html"][:120]) for one in found]
    if shots := os.environ.get("SHOTS"):
        await page.screenshot(path=f"{shots}/review-{size[0]}-{scheme}.png", full_page=True)
