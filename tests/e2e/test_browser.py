"""A customer and an agent in real browsers, against the real server."""

from __future__ import annotations

import os
import re
import signal
import socket
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from channels.sms.rendering import parts
from testing.browser import CHROMIUM, Chat, Desk, Phone, Server, chromium

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not CHROMIUM.exists() and os.environ.get("CI") != "true", reason="there is no Chromium here"),
]
AT_WORK = "2026-11-16T02:00:00+00:00"  # a Monday, ten in the morning in Shanghai: people are at the desk
MARKUP = "<b>粗</b><img src=x onerror=\"document.title='bad'\">"
SIZES = {"phone": (390, 844), "desktop": (1280, 800)}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests of this file."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = Server(tmp_path_factory.mktemp("hall"), port, CLOCK=AT_WORK)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def visit(browser: Browser, server: Server) -> Callable[..., Page]:
    """Opens the demonstration page in a browser of its own."""

    def open_page(path: str = "/", size: str = "desktop", **context: object) -> Page:
        width, height = SIZES[size]
        page = browser.new_context(viewport={"width": width, "height": height}, **context).new_page()  # type: ignore[arg-type]
        page.goto(server.url + path)
        return page

    return open_page


def test_a_conversation_survives_a_reload(visit: Callable[..., Page]) -> None:
    page = visit()
    chat = Chat(page)
    chat.say("你好")
    chat.answered(1)
    before = chat.lines("customer"), chat.lines("bot")
    page.reload()
    chat.answered(len(before[1]))
    assert (chat.lines("customer"), chat.lines("bot")) == before


def test_a_crash_of_the_server_loses_and_doubles_nothing(visit: Callable[..., Page], server: Server) -> None:
    """Given messages written while the server is down, each is sent, answered and shown once."""
    chat = Chat(visit())
    chat.say("你好")
    chat.answered(1)
    server.stop(signal.SIGKILL)
    try:
        expect(chat.page.get_by_text("网络已断开")).to_be_visible()
        chat.say("菜单")
        chat.say("谢谢")
    finally:
        server.start()
    chat.answered(3)
    expect(chat.log.locator(".pending")).to_have_count(0)
    assert chat.lines("customer") == ["你好", "菜单", "谢谢"]
    chat.page.reload()
    chat.answered(3)
    assert chat.lines("customer") == ["你好", "菜单", "谢谢"]


def test_a_lost_network_loses_and_doubles_nothing(visit: Callable[..., Page]) -> None:
    """Given a network that goes and comes, also over a reload, what was written offline arrives once."""
    chat = Chat(visit())
    chat.say("你好")
    chat.answered(1)
    chat.page.context.set_offline(True)
    chat.say("查话费")
    expect(chat.log.locator(".pending")).to_have_count(1)
    chat.page.context.set_offline(False)
    chat.answered(2)
    expect(chat.log.locator(".pending")).to_have_count(0)
    chat.page.reload()
    chat.answered(2)
    assert chat.lines("customer") == ["你好", "查话费"]


def test_choices_are_buttons_that_serve_once(visit: Callable[..., Page]) -> None:
    chat = Chat(visit())
    chat.say("菜单")
    chat.answered(1)
    choice = chat.log.locator(".row button.choice:enabled").first
    title = choice.inner_text()
    choice.click()
    chat.answered(2)
    assert chat.lines("customer") == ["菜单", title]
    expect(chat.log.locator(".row").filter(has_text=title).locator("button.chosen")).to_be_disabled()


def test_a_code_proves_the_line_before_its_balance_is_shown(visit: Callable[..., Page]) -> None:
    page = visit()
    chat, phone = Chat(page), Phone(page)
    chat.say("查话费")
    chat.answered(1)
    chat.say("13800138000")
    code = phone.code()
    assert not any("88.50" in line for line in chat.lines("bot"))
    expect(chat.log.get_by_role("button", name=re.compile(r"重新发送 \d+s"))).to_be_disabled()
    chat.say(code)
    chat.sees("88.50")
    assert code not in chat.log.inner_text()


def test_a_balance_by_sms(visit: Callable[..., Page]) -> None:
    phone = Phone(visit())
    phone.say("查话费")
    phone.sees("88.50")


def test_a_person_takes_over_and_gives_back(visit: Callable[..., Page], server: Server) -> None:
    """The customer asks, an agent takes, answers and closes, and the bot goes on."""
    chat = Chat(visit())
    chat.say("转人工")
    expect(chat.page.get_by_role("status").filter(has_text="下一位就是您")).to_be_visible()
    chat.answered(1)
    chat.say(MARKUP)
    desk = Desk(visit("/desk"))
    desk.sign_in(server.url)
    desk.take()
    expect(desk.transcript).to_contain_text(MARKUP)
    desk.answer("您好，我是客服，请讲")
    chat.sees("您好，我是客服，请讲")
    chat.say("好的")
    expect(chat.log.get_by_text("已读", exact=True)).to_be_visible()  # the agent has it open
    bot_before = chat.lines("bot")
    chat.say("流量没到账")
    expect(desk.transcript).to_contain_text("流量没到账")
    assert chat.lines("bot") == bot_before  # silent while a person owns it
    desk.close()
    chat.answered(len(bot_before) + 2)  # that it is over, and how it was
    chat.say("你好")
    chat.answered(len(bot_before) + 3)
    assert (chat.page.title(), desk.page.title()) == ("营厅 · 演示", "营厅 · 坐席工作台")


def test_an_agent_answers_by_sms_and_sees_its_parts(visit: Callable[..., Page], server: Server) -> None:
    phone = Phone(visit())
    phone.page.get_by_label("这部手机的号码").select_option("18900189007")
    phone.say("转人工")
    phone.sees("人工")
    desk = Desk(visit("/desk"))
    desk.sign_in(server.url)
    desk.take()
    expect(desk.page.get_by_role("heading", name="189****9007")).to_be_visible()
    desk.page.get_by_role("textbox", name="回复客户").fill("您的宽带正在检修。" * 9)
    expect(desk.page.get_by_text("将按 2 条短信发送")).to_be_visible()
    desk.answer("您的宽带正在检修")
    phone.sees("您的宽带正在检修")
    desk.close()


def test_markup_in_a_customers_words_stays_words(visit: Callable[..., Page]) -> None:
    chat = Chat(visit())
    chat.say(MARKUP)
    chat.answered(1)
    assert chat.lines("customer") == [MARKUP]
    assert chat.log.locator(".customer img, .customer b").count() == 0
    chat.page.reload()
    chat.answered(1)
    assert chat.page.title() == "营厅 · 演示"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/desk"])
def test_pages_fit_a_phone(visit: Callable[..., Page], path: str, scheme: str) -> None:
    page = visit(path, "phone", color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_embedded_widget_covers_nothing_of_itself(visit: Callable[..., Page], server: Server) -> None:
    """On a phone the launcher goes when the panel opens: Send can be pressed."""
    page = visit("/healthz", "phone", bypass_csp=True)  # any page of this origin; ours embed nothing
    page.add_script_tag(url=f"{server.url}/widget.js")
    page.get_by_role("button", name="打开在线客服").click()
    chat = Chat(page)
    chat.input.fill("你好")
    page.get_by_role("button", name="发送").click()
    chat.answered(1)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="打开在线客服")).to_be_focused()


def test_the_desk_counts_sms_as_the_gateway_does(visit: Callable[..., Page]) -> None:
    samples = ["", *("a" * n for n in (160, 161, 306, 307)), "€" * 80, "€" * 81, "a" * 152 + "€" * 5]
    samples += [*("好" * n for n in (70, 71, 134, 135)), "😀" * 35, "😀" * 36, "a" * 66 + "😀好" * 40]
    counted = visit("/desk").evaluate(
        "samples => import('/desk/static/sms.js').then(({ parts }) => samples.map(parts))", samples
    )
    assert counted == [parts(sample) for sample in samples]


def test_a_link_opens_apart_and_knows_nothing_of_us(visit: Callable[..., Page]) -> None:
    chat = Chat(visit())
    chat.say("看 https://example.com/a?b=1。还有 javascript:alert(1)")
    chat.answered(1)
    link = chat.log.locator(".customer a")
    expect(link).to_have_count(1)
    assert link.get_attribute("href") == "https://example.com/a?b=1"
    assert re.search("noopener", link.get_attribute("rel") or "")
