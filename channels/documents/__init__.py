"""Pages behind the links to documents: call details with a file, the PUK, an invoice, all that is kept of a line.

`GET /d/{code}` only says what there is and how long: programs of messengers look at links, too. The form on it opens
the document, once where it opens once, and the page then shown may load its file for a while.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from jinja2 import FileSystemLoader
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import html, raw

from bot.answers.environment import environment
from bot.answers.source import Source
from channels.http import form_fields
from channels.pay.templates import PAGE_HEADERS
from channels.web.assets import Asset
from hall import call_details, documents, files, invoice, personal_data
from hall.bss.sim import Sims
from hall.clock import SHANGHAI
from hall.context import Hall
from hall.documents import Document
from hall.errors import NotFound, Unavailable
from hall.money import capitals
from hall.privacy import mask_msisdn

if TYPE_CHECKING:
    from bot.app import App

PAGES = Path(__file__).parent / "pages"
GONE, DOWN = 410, 503
CSV = "text/csv; charset=utf-8"


def blueprint(app: App) -> Blueprint:
    """`/d/{code}`, and `/d/{code}/file` for what the opened page offers as a file."""
    bp: Blueprint = Blueprint("documents")
    hall, pages = app.hall, DocumentPages(app.hall)

    style = Asset.file(PAGES / "document.css")

    @bp.get("/d/static/document.css", name="style")
    async def styled(request: Request[Any, Any]) -> HTTPResponse:
        return style.response(request)

    @bp.get("/d/<code:str>", name="closed")
    async def show(_request: Request[Any, Any], code: str) -> HTTPResponse:
        found = await documents.find(hall.store, code)
        if found is None or found.over(hall.clock.now()):
            return _page(pages.page("gone"), GONE)
        return _page(pages.page("closed", found))

    @bp.post("/d/<code:str>", name="open")
    async def open_(_request: Request[Any, Any], code: str) -> HTTPResponse:
        found = await documents.find(hall.store, code)
        if found is None or found.over(hall.clock.now()):
            return _page(pages.page("gone"), GONE)
        try:
            content = await _content(hall, found)  # before it is opened: what cannot be shown now is not used up
        except Unavailable:
            return _page(pages.page("down", found), DOWN)
        opened = await documents.opened(hall, code)
        if opened is None:
            return _page(pages.page("gone"), GONE)
        return _page(pages.page(opened.kind, opened, key=documents.file_key(hall, opened), **content))

    @bp.post("/d/<code:str>/file", name="file")
    async def file(request: Request[Any, Any], code: str) -> HTTPResponse:
        found = await documents.of_file(hall, code, form_fields(request).get("key", ""))
        if found is None:
            return _page(pages.page("gone"), GONE)
        try:
            return await pages.file(found)
        except Unavailable:
            return _page(pages.page("down", found), DOWN)

    return bp


async def _content(hall: Hall, document: Document) -> dict[str, Any]:
    """What the page of a kind shows. Raises Unavailable."""
    if document.kind == "puk":
        return {"puk": await hall.bss[Sims].puk(document.msisdn)}
    if document.kind == "invoice":
        found = await invoice.find(hall, document.msisdn, document.ref)
        if found is None:
            raise Unavailable("invoice", "the invoice of a link is not there")
        return {"invoice": found, "month": invoice.month_of(found.of), "paid": found.of.startswith(invoice.PAID)}
    if document.kind == "export":
        subject = await personal_data.of_line(hall.store, document.msisdn)
        return {"kept": await personal_data.export(hall.store, subject)}
    if document.kind == "file":
        try:
            kept, content = await files.content(hall, document.ref, conversation=document.conversation)
        except NotFound:  # erased meanwhile
            raise Unavailable("file", "the file of a link is not there") from None
        return {"file": kept, "content": content}
    return {"rows": await call_details.listed(hall, document.msisdn, document.ref)}


class DocumentPages:
    """The pages and files, from templates in the environment of all answers."""

    def __init__(self, hall: Hall) -> None:
        shared = {"brand": hall.brand, "demo": hall.demonstration, "zone": SHANGHAI}
        self._hall = hall
        self._html = environment(Source(), html=True, loader=FileSystemLoader(PAGES), shared=shared)
        self._plain = environment(Source(), loader=FileSystemLoader(PAGES), shared=shared)

    def page(self, what: str, document: Document | None = None, **facts: Any) -> str:
        """`closed`: what a link holds; `gone`: nothing any more; `down`: not now; else an opened document's kind."""
        known = {"number": mask_msisdn(document.msisdn), "document": document} if document else {"document": ""}
        return self._html.get_template("document.html").render({"key": ""} | known | facts, what=what)

    async def file(self, document: Document) -> HTTPResponse:
        """The file of an opened document. Raises Unavailable."""
        content = await _content(self._hall, document)
        if document.kind == "invoice":
            return _attached(f"发票{document.ref}.pdf", await self._pdf(content), "application/pdf")
        if document.kind == "file":
            return _given(content["file"], content["content"])
        if document.kind == "export":
            kept = json.dumps(content["kept"], ensure_ascii=False, indent=1, default=str)
            return _attached("我的资料.json", kept.encode(), "application/json")
        text = self._plain.get_template("details.csv").render(content)
        return _attached(f"详单{document.ref}.csv", b"\xef\xbb\xbf" + text.encode(), CSV)

    async def _pdf(self, content: dict[str, Any]) -> bytes:
        from channels.documents import pdf  # takes a while to load, and few hosts ever draw one

        capital = capitals(content["invoice"].amount_fen)
        text = self._plain.get_template("invoice.txt").render(content, capital=capital)
        return await asyncio.to_thread(pdf.drawn, text, f"{content['invoice'].number}")


def _page(body: str, status: int = 200) -> HTTPResponse:
    return html(body, status=status, headers=PAGE_HEADERS)


def _given(file: files.File, body: bytes) -> HTTPResponse:
    """A file that an agent sent: a picture, which was written anew, is shown, anything else is saved."""
    if file.kind.startswith("image/"):
        return raw(body, content_type=file.kind, headers=PAGE_HEADERS)
    return _attached(file.name, body, file.kind)


def _attached(name: str, body: bytes, content_type: str) -> HTTPResponse:
    named = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return raw(body, content_type=content_type, headers=PAGE_HEADERS | named)
