"""Short addresses of payment pages, as they are told to customers: each leads to the page's own address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import html, redirect

from channels.pay.templates import PAGE_HEADERS, Pages
from hall.payments.links import pay_url, payment_of
from hall.topup import orders

if TYPE_CHECKING:
    from bot.app import App

STATUS = {"GET": 302, "POST": 307}  # what the browser does at the page is what it did here


def add_links(bp: Blueprint, app: App) -> None:
    """`/p/{code}`: to the page of its payment, a form too; without such a payment, that the link is not valid."""
    hall, pages = app.hall, Pages(app.hall.brand, demo=False)

    @bp.route("/p/<code:str>", methods=["GET", "POST"], name="short")
    async def follow(request: Request[Any, Any], code: str) -> HTTPResponse:
        payment_no = await payment_of(hall.store, code)
        order = await orders.find(hall.store, payment_no) if payment_no else None
        if order is None or order.way not in hall.payments:
            return html(pages.page("gone"), status=404, headers=PAGE_HEADERS)
        return redirect(pay_url(hall, order.way, order.order_no), status=STATUS[request.method], headers=PAGE_HEADERS)
