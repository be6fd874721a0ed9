"""What the payment pages share: finding the order of an address, and the one template that tells how it stands."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from typing import Any

import segno
from jinja2 import FileSystemLoader
from markupsafe import Markup
from sanic import Blueprint, HTTPResponse, Request

from bot.answers.environment import environment
from bot.answers.source import Source
from channels.http import Refused
from channels.web.assets import HEADERS, POLICY, Asset
from hall.brand import Brand
from hall.clock import SHANGHAI
from hall.context import Hall
from hall.msisdn import spaced
from hall.payments.links import token_is_right
from hall.privacy import mask_msisdn
from hall.topup import orders, states
from hall.topup.orders import Order

PAGES = Path(__file__).parent / "pages"
PAGE_HEADERS = HEADERS | {
    "Content-Security-Policy": POLICY.replace("form-action 'none'", "form-action 'self'"),
    "Referrer-Policy": "no-referrer",  # the address carries the page's key
    "Cache-Control": "no-store",
}


def add_style(bp: Blueprint) -> None:
    """The style, script and icon of all payment pages."""
    files = {path.name: Asset.file(path) for path in PAGES.iterdir() if path.suffix != ".html"}

    @bp.get("/pay/static/<name:str>", name="static")
    async def static(request: Request[Any, Any], name: str) -> HTTPResponse:
        if name not in files:
            raise Refused(404, "no_file", "no such file")
        return files[name].response(request)


async def order_of(hall: Hall, request: Request[Any, Any], payment_no: str) -> Order | None:
    """The order, when the address carries its key."""
    if not token_is_right(hall.secret, payment_no, request.args.get("t", "")):
        return None
    return await orders.find(hall.store, payment_no)


def told(order: Order) -> str:
    """What the page tells of the order; see states.told. That a person looks into it is for the conversation to say."""
    return states.told(order.state, partly=order.delivered_fen > 0)


class Pages:
    """The payment pages of an operator; `demo`: those of the demonstration's provider.

    They come from one template, in the environment of all answers.
    """

    def __init__(self, brand: Brand, *, demo: bool) -> None:
        made = environment(Source(), html=True, loader=FileSystemLoader(PAGES), shared={"brand": brand, "demo": demo})
        self._template = made.get_template("pay.html")

    def page(self, what: str, order: Order | None = None, *, link: str = "", qr: str = "") -> str:
        """The page that tells `what`: a state as customers are told it, or `noticed`, `refused`, `down`, `gone`.

        `link`: the provider's address, or `qr`: the code to be scanned (SVG), where an order waits for its payment.
        """
        facts = {} if order is None else _facts(order)
        return self._template.render(
            {"final": True, "stands": ""} | facts, told=what, order=order or "", link=link, qr=Markup(qr)
        )


def _facts(order: Order) -> dict[str, Any]:
    """What a page says of an order. Who is to pay sees the number in full, to check it; later it is masked."""
    waits = order.state == states.AWAIT_PAY
    return {
        "number": spaced(order.msisdn) if waits else mask_msisdn(order.msisdn),
        "expires": _time(order.expires_at),
        "until": order.expires_at.isoformat(),
        "ordered": f"{order.created_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
        "stands": told(order),
        "final": order.state in states.RESTING,
    }


def code(text: str) -> bytes:
    """The code (SVG) to be scanned that holds `text`."""
    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="svg", scale=6, border=4, light="#ffffff", dark="#000000")
    return out.getvalue()


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%H:%M}"
