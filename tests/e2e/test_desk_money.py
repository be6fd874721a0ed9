"""An order at the desk: what was bought and is to be done come first, acts ask first, every word is Chinese."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.async_api import async_playwright, expect

from hall.payments.port import RefundState
from testing.browser import CHROMIUM, SWITCHES
from tests.channels.test_desk import DeskClient
from tests.channels.test_desk_money import office, stuck

__all__ = ["office"]

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not CHROMIUM.exists() and os.environ.get("CI") != "true", reason="there is no Chromium here"),
]
ENGLISH = re.compile(r"[a-z]{4,}(?:_[a-z]+)*")


@pytest.mark.parametrize(("size", "scheme"), [((390, 844), "dark"), ((1280, 800), "light")])
async def test_a_stuck_refund_is_understood_and_paid(
    office: DeskClient, size: tuple[int, int], scheme: str, tmp_path: Path
) -> None:
    axe = pytest.importorskip("axe_playwright_python.async_playwright").Axe()
    _, order = await stuck(office, [RefundState("failed", "account closed"), RefundState("done")])
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(SWITCHES))
        context = await browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)  # type: ignore[arg-type]
        page = await context.new_page()
        await page.goto(f"http://{office.host}/desk")
        await page.locator("#name").fill("boss")
        await page.locator("#password").fill("open sesame")
        await page.get_by_role("button", name="登录").click()
        await page.get_by_role("link", name=re.compile("款项")).click()
        await expect(page.locator("#cases")).to_contain_text("退款受阻")
        await page.screenshot(path=tmp_path / "cases.png")
        await page.locator("#cases").get_by_role("link", name=order.order_no).click()
        await expect(page.locator(".headline")).to_contain_text("138****8000")
        await expect(page.locator(".next")).to_contain_text("重新提交退款")
        await page.locator("summary").first.click()
        await page.screenshot(path=tmp_path / "order.png")
        shown = await page.locator("#order").inner_text()
        assert not ENGLISH.findall(
            shown.replace("account closed", "").replace("no line", "")
        )  # the provider's own words stay
        found = (await axe.run(page)).response["violations"]
        assert not [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await page.locator("#order-acts").get_by_role("button", name="重新提交退款").click()
        dialog = page.get_by_role("dialog", name="重新提交退款")
        await dialog.get_by_role("button", name="重新提交退款").click()
        await expect(page.locator("#order-state")).to_have_text("退款中")
        await expect(page.locator(".line")).to_contain_text("boss")
        await browser.close()
