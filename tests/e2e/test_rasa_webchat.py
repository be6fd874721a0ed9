"""rasa-webchat 1.0.1, its real bundle, in a real browser, on another site's page."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from testing.browser import CHROMIUM, PATIENCE, ROOT, Desk, Server, chromium
from testing.site import Site, another_site

BUNDLE = ROOT / ".tools" / "rasa-webchat" / "index.js"  # deploy/rasa-webchat
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        not (CHROMIUM.exists() and BUNDLE.exists()) and os.environ.get("CI") != "true",
        reason="there is no Chromium here, or no bundle",
    ),
]
NOON = "2026-11-27T12:00:00+08:00"  # when people are at the desk
OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with another_site() as site:
        site.files["/rasa-webchat.js"] = BUNDLE.read_bytes()
        yield site


@pytest.fixture(scope="module")
def server(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A hall that the site may embed."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = Server(
        tmp_path_factory.mktemp("hall"), port, WIDGET_ORIGINS=f"http://localhost:{site.server_port}", CLOCK=NOON
    )
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def open_page(browser: Browser, server: Server, site: Site) -> Iterator[OpenPage]:
    """Opens the site's page with the widget, which waits for no imitation of a typist; a context keeps its storage."""
    opened: list[BrowserContext] = []

    def open_page(context: BrowserContext | None = None, **settings: object) -> Page:
        options = {
            "socketUrl": server.url,
            "initPayload": "/get_started",
            "embedded": True,
            "params": {"storage": "local"},
            **settings,
        }
        made = json.dumps(options)[:-1] + ', "customMessageDelay": () => 0}'
        site.page = (
            "<!doctype html><html lang='zh-CN'><head><title>官网</title></head><body><div id='webchat'></div>"
            f"<script src='/rasa-webchat.js'></script><script>window.WebChat.default({made}, null)</script>"
        )
        if context is None:
            context = browser.new_context(viewport={"width": 900, "height": 800})
            opened.append(context)
            context.route("**/*googleapis*/**", lambda route: route.abort())  # it wants fonts of others
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"http://localhost:{site.server_port}/")
        return page

    yield open_page
    for context in opened:
        context.close()


def say(page: Page, text: str) -> None:
    box = page.locator(".rw-new-message")
    box.fill(text)
    box.press("Enter")


def test_it_greets_answers_and_takes_a_pressed_reply(open_page: OpenPage) -> None:
    page = open_page()
    page.locator(".rw-reply", has_text="查话费").click()
    expect(page.locator(".rw-response", has_text="11位手机号").last).to_be_visible()
    say(page, "先不查了，我要实名登记")
    expect(page.locator(".rw-response", has_text="实名").last).to_be_visible()


def test_it_went_on_by_websocket(open_page: OpenPage) -> None:
    page = open_page()
    with page.expect_websocket(timeout=PATIENCE) as opened:
        page.reload()
    assert "transport=websocket&sid=" in opened.value.url
    with opened.value.expect_event("framereceived", lambda frame: "bot_uttered" in str(frame), timeout=PATIENCE):
        say(page, "实名登记")


def test_a_reload_keeps_the_conversation_and_doubles_nothing(open_page: OpenPage) -> None:
    page = open_page()
    expect(page.locator(".rw-reply").first).to_be_visible()
    say(page, "实名登记要带什么")
    expect(page.locator(".rw-reply", has_text="本人补登记")).to_be_visible()
    page.wait_for_timeout(300)  # until its sign that it came is here
    again = open_page(page.context)
    page.close()
    again.locator(".rw-reply", has_text="本人补登记").click()
    expect(again.locator(".rw-response", has_text="身份证").last).to_be_visible()
    texts = again.locator(".rw-message").all_inner_texts()
    assert sum("要办哪种登记" in text for text in texts) == 1


def test_a_killed_server_loses_nothing(open_page: OpenPage, server: Server) -> None:
    page = open_page()
    expect(page.locator(".rw-reply").first).to_be_visible()
    server.stop()
    server.start()
    say(page, "实名登记")
    expect(page.locator(".rw-response", has_text="实名").last).to_be_visible(timeout=2 * PATIENCE)


def test_an_agent_answers_there_too(open_page: OpenPage, server: Server, browser: Browser) -> None:
    page = open_page()
    expect(page.locator(".rw-reply").first).to_be_visible()
    say(page, "转人工")
    expect(page.locator(".rw-response", has_text="人工").last).to_be_visible()
    desk = Desk(browser.new_page())
    desk.sign_in(server.url)
    desk.take()
    desk.answer("您好，我是值班客服")
    expect(page.locator(".rw-response", has_text="值班客服")).to_be_visible()


def test_without_websockets_it_polls(open_page: OpenPage, browser: Browser) -> None:
    context = browser.new_context()
    context.add_init_script("delete window.WebSocket")
    context.route("**/*googleapis*/**", lambda route: route.abort())
    page = open_page(context)
    page.locator(".rw-reply", has_text="查话费").click()
    expect(page.locator(".rw-response", has_text="11位手机号").last).to_be_visible()
    context.close()
