"""The widget in a real browser: on other sites, with cards, at rest, in the page's theme and driven by the page."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone

import pytest
from playwright.sync_api import Browser, Page, expect

from testing.browser import CHROMIUM, PATIENCE, Chat, Phone, Server, chromium
from testing.site import Site, another_site

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not CHROMIUM.exists() and os.environ.get("CI") != "true", reason="there is no Chromium here"),
]
LINE = "13800138000"
Embed = Callable[..., Page]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with another_site() as site:
        yield site


@pytest.fixture(scope="module")
def server(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A hall that the site may embed."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = Server(tmp_path_factory.mktemp("hall"), port, WIDGET_ORIGINS=f"HTTP://localhost:{site.server_port}")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def embed(browser: Browser, server: Server, site: Site) -> Embed:
    """Opens the other site's page with the widget's tag in it, under a strict policy."""

    def open_page(host: str = "localhost", tag: str = "", head: str = "", **context: object) -> Page:
        sockets = server.url.replace("http", "ws")
        site.policy = f"default-src 'none'; script-src {server.url}; connect-src {sockets}; img-src {server.url}"
        site.page = (
            f"<!doctype html><html lang='zh-CN'><head><title>官网</title>{head}</head><body><h1>官网</h1>"
            f"<script src='{server.url}/widget.js' {tag} defer></script></body></html>"
        )
        page = browser.new_context(viewport={"width": 1280, "height": 800}, **context).new_page()  # type: ignore[arg-type]
        page.set_default_timeout(PATIENCE)
        page.goto(f"http://{host}:{site.server_port}/")
        return page

    return open_page


def opened(page: Page) -> Chat:
    page.get_by_role("button", name="打开在线客服").click()
    return Chat(page)


def prove(page: Page, server: Server, chat: Chat) -> None:
    """Prove the line with the code that comes to the demonstration's phone."""
    chat.say(LINE)
    expect(chat.log).to_contain_text("请输入6位验证码")
    other = page.context.new_page()
    other.goto(server.url)
    code = Phone(other).code()
    other.close()
    chat.say(code)


def test_a_site_of_the_setting_may_embed_it(embed: Embed) -> None:
    chat = opened(embed())
    chat.say("你好")
    chat.answered(1)


def test_any_other_page_is_told_so_and_not_that_the_network_is_lost(embed: Embed) -> None:
    page = embed("127.0.0.1")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.reload()
    page.get_by_role("button", name="打开在线客服").click()
    expect(page.get_by_role("status").filter(has_text="此页面未获授权")).to_be_visible()
    expect(page.get_by_text("网络已断开")).to_have_count(0)
    expect(page.get_by_role("button", name="发送")).to_have_count(0)
    assert any("WIDGET_ORIGINS" in text for text in said)


def test_the_first_screen_greets_and_offers_what_is_used_most(embed: Embed) -> None:
    chat = opened(embed(tag="data-greeting='您好，云桥欢迎您' data-privacy='/privacy'"))
    expect(chat.log).to_contain_text("您好，云桥欢迎您")
    expect(chat.log.get_by_role("link", name="隐私政策")).to_have_attribute("rel", "noopener noreferrer")
    chat.log.get_by_role("button", name="充话费").click()
    chat.answered(1)
    assert chat.lines("customer") == ["充话费"]
    expect(chat.log.locator(".who time").first).to_have_text(re.compile(r"^\d\d:\d\d$"))


def test_a_number_and_a_code_have_their_keyboards(embed: Embed) -> None:
    page = embed()
    chat = opened(page)
    chat.say("查话费")
    chat.answered(1)
    expect(chat.input).to_have_attribute("inputmode", "tel")
    chat.say("13700137004")
    expect(chat.input).to_have_attribute("autocomplete", "one-time-code")
    page.get_by_role("button", name="改用文字").click()
    chat.say("算了")
    chat.answered(4)
    assert chat.input.get_attribute("inputmode") is None


def test_a_payment_changes_by_itself(embed: Embed, server: Server) -> None:
    """Balance, bill, confirmation and payment are cards; the payment's follows its order, also over a reload."""
    page = embed()
    chat = opened(page)
    chat.say("查话费")
    chat.answered(1)
    prove(page, server, chat)
    expect(chat.log.locator(".card.balance .sum.big")).to_have_text("¥88.50")
    chat.log.get_by_role("button", name="看上月账单").click()
    expect(chat.log.locator(".card.bill .items tbody tr").first).to_be_visible()
    chat.say("我是什么套餐")  # whose card a second file draws
    expect(chat.log.locator(".card.plan dl")).to_contain_text("138")
    chat.say("给13800138000充50元话费，微信支付")
    expect(chat.log.locator(".card.confirm .number")).to_have_text(re.compile(r"138\s0013\s8000"))
    chat.press("确认")
    card = chat.log.locator(".card.payment")
    expect(card.get_by_role("timer")).to_have_text(re.compile(r"请在 (29|30):\d\d 内支付"))
    with page.context.expect_page() as opening:
        card.get_by_role("link", name="微信支付 ¥50").click()
    opening.value.get_by_role("button", name="支付 ¥50.00").click()
    expect(opening.value.get_by_role("status")).to_have_text("充值成功，已到账。")  # without a reload
    expect(card.locator(".state")).to_have_text("已到账")
    expect(card.get_by_role("link")).to_have_count(0)
    page.reload()
    expect(chat.log.locator(".card.payment .state")).to_have_text("已到账")


def test_a_phone_whose_clock_is_wrong_does_not_say_that_it_is_too_late(embed: Embed, server: Server) -> None:
    """How long a payment takes is told by the hall's clock, and so is which day it is."""
    page = embed()
    page.clock.set_system_time(datetime.now(timezone.utc) + timedelta(days=1, hours=3))
    page.reload()
    chat = opened(page)
    chat.say("查话费")
    chat.answered(1)
    prove(page, server, chat)
    expect(chat.log.locator(".card.balance")).to_be_visible()
    expect(chat.log.locator(".day")).to_have_text("今天")
    chat.say("给13800138000充50元话费，微信支付")
    chat.press("确认")
    card = chat.log.locator(".card.payment")
    expect(card.get_by_role("timer")).to_have_text(re.compile(r"请在 (29|30):\d\d 内支付"))
    expect(card.locator(".state")).to_have_text("待支付")


def test_what_came_while_it_was_closed_is_counted_and_read(embed: Embed) -> None:
    page = embed()
    chat = opened(page)
    page.context.set_offline(True)
    chat.say("菜单")
    page.get_by_role("button", name="收起").click()
    page.context.set_offline(False)  # sent and answered now
    launcher = page.get_by_role("button", name="打开在线客服 1 条未读消息")
    expect(launcher).to_be_visible()
    expect(page).to_have_title("(1) 官网")
    launcher.click()
    expect(page).to_have_title("官网")
    page.reload()
    expect(chat.log).to_be_visible()  # open on the next page, too
    expect(page).to_have_title("官网")


def test_what_one_tab_has_shown_is_read_in_the_other(embed: Embed) -> None:
    page = embed()
    chat = opened(page)
    chat.say("你好")
    chat.answered(1)
    page.get_by_role("button", name="收起").click()
    other = page.context.new_page()
    other.goto(page.url)
    there = opened(other)
    there.say("菜单")
    there.answered(2)
    expect(page).to_have_title("官网")
    expect(page.get_by_role("button", name="打开在线客服", exact=True)).to_have_count(1)


def test_nothing_is_left_on_a_shared_computer(embed: Embed) -> None:
    page = embed()
    chat = opened(page)
    chat.say("你好")
    chat.answered(1)
    token = page.evaluate("localStorage.getItem('yingting.token')")
    page.get_by_role("button", name="更多").click()
    page.get_by_role("button", name="结束并清除本机记录").click()
    page.get_by_role("button", name="结束并清除", exact=True).click()
    expect(chat.log.locator(".row")).to_have_count(0)
    page.reload()
    chat.say("菜单")
    chat.answered(1)
    assert chat.lines("customer") == ["菜单"]
    assert page.evaluate("localStorage.getItem('yingting.token')") != token


@pytest.mark.parametrize(
    ("tag", "head", "theme"),
    [
        ("", "", "light"),  # the page is light, whatever the system wishes
        ("", "<meta name='color-scheme' content='light dark'>", "dark"),
        ("data-theme='light'", "<meta name='color-scheme' content='dark'>", "light"),
        ("data-theme='dark'", "", "dark"),
    ],
)
def test_it_follows_the_page_and_not_the_system(embed: Embed, tag: str, head: str, theme: str) -> None:
    page = embed(tag=tag, head=head, color_scheme="dark")
    expect(page.locator("[data-yingting]")).to_have_attribute("data-theme", theme)


def test_the_page_drives_it(embed: Embed) -> None:
    page = embed(
        tag="data-launcher='none' data-lang='en' data-title='Help' data-color='#c8102e'", bypass_csp=True
    )  # of the test's own waiting
    # what waits in a page is evaluated there, which its policy would forbid
    page.wait_for_function("document.querySelector('[data-yingting]')")
    page.evaluate("window.heard = []")
    for kind in ("open", "close", "message"):
        page.evaluate(f"Yingting.on('{kind}', (it) => heard.push(['{kind}', it.author]))")
    expect(page.get_by_role("button")).to_have_count(0)
    page.evaluate("Yingting.open()")
    box = page.get_by_role("textbox", name="Type your question")
    box.fill("你好")
    box.press("Enter")
    page.wait_for_function("heard.some(([type, author]) => type === 'message' && author === 'bot')")
    expect(page.get_by_role("heading", name="Help")).to_be_visible()
    page.evaluate("Yingting.close()")
    expect(page.get_by_role("heading", name="Help")).to_have_count(0)
    page.evaluate("Yingting.destroy()")
    expect(page.locator("[data-yingting]")).to_have_count(0)
    assert page.evaluate("typeof Yingting") == "undefined"
    assert page.evaluate("heard.map(([type]) => type)") == ["open", "message", "message", "close"]
