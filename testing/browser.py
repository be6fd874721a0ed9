"""A real server in a process of its own, and a real Chromium that looks at its pages."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = Path("/usr/bin/chromium")
SWITCHES = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PASSWORD = "open sesame"
STARTS_WITHIN = 180.0  # seconds; the first start may train the model
PATIENCE = 20_000  # milliseconds until a test gives up waiting for the page


class Server:
    """`yingting serve` on a port and a data directory of its own."""

    def __init__(self, folder: Path, port: int, **settings: str) -> None:
        """`settings`: by name, without their prefix."""
        self.folder, self.port = folder, port
        self._settings = {f"YINGTING_{name}": value for name, value in settings.items()}
        self.url = f"http://127.0.0.1:{port}"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def rest_token(self) -> str:
        """The demonstration's own, made at the first start."""
        return (self.folder / "rest-token").read_text("ascii")

    def start(self) -> None:
        """Start it and wait until it is well."""
        command = [sys.executable, "-m", "yingting", "serve", "--port", str(self.port), "--data-dir", str(self.folder)]
        environment = os.environ | {"YINGTING_DESK_ADMIN_PASSWORD": PASSWORD} | self._settings
        with (self.folder / "server.log").open("ab") as output:
            self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
        until = time.monotonic() + STARTS_WITHIN
        while not self._well():
            assert self._process.poll() is None, self._log()
            assert time.monotonic() < until, self._log()
            time.sleep(0.1)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it; SIGKILL as a crash would."""
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _well(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _log(self) -> str:
        return (self.folder / "server.log").read_text("utf-8", "replace")[-4000:]


@contextmanager
def chromium() -> Iterator[Browser]:
    """The installed Chromium."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(SWITCHES))
        yield browser
        browser.close()


class Chat:
    """The web chat of a page as a customer uses it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.log = page.get_by_role("log", name="聊天记录")
        self.input = page.get_by_role("textbox", name=re.compile("^请输入(您的问题|11位手机号|6位验证码)$"))

    def say(self, text: str) -> None:
        self.input.fill(text)
        self.input.press("Enter")

    def sees(self, text: str | re.Pattern[str]) -> None:
        expect(self.log).to_contain_text(text)

    def answered(self, count: int) -> None:
        """Wait until the bot has said at least `count` things."""
        expect(self.log.locator(".row.bot").nth(count - 1)).to_be_visible()

    def lines(self, author: str) -> list[str]:
        """What `author` said, in order, without the name that screen readers are given."""
        texts = self.log.locator(f".row.{author} .bubble").all_text_contents()
        return [text.partition("：")[2] for text in texts]

    def press(self, title: str | re.Pattern[str]) -> Locator:
        button = self.log.get_by_role("button", name=title).last
        button.click()
        return button


class Phone:
    """The demonstration's phone."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.texts = page.get_by_role("log", name="短信")

    def say(self, text: str) -> None:
        box = self.page.get_by_role("textbox", name="短信内容")
        box.fill(text)
        box.press("Enter")

    def sees(self, text: str | re.Pattern[str]) -> None:
        expect(self.texts).to_contain_text(text)

    def code(self) -> str:
        """The newest one-time code."""
        self.sees(re.compile(r"\d{6}"))
        return str(re.findall(r"(?<!\d)\d{6}(?!\d)", self.texts.inner_text())[-1])


class Desk:
    """The agents' page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.transcript = page.get_by_role("log", name="对话记录")

    def sign_in(self, url: str) -> None:
        self.page.goto(f"{url}/desk")
        self.page.get_by_label("工号").fill("demo")
        self.page.get_by_label("密码", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="登录").click()

    def take(self) -> None:
        """Open who waits longest and take it."""
        self.page.get_by_role("button", name=re.compile("^等待")).click()
        self.page.locator("#rows .entry").first.click()
        self.page.get_by_role("button", name="接入", exact=True).click()

    def answer(self, text: str) -> None:
        box = self.page.get_by_role("textbox", name="回复客户")
        box.fill(text)
        box.press("Enter")

    def close(self) -> None:
        self.page.get_by_role("button", name="结束", exact=True).click()
        dialog = self.page.get_by_role("dialog", name="结束对话")
        dialog.get_by_label("已解决").check()
        dialog.get_by_role("button", name="结束").click()
