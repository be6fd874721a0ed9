"""The demonstration page (`/`: a web chat beside a phone) and the widget that any page can embed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
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

_NO_CODE = re.compile(r"^[ \t]*(?://.*|/\*\*[^\n]*\*/)\n|^[ \t]+", re.M)  # indents, comments of a whole line
FIRST, SERVICES = "utter_greet", "services"  # of bot/domain: what the first screen says and offers
STATIC = Path(__file__).parent / "static"
# in the order in which they build on each other
WIDGET = (
    "words.js", "text.js", "link.js", "cards.js", "log.js", "options.js", "first.js", "attention.js", "input.js",
    "panel.js", "main.js",
)  # fmt: skip


def widget(brand: Brand, greeting: str = "", hours: str = "", services: Mapping[str, str] | None = None) -> Asset:
    """`/widget.js`: the widget's files in one script, with what it says of the operator and its style sheet.

    `hours`: when people answer; `services`: by intent, what is offered on the first screen. The files share one
    function's scope, so that an embedding page sees none of their names.
    """
    path = STATIC / "widget"
    offered = [{"title": title, "payload": f"/{intent}"} for intent, title in (services or {}).items()]
    hall = {"greeting": greeting, "hours": brand.opening_hours or hours, "services": offered}
    style, title, said = map(_literal, ((path / "widget.css").read_text("utf-8"), brand.name, hall))
    known = f"const STYLE = {style}, BRAND = {title}, HALL = {said};"
    parts = "\n".join(_code(path / name) for name in WIDGET)
    return Asset.of(f'(() => {{\n"use strict";\n{known}\n{parts}\n}})();\n'.encode(), ".js")


def languages(path: Path = STATIC / "words") -> dict[str, Asset]:
    """The widget's words in other languages, by file name."""
    return {
        file.name: Asset.of(_NO_CODE.sub("", file.read_text("utf-8")).encode(), ".js") for file in path.glob("*.js")
    }


def further_cards() -> Asset:
    """The widget's second file, fetched with the first card that only it can draw."""
    path = STATIC / "later"
    style = _literal((path / "cards.css").read_text("utf-8"))
    parts = "\n".join(_code(path / name) for name in ("words.js", "cards.js"))
    return Asset.of(f'(() => {{\n"use strict";\nconst LATER_STYLE = {style};\n{parts}\n}})();\n'.encode(), ".js")


def further_files() -> dict[str, Asset]:
    """The widget's other files, by name: each is fetched when something first needs it."""
    sending = Asset.of(_code(STATIC / "later" / "files.js").encode(), ".js")
    return languages() | {"cards.js": further_cards(), "files.js": sending}


def demo_customers(people: Demo) -> list[dict[str, str]]:
    """The lines that the demonstration phone can be: msisdn, carrier, city of each and what is shown about it."""
    return [{name: row[name] for name in ("msisdn", "carrier", "city", "shown")} for row in people.customers]


def _code(path: Path) -> str:
    return _NO_CODE.sub("", path.read_text("utf-8"))


def _literal(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def blueprint(app: App) -> Blueprint:
    """`/widget.js`, and in a demonstration `/` with its files and `/demo/customers`."""
    bp = Blueprint("web_pages")
    answers = app.conversations.engine.answers
    hours = answers.formatted("desk_hours", app.hall.policy.desk.hours.spans)
    script = widget(app.hall.brand, answers.text(FIRST, "web"), hours, answers.words(SERVICES))
    files = further_files()

    @bp.get("/widget.js")
    async def serve_widget(request: Request[Any, Any]) -> HTTPResponse:
        return _embedded(script, request)

    @bp.get("/widget/<name:str>")
    async def serve_file(request: Request[Any, Any], name: str) -> HTTPResponse:
        if name not in files:
            raise NotFound(f"no file {name}")
        return _embedded(files[name], request)

    if app.hall.demonstration:
        _add_demonstration(bp, app.hall)
    return bp


def _embedded(asset: Asset, request: Request[Any, Any]) -> HTTPResponse:
    """A file that other sites embed."""
    response = asset.response(request)
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


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
