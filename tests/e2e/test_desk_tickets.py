"""A ticket is worked on the desk's page, in a real browser; what is said in it is text and never markup."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, async_playwright, expect

from channels.desk import api
from hall import agents
from testing.browser import CHROMIUM, SWITCHES
from testing.chat_server import chat_app, served
from tests.channels.test_desk import DeskClient
from tests.channels.test_desk_tickets import NUMBER, opened

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not CHROMIUM.exists() and os.environ.get("CI") != "true", reason="there is no Chromium here"),
]
SIZES = [(390, 844), (1280, 800)]


@pytest_asyncio.fixture
async def office(tmp_path: Path) -> AsyncIterator[DeskClient]:
    async with chat_app(tmp_path) as app:
        await agents.ensure(app.hall, "demo", "open sesame")
        await opened(app.hall, "k1", "fault", days=0)
        await opened(app.hall, "k2", "complaint", days=-20)
        async with served(app, api.blueprint) as host:
            yield DeskClient(app, host)


@pytest.mark.parametrize("size", SIZES)
async def test_a_ticket_is_worked_on_the_page(office: DeskClient, size: tuple[int, int], tmp_path: Path) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(SWITCHES))
        context = await browser.new_context(viewport={"width": size[0], "height": size[1]})
        page = await context.new_page()
        await _signed_in(page, office)
        await expect(page.locator("#list li")).to_have_count(2)
        await expect(page.locator("#list li").first).to_contain_text("超时")
        await _fits(page, tmp_path / "list.png")
        await page.locator("#list button").first.click()
        await expect(page.locator("#summary")).to_have_text("<b>多扣20元</b>")
        await expect(page.locator("#ticket-facts")).to_contain_text("65.45元")
        await page.get_by_role("button", name="由我处理").click()
        await expect(page.locator("#ticket-state")).to_contain_text("处理中")
        await page.locator("#ticket-text").fill("多收的20元已退到话费。")
        await page.get_by_role("button", name="办结，告诉客户").click()
        await expect(page.locator("#history")).to_contain_text("处理完毕")
        await _fits(page, tmp_path / "ticket.png")
        await page.get_by_role("button", name="返回列表").click()
        await page.locator("[data-state=done]").click()
        await expect(page.locator("#list")).to_contain_text(NUMBER)
        await browser.close()


async def _signed_in(page: Page, office: DeskClient) -> None:
    url = f"http://{office.host}/desk"
    await page.goto(f"{url}/tickets")
    await expect(page.get_by_text("请先登录工作台")).to_be_visible()
    await page.goto(f"{url}/")
    await page.locator("#name").fill("demo")
    await page.locator("#password").fill("open sesame")
    await page.get_by_role("button", name="登录").click()
    await page.get_by_role("link", name="工单").click()


async def _fits(page: Page, shot: Path) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.screenshot(path=shot, full_page=True)
