"""Pages behind links: a look uses nothing up, a form opens once, files come with the opened page only."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sanic import Sanic

from channels import documents as pages
from channels.http import install_errors
from hall import documents, invoice, months
from hall.bss.demo import DemoBss
from hall.bss.invoice import Buyer, Invoice
from hall.context import Hall
from hall.documents import Wanted

LINE, HALF_AN_HOUR = "13800138000", timedelta(minutes=30)


@pytest.fixture
def app(hall: Hall) -> Iterator[Any]:
    """The application with nothing but the documents' routes."""
    Sanic.test_mode = True
    app: Sanic[Any, Any] = Sanic(f"documents-{uuid.uuid4().hex}", configure_logging=False)
    install_errors(app)
    app.blueprint(pages.blueprint(SimpleNamespace(hall=hall)))  # type: ignore[arg-type]
    yield app.asgi_client
    Sanic._app_registry.clear()


async def link(hall: Hall, kind: Any = "details", ref: str = "", lasts: timedelta = HALF_AN_HOUR) -> str:
    """The path of a new link."""
    ref = ref or months.shift(months.of(hall.clock.now()), -1)
    unit = hall.store.unit()
    url = documents.link(hall, unit, Wanted(kind, LINE, ref, "web:widget:x", uuid.uuid4().hex), lasts)
    await unit.commit()
    return url.removeprefix(hall.public_url)


def key_of(page: Any) -> str:
    """What the opened page sends for its file."""
    return re.findall(r'name="key" value="([0-9a-f]+)"', page.text)[0]


async def test_a_look_shows_nothing_and_uses_nothing_up(app: Any, hall: Hall) -> None:
    path = await link(hall)
    for _ in range(3):
        _, page = await app.get(path)
        assert page.status == 200
        assert "主叫" not in page.text
        assert "138****8000" in page.text
    _, page = await app.post(path)
    assert "主叫" in page.text


async def test_it_opens_once(app: Any, hall: Hall) -> None:
    path = await link(hall)
    _, page = await app.post(path)
    assert page.status == 200
    for ask in (app.post, app.get):
        _, page = await ask(path)
        assert (page.status, "主叫" in page.text) == (410, False)


async def test_it_ends(app: Any, hall: Hall, clock: Any) -> None:
    path = await link(hall)
    clock.advance(HALF_AN_HOUR)
    _, page = await app.post(path)
    assert page.status == 410


async def test_numbers_are_masked_and_nothing_is_kept_or_let_in(app: Any, hall: Hall) -> None:
    _, page = await app.post(await link(hall))
    assert not re.search(r"1[3-9]\d{9}", page.text)
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]


async def test_the_file_comes_with_the_opened_page_only_and_for_a_while(app: Any, hall: Hall, clock: Any) -> None:
    path = await link(hall)
    _, page = await app.post(path)
    key = key_of(page)
    for wrong in ("", "0" * 32, key[:-1]):
        _, file = await app.post(f"{path}/file", data={"key": wrong})
        assert file.status == 410
    _, file = await app.post(f"{path}/file", data={"key": key})
    assert file.headers["content-type"].startswith("text/csv")
    assert "attachment" in file.headers["content-disposition"]
    lines = file.body.decode("utf-8-sig").strip().splitlines()
    assert lines[0].startswith("时间,")
    assert len(lines) - 1 == page.text.count("<tr><td>")
    assert not re.search(r"1[3-9]\d{9}", file.text)
    clock.advance(timedelta(minutes=11))
    _, file = await app.post(f"{path}/file", data={"key": key})
    assert file.status == 410


async def test_what_cannot_be_shown_now_is_not_used_up(app: Any, hall: Hall, demo: DemoBss) -> None:
    path = await link(hall)
    demo.faults["details"] = "down"
    _, page = await app.post(path)
    assert page.status == 503
    demo.faults.clear()
    _, page = await app.post(path)
    assert page.status == 200


async def test_no_such_link(app: Any) -> None:
    for path in ("/d/abcdefghij", "/d/x"):
        _, page = await app.get(path)
        assert page.status == 410


async def test_a_puk_is_shown_once(app: Any, hall: Hall) -> None:
    path = await link(hall, "puk", "-")
    _, page = await app.post(path)
    assert re.search(r"\b\d{8}\b", page.text)
    _, page = await app.post(path)
    assert page.status == 410


async def test_an_invoice_is_a_pdf_with_a_mark_and_can_be_loaded_again(app: Any, hall: Hall, clock: Any) -> None:
    month = months.shift(months.of(hall.clock.now()), -1)
    made = await invoice.issue(hall, LINE, month, Buyer("昆明山茶商贸有限公司", "91350100M000100Y43"), "k")
    assert isinstance(made, Invoice)
    path = await link(hall, "invoice", made.number, timedelta(days=7))
    for _ in range(2):
        _, page = await app.post(path)
        assert "昆明山茶商贸有限公司" in page.text
        _, file = await app.post(f"{path}/file", data={"key": key_of(page)})
        assert file.body.startswith(b"%PDF-")
        assert file.headers["content-type"] == "application/pdf"
        clock.advance(timedelta(days=3))
    clock.advance(timedelta(days=2))
    _, page = await app.post(path)
    assert page.status == 410


async def test_the_mark_of_a_demonstration_is_in_the_layout(hall: Hall) -> None:
    month = months.shift(months.of(hall.clock.now()), -1)
    made = await invoice.issue(hall, LINE, month, Buyer("李明"), "k")
    facts = {"invoice": made, "month": month, "paid": False, "capital": "壹圆整"}
    template = pages.DocumentPages(hall)._plain.get_template("invoice.txt")
    assert "演示" in template.render(facts)


async def test_all_that_is_kept_of_a_line_is_shown_once_and_can_be_loaded(app: Any, hall: Hall) -> None:
    path = await link(hall, "export", "all")
    _, page = await app.post(path)
    assert page.status == 200
    assert "资料链接" in page.text
    _, file = await app.post(f"{path}/file", data={"key": key_of(page)})
    assert file.headers["content-disposition"].startswith("attachment")
    kept = json.loads(file.text)
    assert [row["msisdn"] for row in kept["document_links"]] == [LINE]
    _, again = await app.post(path)
    assert again.status == 410
