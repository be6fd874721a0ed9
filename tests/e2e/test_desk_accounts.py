"""The pages of accounts in a real browser: people, one's own account, and the way in by the identity provider."""

from __future__ import annotations

import os
import re
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.async_api import Page, expect

from hall import agents
from hall.agent_roles import ADMIN
from testing.browser import CHROMIUM
from testing.desk_office import PASSWORD
from tests.e2e.test_desk import DESKTOP, PHONE, Visit, office, visit

__all__ = ["office", "visit"]
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not CHROMIUM.exists() and os.environ.get("CI") != "true", reason="there is no Chromium here"),
]


async def fits(page: Page) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def as_admin(page: Page) -> None:
    """An admin's work is on the page of people, and so it begins there."""
    await page.locator("#name").fill("root")
    await page.locator("#password").fill(PASSWORD)
    await page.get_by_role("button", name="登录").click()
    await expect(page).to_have_url(re.compile("/desk/people$"))


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
async def test_an_account_is_made_on_the_page_and_lets_somebody_in(
    visit: Visit, office: Any, size: tuple[int, int]
) -> None:
    await agents.ensure(office.hall, "root", PASSWORD, role=ADMIN)
    page = await visit("anna", size=size)
    await page.get_by_role("button", name="退出", exact=True).click()
    await as_admin(page)
    await fits(page)
    await page.get_by_role("button", name="新建账号").click()
    dialog = page.get_by_role("dialog", name="新建账号")
    await dialog.get_by_label(re.compile("^登录名")).fill("carl")
    await dialog.get_by_label(re.compile("^名字")).fill("张伟")
    await dialog.get_by_label(re.compile("^工号")).fill("8007")
    await dialog.get_by_label("English").check()
    await dialog.get_by_role("button", name="新建").click()
    secret = await page.get_by_role("dialog", name="新账号的初始密码").locator(".secret").text_content()
    await page.keyboard.press("Escape")
    row = page.locator('#list > [data-name="carl"]')
    await expect(row).to_contain_text("未换初始密码")
    await expect(row).to_contain_text("English")
    entered = await agents.sign_in(office.hall, "carl", secret or "", "192.0.2.1")
    assert entered.must_change
    await row.get_by_role("button", name="停用：张伟").click()
    await page.get_by_role("dialog").get_by_role("button", name="停用").click()
    await expect(row).to_contain_text("已停用")
    await expect(row.get_by_role("button").first).to_be_focused()
    await page.locator("#words").fill("8002")
    await expect(page.locator("#list > li")).to_have_count(1)
    await fits(page)


async def test_one_sees_where_one_is_signed_in_and_ends_it(visit: Visit) -> None:
    page, other = await visit("anna"), await visit("anna")
    await page.locator("#me").click()
    await expect(page.locator("#list > li")).to_have_count(2)
    await page.locator("#list").get_by_role("button", name="退出").click()
    await expect(page.locator("#list > li")).to_have_count(1)
    await other.reload()
    await expect(other.locator("#name")).to_be_visible()
    await page.locator("#old").fill("wrong")
    await page.locator("#new").fill("a-long-new-secret-7")
    await page.locator("#again").fill("a-long-new-secret-7")
    await page.get_by_role("button", name="换密码").click()
    await expect(page.locator("#change-trouble")).to_be_visible()
    await page.locator("#old").fill(PASSWORD)
    await page.get_by_role("button", name="换密码").click()
    await expect(page.get_by_text("密码换好了")).to_be_visible()


async def test_the_identity_providers_door_is_shown_where_there_is_one(visit: Visit, office: Any) -> None:
    page = await visit("anna")
    await page.get_by_role("button", name="退出", exact=True).click()
    await expect(page.locator("#login")).to_be_visible()
    await expect(page.locator("#by-provider")).to_be_hidden()
    office.settings = SimpleNamespace(oidc=object())
    await page.reload()
    await expect(page.get_by_role("link", name="用公司统一登录")).to_have_attribute("href", "/desk/oidc")


async def test_on_a_phone_every_page_is_reached_along_the_bar(visit: Visit, office: Any) -> None:
    page = await visit("demo", size=PHONE)
    await fits(page)
    people = page.locator("#to-people")
    await people.scroll_into_view_if_needed()
    await expect(people).to_be_in_viewport(ratio=0.9)
    if shots := os.environ.get("SHOTS"):
        await page.screenshot(path=f"{shots}/bar.png")
    await people.click()
    await expect(page.locator("#list > li").first).to_be_visible()
    await page.go_back()
    await page.locator("#me").click()
    await expect(page.get_by_role("heading", name="在哪里登录着")).to_be_visible()


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_on_the_pages_of_accounts(
    visit: Visit, office: Any, size: tuple[int, int], scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.async_playwright").Axe()
    await agents.ensure(office.hall, "root", PASSWORD, role=ADMIN)
    page = await visit("anna", size=size, color_scheme=scheme)
    await page.get_by_role("button", name="退出", exact=True).click()
    await as_admin(page)
    for address in ("people", "account"):
        await page.goto(f"http://{office.host}/desk/{address}")
        await expect(page.locator("#list > li").first).to_be_visible()
        if address == "people":
            await page.get_by_role("button", name=re.compile("^资料")).first.click()
        found = (await axe.run(page)).response["violations"]
        assert not found, [(one["id"], one["nodes"][0]["html"][:120]) for one in found]
        if shots := os.environ.get("SHOTS"):
            await page.screenshot(path=f"{shots}/{address}-{size[0]}-{scheme}.png")
