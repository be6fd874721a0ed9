"""What the payment pages share: finding the order of an address, and filling the templates of pages/."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import Any

import segno
from sanic import Blueprint, HTTPResponse, Request

from channels.web.assets import HEADERS, POLICY, Asset
from hall.brand import Brand
from hall.clock import SHANGHAI
from hall.context import Hall
from hall.money import short_yuan, yuan
from hall.payments.links import token_is_right
from hall.privacy import mask_msisdn
from hall.topup import notifications, orders, states
from hall.topup.orders import Order

PAGES = Path(__file__).parent / "pages"
PAGE_HEADERS = HEADERS | {
    "Content-Security-Policy": POLICY.replace("form-action 'none'", "form-action 'self'"),
    "Referrer-Policy": "no-referrer",  # the address carries the page's key
    "Cache-Control": "no-store",
}
# which of pages/*.html tells a state
PARTS = {
    states.AWAIT_PAY: "open",
    states.PAID: "running",
    states.SUBMITTING: "running",
    states.PROCESSING: "running",
    states.SUCCEEDED: "succeeded",
    states.FAILED: "refunding",
    states.PARTIAL: "refunding",
    states.REFUNDING: "refunding",
    states.REFUNDED: "refunded",
    states.REFUND_STUCK: "refund_stuck",
    states.EXPIRED: "expired",
    states.CANCELLED: "cancelled",
}
PARTLY = ("refunding", "refunded")  # told otherwise when a part was delivered
MOVING = ("noticed", "running", "refunding", "partly_refunding")  # the page looks again by itself


def add_style(bp: Blueprint) -> None:
    """The style of all payment pages."""
    style = Asset.file(PAGES / "pay.css")

    @bp.get("/pay/static/pay.css", name="style")
    async def css(request: Request[Any, Any]) -> HTTPResponse:
        return style.response(request)


async def order_of(hall: Hall, request: Request[Any, Any], payment_no: str) -> Order | None:
    """The order, when the address carries its key."""
    if not token_is_right(hall.secret, payment_no, request.args.get("t", "")):
        return None
    return await orders.find(hall.store, payment_no)


def part_of(order: Order) -> str:
    """Which of pages/*.html tells how the order stands."""
    part = PARTS[order.state]
    return f"partly_{part}" if order.delivered_fen and part in PARTLY else part


@dataclass(frozen=True, slots=True)
class Pages:
    """The payment pages of an operator; `demo`: those of the demonstration's provider."""

    brand: Brand
    demo: bool

    def page(self, part: str, order: Order | None, **more: str) -> str:
        """The page with that part, about that order. `more` is HTML already."""
        facts = {key: escape(value) for key, value in _facts(order).items()} if order else {}
        name = escape(self.brand.name)
        return template("page.html").substitute(
            content=template(f"{part}.html").substitute(facts, brand=name, **more),
            summary=template(f"summary_{order.product}.html").substitute(facts) if order else "",
            refresh='<meta http-equiv="refresh" content="3">' if part in MOVING else "",
            note=template("demo.html").substitute() if self.demo else "",
            title="演示支付" if self.demo else "支付",
            brand=name,
        )


def template(name: str) -> Template:
    """One of pages/."""
    return Template((PAGES / name).read_text("utf-8"))


def code(text: str) -> bytes:
    """The code (SVG) to be scanned that holds `text`."""
    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="svg", scale=6, border=4, light="#ffffff", dark="#000000")
    return out.getvalue()


def _facts(order: Order) -> Mapping[str, str]:
    return {
        "order_no": order.order_no,
        "number": mask_msisdn(order.msisdn),
        "face": short_yuan(order.face_fen),
        "size": notifications.size(order.data_mb),
        "amount": yuan(order.price_fen),
        "refund": yuan(order.paid_fen - order.delivered_fen),
        "way": order.way,
        "scope": order.scope,
        "expires": f"{order.expires_at.astimezone(SHANGHAI):%H:%M}",
    }
