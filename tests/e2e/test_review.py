"""From a customer's words that nobody understood to a verdict, in a real browser, against the real server."""

from __future__ import annotations

import json
import os
import re
import socket
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from testing.browser import CHROMIUM, Desk, Server, chromium

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not CHROMIUM.exists() and os.environ.get("CI") != "true", reason="there is no Chromium here"),
]
STRANGE = "<b>咕噜</b>那个龘靐齉单子咕噜 13500135999"
SHOWN = "<b>咕噜</b>那个龘靐齉单子咕噜 135****5999"


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = Server(tmp_path_factory.mktemp("hall"), port)
    server.start()
    yield server
    server.stop()


def say(server: Server, text: str) -> None:
    body = json.dumps({"sender": "c1", "message": text}).encode()
    headers = {"Authorization": f"Bearer {server.rest_token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{server.url}/webhooks/rest/webhook", body, headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("size", [(390, 844), (1280, 800)])
def test_a_message_is_reviewed_on_the_page(server: Server, size: tuple[int, int]) -> None:
    say(server, STRANGE)
    with chromium() as browser:
        page = browser.new_context(viewport={"width": size[0], "height": size[1]}).new_page()
        page.goto(f"{server.url}/desk/review")
        expect(page.get_by_text("请先登录工作台")).to_be_visible()
        Desk(page).sign_in(server.url)
        page.get_by_role("link", name="没听懂的话").click()
        expect(page.locator("blockquote")).to_have_text(SHOWN)
        fits(page)
        page.get_by_text("前后的对话").click()
        expect(page.locator(".around .here")).to_contain_text(SHOWN)
        options = page.locator("#intents option").evaluate_all("all => all.map(one => one.value)")
        assert not any(name in option for option in options for name in ("session_start", "nlu_fallback"))
        page.get_by_role("combobox").fill("开发票")
        page.get_by_role("button", name="确定").click()
        expect(page.get_by_text("这里没有要看的")).to_be_visible()
        page.get_by_role("button", name=re.compile("已定")).click()
        expect(page.get_by_role("combobox")).to_have_value("开发票")
        expect(page.locator(".about")).to_contain_text("demo 复核")
        page.get_by_role("button", name="重新复核").click()
        page.get_by_role("button", name=re.compile("待复核")).click()
        page.locator("#reviews").get_by_role("button", name="不用于学习").click()
        expect(page.get_by_text("这里没有要看的")).to_be_visible()
        page.locator("[data-state=dropped]").click()
        expect(page.locator("blockquote")).to_have_text(SHOWN)


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
