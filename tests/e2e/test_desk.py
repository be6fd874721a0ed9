"""A day at the desk in real browsers: nothing that was written is lost, keys do everything, axe finds nothing."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, async_playwright, expect
from sqlalchemy import update

from channels.desk import api
from hall import handoff, review
from hall.agent_sessions import LONGEST
from hall.handoff import routing
from hall.review import Candidate
from hall.store.tables.desk import agents
from testing.browser import CHROMIUM, SWITCHES
from testing.chat_server import served
from testing.desk_office import PASSWORD, crowd, desk_office, says
from tests.channels.test_desk_tickets import opened as opened_ticket

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not CHROMIUM.exists() and os.environ.get("CI") != "true", reason="there is no Chromium here"),
]
DESKTOP, LAPTOP, PHONE = (1440, 900), (1280, 800), (390, 844)
ONE = "web:widget:c0"
Visit = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture
async def office(tmp_path: Path) -> AsyncIterator[Any]:
    """The app, its address in `host`, and who waits in `ids`."""
    async with desk_office(tmp_path) as app:
        app.ids = await crowd(app)
        async with served(app, api.blueprint) as host:
            app.host = host
            yield app


@pytest_asyncio.fixture
async def visit(office: Any) -> AsyncIterator[Visit]:
    """Opens the desk in a browser of its own, signed in."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(SWITCHES))

        async def open_page(name: str = "demo", size: tuple[int, int] = DESKTOP, **context: Any) -> Page:
            page = await (
                await browser.new_context(viewport={"width": size[0], "height": size[1]}, **context)
            ).new_page()
            await page.goto(f"http://{office.host}/desk")
            await sign_in(page, name)
            return page

        yield open_page
        await browser.close()


async def sign_in(page: Page, name: str = "demo") -> None:
    await page.locator("#name").fill(name)
    await page.locator("#password").fill(PASSWORD)
    await page.get_by_role("button", name="登录").click()
    await expect(page.locator("#desk")).to_be_visible()


async def opened(page: Page, handoff_id: str) -> None:
    await page.evaluate("id => { location.hash = `#/talk/${id}`; }", handoff_id)
    await expect(page.locator(f'#transcript[data-of="{handoff_id}"]')).to_be_visible()


async def taken(page: Page, handoff_id: str) -> None:
    await opened(page, handoff_id)
    await page.get_by_role("button", name="接入", exact=True).click()
    await expect(page.locator("#text")).to_be_visible()


async def test_twelve_who_wait_are_in_sight_at_800_pixels(visit: Visit) -> None:
    page = await visit(size=LAPTOP)
    await page.locator('[data-filter="waiting"]').click()
    await expect(page.locator(".entry").first).to_be_visible()
    seen = (
        "[...document.querySelectorAll('.entry')].filter(e => e.getBoundingClientRect().bottom <= innerHeight).length"
    )
    assert await page.evaluate(seen) >= 12


async def test_each_conversation_keeps_its_draft_over_switches_reloads_and_the_sessions_end(
    visit: Visit, office: Any
) -> None:
    page, (one, two) = await visit(), office.ids[:2]
    await taken(page, one)
    await page.locator("#text").fill("给第一位的话")
    await taken(page, two)
    await expect(page.locator("#text")).to_have_value("")
    await page.locator("#text").fill("给第二位的话")
    await opened(page, one)
    await expect(page.locator("#text")).to_have_value("给第一位的话")
    await page.reload()
    await expect(page.locator("#text")).to_have_value("给第一位的话")
    office.hall.clock.advance(LONGEST)
    await page.evaluate("document.querySelector('#answer').requestSubmit()")
    await expect(page.get_by_text("登录已过期")).to_be_visible()
    await sign_in(page)
    await expect(page.locator("#text")).to_have_value("给第一位的话")
    await page.locator("#text").press("Enter")
    await expect(page.locator(".said.agent")).to_contain_text("给第一位的话")
    await opened(page, two)
    await expect(page.locator("#text")).to_have_value("给第二位的话")


async def test_new_words_are_seen_wherever_one_looks(visit: Visit, office: Any) -> None:
    page = await visit()
    await taken(page, office.ids[0])
    await opened(page, office.ids[2])
    for text in ("在吗", "还没好吗"):
        await says(office, ONE, text)
    entry = page.locator(".entry").filter(has_text="138****8000")
    await expect(entry.locator(".count-new")).to_have_text("2")
    await expect(entry).to_contain_text("还没好吗")
    await expect(page).to_have_title(re.compile(r"^\(2\) 等待 13 · "))
    await entry.click()
    await expect(entry.locator(".count-new")).to_have_count(0)
    await expect(page).to_have_title(re.compile(r"^等待 13 · "))


async def test_the_keyboard_does_everything_and_the_focus_is_where_the_work_is(visit: Visit, office: Any) -> None:
    page = await visit()
    await expect(page.locator(".entry").first).to_be_visible()
    await page.keyboard.press("Alt+N")
    await expect(page.get_by_role("button", name="接入", exact=True)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#text")).to_be_focused()
    await says(office, "web:widget:c11", "他还在催我")
    await expect(page.locator("#transcript")).to_contain_text("他还在催我")
    await expect(page.locator("#text")).to_be_focused()
    await page.keyboard.type("/问候")
    await page.keyboard.press("Enter")
    await expect(page.locator("#text")).to_have_value(re.compile("^您好，我是.*客服8001"))
    await page.keyboard.press("Enter")
    await expect(page.locator(".said.agent")).to_contain_text("客服8001")
    await page.keyboard.press("Alt+B")
    await page.keyboard.type("已提醒报警")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator(".notes")).to_contain_text("已提醒报警")
    await page.keyboard.press("Alt+E")
    dialog = page.get_by_role("dialog", name="结束对话")
    await expect(dialog).to_be_visible()
    await page.keyboard.press("Space")
    await page.keyboard.press("Enter")
    await expect(page.locator("#state")).to_contain_text("已解决")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="快捷键")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.keyboard.press("Alt+4")
    await expect(page.locator(".entry")).to_contain_text("已解决")


async def test_a_ready_answer_does_what_comes_after_it_unless_that_is_called_off(visit: Visit, office: Any) -> None:
    page = await visit()
    await taken(page, office.ids[0])
    for keeps in (True, False):
        await page.locator("#text").fill("")
        await page.keyboard.type("/解决了")
        await page.keyboard.press("Enter")
        await expect(page.locator("#then")).to_contain_text("发送后结束对话（已解决）")
        if keeps:
            await page.get_by_role("button", name="取消这一步").click()
            await expect(page.locator("#then")).to_be_hidden()
        await page.keyboard.press("Enter")
        await expect(page.locator("#transcript .said.agent").nth(0 if keeps else 1)).to_contain_text("问题处理好了")
        if keeps:
            assert (await handoff.get(office.hall, office.ids[0])).state == "taken"
    await expect(page.locator("#state")).to_contain_text("已解决")
    found = await handoff.get(office.hall, office.ids[0])
    assert (found.state, found.code) == ("closed", "solved")


async def test_a_transfer_arrives_with_its_note_and_the_customer_waits_first(visit: Visit, office: Any) -> None:
    anna, demo = await visit("anna"), await visit("demo")
    await taken(demo, office.ids[0])
    await demo.get_by_role("button", name="转接", exact=True).click()
    dialog = demo.get_by_role("dialog", name="转接")
    await dialog.get_by_label(re.compile("王芳")).check()
    await dialog.get_by_label(re.compile("说明")).fill("流量订单要核对")
    await dialog.get_by_role("button", name="转接").click()
    await expect(anna.locator(".entry.offered")).to_contain_text("138****8000")
    await anna.locator(".entry.offered").click()
    await expect(anna.locator("#transcript")).to_contain_text("接入后可以看到")
    await anna.get_by_role("button", name="接入", exact=True).click()
    await expect(anna.locator(".notes")).to_contain_text("流量订单要核对")
    await expect(anna.locator("#text")).to_be_focused()
    assert (await handoff.get(office.hall, office.ids[0])).agent == "anna"


async def test_what_one_types_while_a_supervisor_steps_in_is_kept_and_not_sent(visit: Visit, office: Any) -> None:
    anna, demo = await visit("anna"), await visit("demo")
    await taken(anna, office.ids[0])
    await anna.locator("#text").fill("我再查一下")
    await opened(demo, office.ids[0])
    await demo.get_by_role("button", name="看对话").click()
    await demo.get_by_role("dialog").get_by_label("为什么要看").fill("客户投诉")
    await demo.get_by_role("dialog").get_by_role("button", name="看").click()
    await expect(demo.locator("#transcript")).to_contain_text("充了流量一直没到账")
    await demo.get_by_role("button", name="介入").click()
    await demo.get_by_role("dialog").get_by_role("button", name="介入").click()
    await expect(demo.locator("#text")).to_be_visible()
    await expect(anna.locator("#answer")).to_be_hidden()
    await expect(anna.locator("#state")).to_contain_text("李晓 服务中")
    await demo.get_by_role("button", name="放回队列").click()
    await demo.get_by_role("dialog").get_by_role("button", name="放回").click()
    await expect(anna.get_by_role("button", name="接入", exact=True)).to_be_visible()
    await anna.get_by_role("button", name="接入", exact=True).click()
    await expect(anna.locator("#text")).to_have_value("我再查一下")
    assert not any(line.author == "agent" for line in await office.conversations.log(ONE))


async def test_who_signs_out_is_asked_and_leaves_nobody(visit: Visit, office: Any) -> None:
    page = await visit()
    await taken(page, office.ids[0])
    await page.get_by_role("button", name="退出").click()
    dialog = page.get_by_role("dialog", name="退出？")
    await expect(dialog).to_contain_text("还在服务 1 位")
    await dialog.get_by_role("button", name="退出").click()
    await expect(page.locator("#login")).to_be_visible()
    assert (await handoff.get(office.hall, office.ids[0])).state == "waiting"


async def test_the_card_shows_who_it_is_and_the_number_whole_only_for_a_reason(visit: Visit, office: Any) -> None:
    page = await visit()
    await taken(page, office.ids[0])
    about = page.locator("#about")
    for fact in ("李*", "已实名", "畅享39元套餐", "88.50元", "彩铃"):
        await expect(about).to_contain_text(fact)
    assert "13800138000" not in (await page.content()).replace(" ", "")
    await about.get_by_role("button", name="看完整号码").click()
    dialog = page.get_by_role("dialog", name="看完整号码")
    await dialog.get_by_label("需要给客户回电").check()
    await dialog.get_by_role("button", name="查看").click()
    await expect(about).to_contain_text("138 0013 8000")
    await expect(about.locator(".notes")).to_contain_text("查看完整号码")
    await taken(page, office.ids[9])
    await expect(about).to_contain_text("不要向对方透露")


async def test_what_is_over_and_who_it_was_is_found_again(visit: Visit, office: Any) -> None:
    page = await visit()
    await handoff.take_over(office.hall, office.ids[8], "anna")
    await handoff.close(office.hall, office.ids[8], "anna", "solved")
    await page.locator("#words").fill("18600186006")
    await page.locator("#words").press("Enter")
    await expect(page.locator(".entry")).to_have_count(1)
    await page.locator("#words").fill("冒充公安")
    await page.locator("#words").press("Enter")
    await expect(page.locator(".entry")).to_contain_text("137****7004")
    await page.locator('[data-filter="closed"]').click()
    await expect(page.locator(".entry")).to_contain_text("已解决")


async def test_offers_and_alarms_are_seen(visit: Visit, office: Any) -> None:
    page = await visit("anna")
    await routing.look(office.hall, gone=False)
    await expect(page.locator(".entry.offered").first).to_contain_text("137****7004")  # danger goes first
    await expect(page.get_by_role("alert").filter(has_text="等待的客户太多")).to_be_visible()
    await page.locator("#presence").select_option("break")
    await expect(page.locator("#presence")).to_have_attribute("data-state", "break")
    unit = office.hall.store.unit()
    unit.stage(update(agents).where(agents.c.name == "anna").values(presence="off"))
    await unit.commit()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_on_the_pages_of_tickets_and_reviews(visit: Visit, office: Any, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.async_playwright").Axe()
    office.engine = SimpleNamespace(intents=lambda: {"check_bill": "查账单", "topup_data": "充流量"})
    unit = office.hall.store.unit()
    ranking = (("check_bill", 0.3),)
    review.keep(
        unit, office.hall.clock.now(), ONE, Candidate("1", "那个" * 200, "fallback", "check_bill", 0.3, ranking)
    )
    await unit.commit()
    await opened_ticket(office.hall, "k1", "fault", days=0)
    page = await visit(color_scheme=scheme)
    for path, shown in (("review", "blockquote"), ("tickets", "#list button")):
        await page.goto(f"http://{office.host}/desk/{path}")
        await expect(page.locator(shown).first).to_be_visible()
        found = (await axe.run(page)).response["violations"]
        assert not [(one["id"], [node["target"] for node in one["nodes"]]) for one in found], path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
async def test_axe_finds_nothing_in_any_state(visit: Visit, office: Any, size: tuple[int, int], scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.async_playwright").Axe()
    page = await visit(size=size, color_scheme=scheme)

    async def clean(state: str) -> None:
        await page.wait_for_timeout(100)
        found = (await axe.run(page)).response["violations"]
        told = [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]
        assert not told, f"{state}: {told}"
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), state

    await clean("the list")
    await taken(page, office.ids[0])
    if size == PHONE:
        await page.locator("#show-about").click()
    await expect(page.locator("#about")).to_contain_text("88.50元")
    await clean("a conversation")
    await page.locator("#text").fill("/")
    await clean("ready answers")
    await page.locator("#text").fill("")
    for name, title in (("转接", "转接"), ("结束", "结束对话"), ("看完整号码", "看完整号码")):
        await page.get_by_role("button", name=name, exact=True).click()
        await expect(page.get_by_role("dialog", name=title)).to_be_visible()
        await clean(title)
        await page.keyboard.press("Escape")
    for view, shown in (("live", "#figures dl"), ("money", "#cases p")):
        await page.evaluate("view => { location.hash = `#/${view}`; }", view)
        await expect(page.locator(shown).first).to_be_visible()
        await clean(view)
    await page.evaluate("location.hash = '#/'")
    await page.locator('[data-filter="closed"]').click()
    await expect(page.locator("#narrow")).to_be_visible()
    await clean("closed")
    await page.get_by_role("button", name="退出").click()
    await page.get_by_role("dialog").get_by_role("button", name="退出").click()
    await expect(page.locator("#login")).to_be_visible()
    await clean("the entrance")
