"""Conversations that are put aside and labelled, at the desk in real browsers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Page, expect

from testing.desk_office import says
from tests.e2e.test_desk import DESKTOP, ONE, PHONE, Visit, office, opened, pytestmark, sign_in, taken, visit

__all__ = ["office", "pytestmark", "visit"]  # the fixtures of there


async def put_aside(page: Page, until: str = "1小时后") -> None:
    await page.get_by_role("button", name="搁置", exact=True).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label(until).check()
    await dialog.get_by_role("button", name="搁置").click()
    await expect(dialog).to_be_hidden()


async def test_what_is_put_aside_comes_back_with_the_customers_word(visit: Visit, office: Any) -> None:
    page = await visit()
    await taken(page, office.ids[0])
    await put_aside(page)
    await expect(page.locator("#rows")).to_contain_text("搁置 1")
    await expect(page.locator("#state")).to_contain_text("搁置 · 到")
    await expect(page.get_by_role("button", name="现在处理")).to_be_visible()
    await opened(page, office.ids[3])
    await says(office, ONE, "在吗，有结果了吗")
    await expect(page.locator("#rows")).not_to_contain_text("搁置 1")
    await expect(page.locator("#rows .count-new")).to_have_text("1")
    await expect(page).to_have_title("(1) 等待 13 · 营厅 · 坐席工作台")


async def test_what_is_put_aside_comes_back_at_its_time(visit: Visit, office: Any) -> None:
    page = await visit()
    await taken(page, office.ids[0])
    await put_aside(page)
    await expect(page.locator("#rows")).to_contain_text("搁置 1")
    office.hall.clock.advance(timedelta(minutes=61))
    await page.reload()
    await sign_in(page)  # the session was over, too
    await expect(page.locator("#rows")).to_contain_text("我的 1")
    await expect(page.get_by_role("button", name="搁置", exact=True)).to_be_visible()


async def test_labels_are_given_seen_and_looked_for(visit: Visit, office: Any) -> None:
    page = await visit()
    await taken(page, office.ids[0])
    await page.keyboard.press("Alt+l")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("要跟进").check()
    await dialog.get_by_role("button", name="保存").click()
    await expect(page.locator("#marks")).to_contain_text("要跟进")
    await expect(page.locator(f'[data-key="{office.ids[0]}"]')).to_contain_text("要跟进")
    await page.locator("#by-label").select_option("要跟进")
    await expect(page.locator(".entry")).to_have_count(1)
    await page.locator("#by-label").select_option("重点客户")
    await expect(page.locator(".entry")).to_have_count(0)


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")])
async def test_axe_finds_nothing(visit: Visit, office: Any, size: tuple[int, int], scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.async_playwright").Axe()
    page = await visit(size=size, color_scheme=scheme)
    await taken(page, office.ids[0])

    async def clean() -> None:
        assert [(one["id"], one["nodes"][0]["html"]) for one in (await axe.run(page)).response["violations"]] == []

    await page.get_by_role("button", name="搁置", exact=True).click()
    await clean()
    await page.keyboard.press("Escape")
    await put_aside(page, "下周一")
    await page.keyboard.press("Alt+l")
    await page.get_by_label("重点客户").check()
    await clean()
    await page.get_by_role("button", name="保存").click()
    await clean()
