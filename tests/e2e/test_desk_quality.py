"""The page of checks in a real browser: a conversation is checked, a bad one followed up, a report read."""

from __future__ import annotations

import os
from typing import Any

import pytest
from playwright.async_api import Page, expect

from hall import handoff
from testing.browser import CHROMIUM
from testing.desk_office import says
from tests.e2e.test_desk import DESKTOP, PHONE, Visit, office, visit

__all__ = ["office", "visit"]
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not CHROMIUM.exists() and os.environ.get("CI") != "true", reason="there is no Chromium here"),
]


async def served(office: Any, key: str, agent: str, code: str, rating: str) -> None:
    item = await handoff.get(office.hall, key)
    await handoff.take_over(office.hall, key, agent)
    await says(office, item.conversation, "什么事", "agent")
    await handoff.close(office.hall, key, agent, code)
    unit = office.hall.store.unit()
    await handoff.rate(office.hall, unit, item.conversation, rating)
    await unit.commit()


async def clean(page: Page, state: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.async_playwright").Axe()
    found = (await axe.run(page)).response["violations"]
    assert not found, [(state, one["id"], one["nodes"][0]["html"][:120]) for one in found]
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), state


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_supervisor_checks_follows_up_and_reads_the_report(
    visit: Visit, office: Any, size: tuple[int, int], scheme: str
) -> None:
    await served(office, office.ids[0], "ben", "unsolved", "bad")
    await served(office, office.ids[2], "anna", "solved", "good")
    page = await visit(size=size, color_scheme=scheme)
    await page.get_by_role("link", name="质检").click()
    row = page.locator(f'#list > [data-id="{office.ids[0]}"]')
    for badge in ("没有问候", "没有解决", "不满意"):
        await expect(row.get_by_text(badge, exact=True)).to_be_visible()
    await clean(page, "to be checked")
    await shot(page, size, scheme, "quality")
    await row.get_by_role("button", name="质检").click()
    dialog = page.get_by_role("dialog", name="这次服务怎么样？")
    await dialog.get_by_label("不合格").check()
    await dialog.get_by_label("说明（可不填）").fill("没有问候，也没有说明原因")
    await clean(page, "a check")
    await dialog.get_by_role("button", name="保存").click()
    await expect(row).to_have_count(0)
    await page.locator('[data-show="bad"]').click()
    await row.get_by_role("button", name="回访").click()
    await page.get_by_role("dialog", name="回访的结果").get_by_label("已联系，客户认可").check()
    await page.get_by_role("dialog").get_by_role("button", name="保存").click()
    await expect(page.get_by_text("这里没有要看的")).to_be_visible()
    await page.locator('[data-show="done"]').click()
    await expect(row).to_contain_text("回访：已联系，客户认可")
    await clean(page, "done")
    await page.get_by_role("button", name="报表").click()
    await expect(page.get_by_role("row").filter(has_text="周强")).to_contain_text("100%")
    await clean(page, "reports")
    await shot(page, size, scheme, "report")


async def shot(page: Page, size: tuple[int, int], scheme: str, name: str) -> None:
    if shots := os.environ.get("SHOTS"):
        await page.screenshot(path=f"{shots}/{name}-{size[0]}-{scheme}.png")
