"""The demonstration's payment page: what a provider's page would be, and how the rest shall behave.

Texts are in pages/pay.html; no script. Paying tells the demonstration's provider, whose signed
notice then comes back over HTTP: the page itself moves no order.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import html, raw, redirect

from channels.http import Refused, form_fields
from channels.pay.templates import PAGE_HEADERS, Pages, code, order_of, told
from hall.bss.supplier.demo import MODES, DemoSupplier
from hall.errors import Conflict
from hall.payments import demo_notices
from hall.payments.demo import DemoPayments
from hall.payments.links import pay_url
from hall.topup import payment
from hall.topup.orders import Order

if TYPE_CHECKING:
    from bot.app import App

NOTICES = {"once": (1, 0), "twice": (2, 0), "late": (1, 60)}  # copies, and seconds until they are sent


def add_page(bp: Blueprint, app: App, demo: DemoPayments) -> None:
    """The page, and its code for scanning."""
    hall, pages = app.hall, Pages(app.hall.brand, demo=True)

    @bp.get("/pay/demo/<payment_no:str>", name="page")
    async def show(request: Request[Any, Any], payment_no: str) -> HTTPResponse:
        order = await order_of(hall, request, payment_no)
        if order is None:
            return html(pages.page("gone"), status=404, headers=PAGE_HEADERS)
        await demo.create(payment.charge(order))
        return html(await _shown(pages, demo, order), headers=PAGE_HEADERS)

    @bp.post("/pay/demo/<payment_no:str>", name="pay")
    async def pay(request: Request[Any, Any], payment_no: str) -> HTTPResponse:
        order = await order_of(hall, request, payment_no)
        if order is None:
            return html(pages.page("gone"), status=404, headers=PAGE_HEADERS)
        with suppress(Conflict):  # two presses at once: the first one counts
            await _act(app, demo, order, request)
        return redirect(f"{request.path}?{request.query_string}", status=303, headers=PAGE_HEADERS)

    @bp.get("/pay/demo/<payment_no:str>/qr.svg", name="qr")
    async def qr(request: Request[Any, Any], payment_no: str) -> HTTPResponse:
        order = await order_of(hall, request, payment_no)
        if order is None:
            raise Refused(404, "no_payment", "no such payment")
        return raw(code(pay_url(hall, order.way, payment_no)), content_type="image/svg+xml", headers=PAGE_HEADERS)


async def _act(app: App, demo: DemoPayments, order: Order, request: Request[Any, Any]) -> None:
    given = form_fields(request)
    act, mode, notice = given.get("act"), given.get("supplier", "succeed"), given.get("notice", "once")
    if act not in ("pay", "cancel") or mode not in MODES or notice not in NOTICES:
        raise Refused(400, "bad_field", "act, supplier or notice is none of the choices")
    if act == "cancel":
        await payment.cancel(app.hall, order.order_no)
        return
    copies, wait = NOTICES[notice]
    now, unit = app.hall.clock.now(), app.hall.store.unit()
    await demo.create(payment.charge(order))
    content = await demo.pay(order.order_no, unit)
    if content is None:
        return
    if isinstance(app.hall.supplier, DemoSupplier):
        app.hall.supplier.choose(unit, order.order_no, mode)
    demo_notices.send(unit, content, now=now, at=now + timedelta(seconds=wait), copies=copies)
    await unit.commit()


async def _shown(pages: Pages, demo: DemoPayments, order: Order) -> str:
    if not order.paid_fen and (await demo.query(order.order_no)).status == "paid":
        return pages.page("noticed", order)  # paid at the provider, whose notice is on its way
    return pages.page(told(order), order)
