"""The demonstration's payment page: what a provider's page would be, and how the rest shall behave.

Texts are in pages/*.html; no script. Paying tells the demonstration's provider, whose signed
notice then comes back over HTTP: the page itself moves no order.
"""

from __future__ import annotations

import io
from contextlib import suppress
from datetime import timedelta
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import segno
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import html, raw, redirect

from channels.http import Refused
from channels.web.assets import HEADERS, POLICY, Asset
from hall.bss.supplier.demo import MODES, DemoSupplier
from hall.clock import SHANGHAI
from hall.errors import Conflict
from hall.money import yuan
from hall.payments import demo_notices
from hall.payments.demo import DemoPayments
from hall.payments.links import pay_url, token_is_right
from hall.privacy import mask_msisdn
from hall.topup import orders, paying, saga, telling
from hall.topup.orders import Order

if TYPE_CHECKING:
    from bot.app import House

PAGES = Path(__file__).parent / "pages"
NOTICES = {"once": (1, 0), "twice": (2, 0), "late": (1, 60)}  # copies, and seconds until they are sent
PAGE_HEADERS = HEADERS | {
    "Content-Security-Policy": POLICY.replace("form-action 'none'", "form-action 'self'"),
    "Referrer-Policy": "no-referrer",  # the address carries the page's key
    "Cache-Control": "no-store",
}
# which of pages/*.html tells a state
PARTS = {
    saga.AWAIT_PAY: "open", saga.PAID: "running", saga.SUBMITTING: "running", saga.PROCESSING: "running",
    saga.SUCCEEDED: "succeeded", saga.FAILED: "refunding", saga.PARTIAL: "refunding", saga.REFUNDING: "refunding",
    saga.REFUNDED: "refunded", saga.REFUND_STUCK: "refund_stuck", saga.EXPIRED: "expired", saga.CANCELLED: "cancelled",
}  # fmt: skip
MOVING = ("noticed", "running", "refunding")  # the page looks again by itself


def add_page(bp: Blueprint, house: House, demo: DemoPayments) -> None:
    """The page, its code for scanning, and its style."""
    hall, style = house.hall, Asset.file(PAGES / "pay.css")

    @bp.get("/pay/static/pay.css", name="style")
    async def css(request: Request[Any, Any]) -> HTTPResponse:
        return style.response(request)

    @bp.get("/pay/demo/<payment_no:str>", name="page")
    async def page(request: Request[Any, Any], payment_no: str) -> HTTPResponse:
        order = await _order(house, request, payment_no)
        if order is None:
            return html(_page("gone", {}), status=404, headers=PAGE_HEADERS)
        await demo.create(paying.charge(order))
        return html(await _shown(demo, order), headers=PAGE_HEADERS)

    @bp.post("/pay/demo/<payment_no:str>", name="pay")
    async def pay(request: Request[Any, Any], payment_no: str) -> HTTPResponse:
        order = await _order(house, request, payment_no)
        if order is None:
            return html(_page("gone", {}), status=404, headers=PAGE_HEADERS)
        with suppress(Conflict):  # two presses at once: the first one counts
            await _act(house, demo, order, request)
        return redirect(f"{request.path}?{request.query_string}", status=303, headers=PAGE_HEADERS)

    @bp.get("/pay/demo/<payment_no:str>/qr.svg", name="qr")
    async def qr(request: Request[Any, Any], payment_no: str) -> HTTPResponse:
        order = await _order(house, request, payment_no)
        if order is None:
            raise Refused(404, "no_payment", "no such payment")
        return raw(_qr(pay_url(hall, order.way, payment_no)), content_type="image/svg+xml", headers=PAGE_HEADERS)


async def _order(house: House, request: Request[Any, Any], payment_no: str) -> Order | None:
    """The order, when the address carries its key."""
    if not token_is_right(house.hall.secret, payment_no, request.args.get("t", "")):
        return None
    return await orders.find(house.hall.store, payment_no)


async def _act(house: House, demo: DemoPayments, order: Order, request: Request[Any, Any]) -> None:
    given = {key: values[0] for key, values in (request.form or {}).items()}
    act, mode, notice = given.get("act"), given.get("supplier", "succeed"), given.get("notice", "once")
    if act not in ("pay", "cancel") or mode not in MODES or notice not in NOTICES:
        raise Refused(400, "bad_field", "act, supplier or notice is none of the choices")
    if act == "cancel":
        await paying.cancel(house.hall, order.order_no)
        return
    copies, wait = NOTICES[notice]
    now, unit = house.hall.clock.now(), house.hall.store.unit()
    await demo.create(paying.charge(order))
    content = await demo.pay(order.order_no, unit)
    if content is None:
        return
    if isinstance(house.hall.supplier, DemoSupplier):
        house.hall.supplier.choose(unit, order.order_no, mode)
    demo_notices.send(unit, content, now=now, at=now + timedelta(seconds=wait), copies=copies)
    await unit.commit()


async def _shown(demo: DemoPayments, order: Order) -> str:
    part = PARTS[order.state]
    if not order.paid_fen and (await demo.query(order.order_no)).status == "paid":
        part = "noticed"  # paid at the provider, whose notice is on its way
    return _page(
        part,
        {
            "order_no": order.order_no,
            "number": mask_msisdn(order.msisdn),
            "size": telling.size(order.data_mb),
            "amount": yuan(order.price_fen),
            "refund": yuan(order.paid_fen - order.delivered_fen),
            "way": order.way,
            "scope": order.scope,
            "expires": f"{order.expires_at.astimezone(SHANGHAI):%H:%M}",
        },
    )


def _page(part: str, facts: dict[str, str]) -> str:
    safe = {key: escape(value) for key, value in facts.items()}
    content = _template(f"{part}.html").substitute(safe)
    summary = _template("summary.html").substitute(safe) if facts else ""
    refresh = '<meta http-equiv="refresh" content="3">' if part in MOVING else ""
    return _template("page.html").substitute(content=content, summary=summary, refresh=refresh)


def _template(name: str) -> Template:
    return Template((PAGES / name).read_text("utf-8"))


def _qr(url: str) -> bytes:
    out = io.BytesIO()
    segno.make(url, error="m").save(out, kind="svg", scale=6, border=4, light="#ffffff", dark="#000000")
    return out.getvalue()
