"""The demonstration page (`/`: a web chat beside a phone) and the widget that any page can embed."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sanic import Blueprint, HTTPResponse, Request
from sanic.exceptions import NotFound
from sanic.response import json as json_response

from channels.web.assets import HEADERS, POLICY, Asset, folder

if TYPE_CHECKING:
    from bot.app import App

STATIC = Path(__file__).parent / "static"
CUSTOMERS = Path(__file__).parents[2] / "data" / "operator" / "demo" / "customers.tsv"
WIDGET = ("link.js", "log.js", "panel.js", "main.js")  # in the order in which they build on each other


def widget(path: Path = STATIC / "widget") -> Asset:
    """`/widget.js`: the widget's files in one script, with its style sheet as a string.

    They share one function's scope, so that an embedding page sees none of their names.
    """
    style = json.dumps((path / "widget.css").read_text("utf-8"), ensure_ascii=False)
    parts = "\n".join((path / name).read_text("utf-8") for name in WIDGET)
    return Asset.of(f'(() => {{\n"use strict";\nconst STYLE = {style};\n{parts}\n}})();\n'.encode(), ".js")


def demo_customers(path: Path = CUSTOMERS) -> list[dict[str, str]]:
    """The lines that the demonstration phone can be: msisdn, carrier and city of each."""
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader((row for row in file if not row.startswith("#")), delimiter="\t"))
    return [{name: row[name] for name in ("msisdn", "carrier", "city")} for row in rows]


def blueprint(app: App) -> Blueprint:
    """`/widget.js`, and in a demonstration `/` with its files and `/demo/customers`."""
    bp = Blueprint("web_pages")
    script = widget()

    @bp.get("/widget.js")
    async def serve_widget(request: Request[Any, Any]) -> HTTPResponse:
        response = script.response(request)
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # other sites embed it
        return response

    if app.hall.demonstration:
        _add_demonstration(bp, app.hall.public_url)
    return bp


def _add_demonstration(bp: Blueprint, public_url: str) -> None:
    files, customers = folder(STATIC / "demo"), demo_customers()
    # pictures of payment codes have the public address, under whatever name this page was opened
    policy = POLICY.replace("img-src 'self'", f"img-src 'self' {public_url}")

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
