"""The demonstration page and the widget: served whole, shut tight, absent in production."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from bot.answers.card_kinds import KINDS
from channels.desk import api
from channels.web import pages
from testing.chat_server import chat_app, served

CHANNELS = Path(__file__).parents[2] / "channels"
STATIC = sorted(path for room in ("web", "desk") for path in (CHANNELS / room / "static").rglob("*.*"))


async def test_the_demonstration_serves_its_page_and_customers(tmp_path: Path) -> None:
    async with chat_app(tmp_path) as app, served(app, pages.blueprint) as host, httpx.AsyncClient() as browser:
        page = await browser.get(f"http://{host}/")
        assert page.status_code == 200
        for address in re.findall(r'(?:src|href)="(/[^"]+)"', page.text):
            if address != "/desk":
                assert (await browser.get(f"http://{host}{address}")).status_code == 200
        customers = (await browser.get(f"http://{host}/demo/customers")).json()["customers"]
        assert len(customers) == 12
        assert customers[0] == {
            "msisdn": "13800138000", "carrier": "移动", "city": "昆明", "shown": "普通客户，有三个月账单",
        }  # fmt: skip
        assert (await browser.get(f"http://{host}/demo/static/nothing.js")).status_code == 404


async def test_production_has_the_widget_but_no_demonstration(tmp_path: Path) -> None:
    async with (
        chat_app(tmp_path, demonstration=False) as app, served(app, pages.blueprint) as host,
        httpx.AsyncClient() as browser,
    ):  # fmt: skip
        assert (await browser.get(f"http://{host}/widget.js")).status_code == 200
        for path in ("/", "/demo/customers", "/demo/static/phone.js"):
            assert (await browser.get(f"http://{host}{path}")).status_code == 404


async def test_the_policy_lets_in_nothing_but_our_own_files(tmp_path: Path) -> None:
    async with (
        chat_app(tmp_path) as app, served(app, pages.blueprint, api.blueprint) as host,
        httpx.AsyncClient() as browser,
    ):  # fmt: skip
        for path in ("/", "/desk"):
            answer = await browser.get(f"http://{host}{path}")
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert not re.search(r"<script>|<style|style=|\son\w+=", answer.text)


async def test_an_unchanged_file_is_not_sent_again(tmp_path: Path) -> None:
    async with chat_app(tmp_path) as app, served(app, pages.blueprint) as host, httpx.AsyncClient() as browser:
        first = await browser.get(f"http://{host}/widget.js")
        again = await browser.get(f"http://{host}/widget.js", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_the_widget_is_small_and_another_language_is_apart(tmp_path: Path) -> None:
    """At most 20 KB go out before a first message; packed only for who takes it so."""
    async with chat_app(tmp_path) as app, served(app, pages.blueprint) as host, httpx.AsyncClient() as browser:
        packed = await browser.get(f"http://{host}/widget.js", headers={"Accept-Encoding": "gzip"})
        plain = await browser.get(f"http://{host}/widget.js", headers={"Accept-Encoding": "identity"})
        assert int(packed.headers["content-length"]) <= 20 * 1024
        assert packed.text == plain.text
        for name, brings in (("en.js", "words"), ("zh-TW.js", "words"), ("cards.js", "cards"), ("files.js", "files")):
            words = await browser.get(f"http://{host}/widget/{name}")
            assert words.headers["cross-origin-resource-policy"] == "cross-origin"
            assert f"Yingting.{brings}(" in words.text
        assert (await browser.get(f"http://{host}/widget/..%2Fpages.py")).status_code == 404


def words_of(file: Path) -> set[str]:
    """The names of what the widget says."""
    return set(re.findall(r"(?:^|[{,] |  )(\w+): ?[`\"({\[]", file.read_text("utf-8"), re.M))


def test_each_language_says_only_what_the_widget_says() -> None:
    own = words_of(pages.STATIC / "widget" / "words.js")
    for file in (pages.STATIC / "words").glob("*.js"):
        assert words_of(file) <= own, file.name


def test_every_kind_of_card_is_drawn_in_one_of_the_two_files() -> None:
    drawn = set[str]()
    for path in ("widget/cards.js", "later/cards.js"):
        text = (pages.STATIC / path).read_text("utf-8")
        listed = re.findall(r"KINDS = {(.*?)}|kinds: {(.*?)}", text, re.S)[0]
        kinds = set(re.findall(r"\b[a-z]+(?=[,: ])", re.sub(r":.*?(?=[,\n])", "", "".join(listed)) + ","))
        assert not drawn & kinds
        drawn |= kinds
    assert drawn == KINDS.keys() - {"ask"}  # which is a keyboard


@pytest.mark.parametrize("file", [path for path in STATIC if path.suffix == ".js"], ids=lambda path: path.name)
def test_scripts_never_make_markup_of_data(file: Path) -> None:
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", file.read_text("utf-8"))


@pytest.mark.parametrize("file", STATIC, ids=lambda path: path.name)
def test_pages_fetch_nothing_from_elsewhere(file: Path) -> None:
    assert not re.search(r"(?:src|href|url|import|from)\W{1,3}https?://", file.read_text("utf-8"))
