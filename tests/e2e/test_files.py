"""A picture on its way from a customer's browser to the agent's, in two real browsers."""

from __future__ import annotations

import io
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import BrowserContext, Page, async_playwright, expect
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import html

from bot.origins import read
from channels import documents
from channels.desk import api
from channels.web import files, pages, socket
from testing.browser import CHROMIUM, SWITCHES
from testing.chat_server import served
from testing.desk_office import desk_office
from testing.fake_conversations import WISH
from tests.e2e.test_desk import DESKTOP, PHONE, sign_in
from tests.hall.test_file_check import PLAIN

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not CHROMIUM.exists() and os.environ.get("CI") != "true", reason="there is no Chromium here"),
]
EMBEDS = '<!doctype html><html lang="zh"><title>x</title><main><h1>x</h1></main><script src="{}/widget.js"></script>'


def site(_app: Any) -> Blueprint:
    """Another site's page: by `localhost`, where the hall is at `127.0.0.1`."""
    bp = Blueprint("site")

    @bp.get("/embeds")
    async def page(request: Request[Any, Any]) -> HTTPResponse:
        return html(EMBEDS.format(f"http://{request.host.replace('localhost', '127.0.0.1')}"))

    return bp


@pytest_asyncio.fixture
async def street(tmp_path: Path) -> AsyncIterator[Any]:
    async with desk_office(tmp_path) as app:
        blueprints = (socket.blueprint, files.blueprint, pages.blueprint, api.blueprint, documents.blueprint, site)
        async with served(app, *blueprints) as host:
            app.host, app.site = host, f"http://{host.replace('127.0.0.1', 'localhost')}/embeds"
            app.settings.widget_origins = read(app.site.removesuffix("/embeds"))
            async with async_playwright() as playwright:
                app.browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(SWITCHES))
                yield app
                await app.browser.close()


def picture(side: int = 900) -> dict[str, Any]:
    out = io.BytesIO()
    Image.effect_noise((side, side), 90).convert("RGB").save(out, "JPEG", quality=95)
    return {"name": "猫上红灯.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


async def customer(street: Any, size: tuple[int, int] = DESKTOP, **more: Any) -> Page:
    context: BrowserContext = await street.browser.new_context(viewport={"width": size[0], "height": size[1]}, **more)
    page = await context.new_page()
    await page.goto(street.site)
    await page.evaluate("Yingting.open()")
    await page.get_by_role("textbox").fill(WISH)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="不等了")).to_be_visible()
    return page


async def agent(street: Any, size: tuple[int, int] = DESKTOP, **more: Any) -> Page:
    context = await street.browser.new_context(viewport={"width": size[0], "height": size[1]}, **more)
    page: Page = await context.new_page()
    await page.goto(f"http://{street.host}/desk")
    await sign_in(page)
    await page.locator(".entry").first.click()
    await page.get_by_role("button", name="接入", exact=True).click()
    await expect(page.get_by_role("button", name="文件", exact=True)).to_be_visible()
    return page


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_picture_from_another_site_reaches_the_agent(street: Any, size: tuple[int, int], scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.async_playwright").Axe()
    page = await customer(street, size, color_scheme=scheme)
    await page.locator('input[type="file"]').set_input_files(
        [picture(), {**picture(), "name": "x.pdf", "buffer": PLAIN}]
    )
    await expect(page.locator(".row.customer:not(.pending)")).to_have_count(3)
    await expect(page.locator(".row.customer").nth(1)).to_contain_text("［图片］猫上红灯.jpg")
    desk = await agent(street, size, color_scheme=scheme)
    shown = desk.get_by_role("img", name="客户发来的图片：猫上红灯.jpg")
    await expect(shown).to_be_visible()
    assert await shown.evaluate("async one => { await one.decode(); return one.naturalWidth; }") == 900
    assert await desk.locator("#text").evaluate("box => box.getBoundingClientRect().height") > 40  # two lines of it
    async with desk.expect_download() as saved:
        await desk.get_by_role("link", name="x.pdf").click()
    assert Path(await (await saved.value).path()).read_bytes() == PLAIN
    for one, name in ((page, "customer"), (desk, "agent")):
        found = (await axe.run(one)).response["violations"]
        assert not found, [(name, rule["id"], rule["nodes"][0]["html"][:120]) for rule in found]
        assert await one.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if shots := os.environ.get("SHOTS"):
            await one.screenshot(path=f"{shots}/file-{name}-{size[0]}-{scheme}.png")


async def test_what_is_not_taken_says_why_and_what_was_lost_is_sent_again(street: Any) -> None:
    page = await customer(street)
    await page.locator('input[type="file"]').set_input_files(
        {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"MZ\x90\x00"}
    )
    await expect(page.locator(".row.refused")).to_contain_text("只收图片和 PDF 文件。")
    await page.route("**/files", lambda route: route.abort())
    await page.locator('input[type="file"]').set_input_files(picture(200))
    again = page.get_by_role("button", name="重新发送")
    await expect(again).to_be_visible()
    await page.unroute("**/files")
    await again.click()
    await expect(page.locator(".row.customer:not(.pending, .refused)")).to_have_count(2)
    await expect(again).to_have_count(0)


async def test_it_is_offered_only_while_somebody_looks(street: Any) -> None:
    page = await customer(street)
    attach = page.get_by_role("button", name="发图片或文件")
    await expect(attach).to_be_visible()
    await page.get_by_role("button", name="不等了").click()
    await expect(attach).to_be_hidden()


async def test_an_agent_sends_a_file_and_the_customer_opens_it(street: Any) -> None:
    asks = await customer(street)
    desk = await agent(street)
    await desk.locator("#file").set_input_files(
        {"name": "套餐说明.pdf", "mimeType": "application/pdf", "buffer": PLAIN}
    )
    await desk.get_by_role("dialog").get_by_role("button", name="发送").click()
    await expect(desk.locator(".said.agent .sent")).to_contain_text("套餐说明.pdf")
    link = asks.get_by_role("link", name="打开文件")
    assert "/d/" in str(await link.get_attribute("href"))
    assert await link.get_attribute("target") == "_blank"


async def test_a_file_that_is_too_big_or_a_program_is_said_to_be_so(street: Any) -> None:
    await customer(street)
    desk = await agent(street)
    for name, content, why in (("a.pdf", b"x" * (5 * 1024 * 1024 + 1), "5 MB"), ("a.png", b"MZ program", "图片和 PDF")):
        await desk.locator("#file").set_input_files({"name": name, "mimeType": "image/png", "buffer": content})
        if why != "5 MB":
            await desk.get_by_role("dialog").get_by_role("button", name="发送").click()
        await expect(desk.locator("#trouble")).to_contain_text(why)
    await expect(desk.locator(".said.agent .sent")).to_have_count(0)
