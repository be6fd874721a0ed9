"""The demonstration page (`/`: a web chat beside a phone) and the widget that any page can embed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sanic import Blueprint, HTTPResponse, Request
from sanic.exceptions import NotFound
from sanic.response import json as json_response

from channels.web.assets import HEADERS, POLICY, Asset, folder
from hall.brand import Brand
from hall.bss.demo import records
from hall.bss.demo.records import Demo
from hall.context import Hall

if TYPE_CHECKING:
    from bot.app import App

STATIC = Path(__file__).parent / "static"
WIDGET = ("link.js", "log.js", "panel.js", "main.js")  # in the order in which they build on each other


def widget(brand: Brand, path: Path = STATIC / "widget") -> Asset:
    """`/widget.js`: the widget's files in one script, with the operator's name and its style sheet as strings.

    They share one function's scope, so that an embedding page sees none of their names.
    """
    style, title = (_literal(text) for text in ((path / "widget.css").read_text("utf-8"), brand.name))
    known = f"const STYLE = {style}, BRAND = {title};"
    parts = "\n".join((path / name).read_text("utf-8") for name in WIDGET)
    return Asset.of(f'(() => {{\n"use strict";\n{known}\n{parts}\n}})();\n'.encode(), ".js")


def demo_customers(people: Demo) -> list[dict[str, str]]:
    """The lines that the demonstration phone can be: msisdn, carrier, city of each and what is shown about it."""
    return [{name: row[name] for name in ("msisdn", "carrier", "city", "shown")} for row in people.customers]


def _literal(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def blueprint(app: App) -> Blueprint:
    """`/widget.js`, and in a demonstration `/` with its files and `/demo/customers`."""
    bp = Blueprint("web_pages")
    script = widget(app.hall.brand)

    @bp.get("/widget.js")
    async def serve_widget(request: Request[Any, Any]) -> HTTPResponse:
        response = script.response(request)
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # other sites embed it
        return response

    if app.hall.demonstration:
        _add_demonstration(bp, app.hall)
    return bp


def _add_demonstration(bp: Blueprint, hall: Hall) -> None:
    files, customers = folder(STATIC / "demo", hall.brand), demo_customers(hall.people or records.load())
    # pictures of payment codes have the public address, whatever host name opened this page
    policy = POLICY.replace("img-src 'self'", f"img-src 'self' {hall.public_url}")

    @bp.get("/")
    async def page(request: Request[Any, Any]) -> HTTPResponse:
        response = files["index.html"].response(request)
        response.headers["Content-Security-Policy"] = policy
        return response

    @bp.get("/demo/static/<name:str>")
    async def static(request: Request[Any, Any], name: str) -> HTTPResponse:
        if name not in files:
            raise NotFound(f"no file {name}")
        return files[name].response(request)

    @bp.get("/demo/customers")
    async def lines(_request: Request[Any, Any]) -> HTTPResponse:
        return json_response({"customers": customers}, headers=HEADERS)
