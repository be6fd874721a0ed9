"""The payment page of a real provider: a link into it on the phone, elsewhere a code to scan.

The payment is made known to the provider when the page or the code is first looked at, so that no
turn of the dialogue waits for a provider. The page moves no order.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import segno
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import html, raw

from channels.address import client_address
from channels.http import Refused
from channels.pay.templates import PAGE_HEADERS, Pages, code, order_of, told
from hall.change import Change
from hall.errors import OutcomeUnknown, Unavailable
from hall.payments.links import pay_url
from hall.payments.port import Charge, PaymentLink, PaymentRefused, Payments
from hall.topup import orders, payment, states
from hall.topup.job import Job
from hall.topup.orders import Order

if TYPE_CHECKING:
    from bot.app import App
    from hall.context import Hall

PHONE = re.compile(r"Mobile|Android|iPhone|HarmonyOS")
LOOKED, MOST_MADE = 60.0, 2000  # seconds; payments
INSIDE_WECHAT = "MicroMessenger"  # where WeChat does not open links into itself


class Made:
    """Payments that a provider was asked for lately: looking again asks nobody."""

    def __init__(self, provider: Payments) -> None:
        self._provider = provider
        self._made: OrderedDict[Charge, tuple[float, PaymentLink]] = OrderedDict()

    async def create(self, charge: Charge) -> PaymentLink:
        """As the provider's, which it asks at most once in `LOOKED` seconds for the same."""
        now = time.monotonic()
        if (found := self._made.get(charge)) and now - found[0] < LOOKED:
            return found[1]
        link = await self._provider.create(charge)
        self._made.pop(charge, None)
        self._made[charge] = now, link
        while len(self._made) > MOST_MADE:
            self._made.popitem(last=False)
        return link


def add_cashier(bp: Blueprint, app: App, provider: Payments) -> None:
    """The page and the code of one provider."""
    hall, name, pages = app.hall, provider.provider, Pages(app.hall.brand, demo=False)
    made = Made(provider)

    @bp.get(f"/pay/{name}/<payment_no:str>", name=f"page_{name}")
    async def show(request: Request[Any, Any], payment_no: str) -> HTTPResponse:
        order = await order_of(hall, request, payment_no)
        if order is None or order.way != name:
            return html(pages.page("gone"), status=404, headers=PAGE_HEADERS)
        if order.state != states.AWAIT_PAY:
            return html(pages.page(told(order), order), headers=PAGE_HEADERS)
        await _ask_later(hall, order)
        return await _open(pages, made, order, _charge(hall, order), _payer_ip(request))

    @bp.get(f"/pay/{name}/<payment_no:str>/qr.svg", name=f"qr_{name}")
    async def qr(request: Request[Any, Any], payment_no: str) -> HTTPResponse:
        order = await order_of(hall, request, payment_no)
        if order is None or order.way != name or order.state != states.AWAIT_PAY:
            raise Refused(404, "no_payment", "no payment waits here")
        await _ask_later(hall, order)
        try:
            held = await _code(made, _charge(hall, order), request)
        except (Unavailable, OutcomeUnknown, PaymentRefused):
            held = None  # the page behind says what is the matter
        picture = code(held or pay_url(hall, order.way, payment_no))
        return raw(picture, content_type="image/svg+xml", headers=PAGE_HEADERS)


async def _ask_later(hall: Hall, order: Order) -> None:
    """Notices stop after a few tries: ask the provider, too, once for each of the policy's times."""
    change = Change.begin(hall, hall.store.unit(), "customer")
    for step, seconds in enumerate(hall.policy.topup.payment_query_seconds, start=1):
        at = change.now + timedelta(seconds=seconds)
        orders.enqueue_job(change, order, Job("topup.query_payment", step, at=at))
    await change.unit.commit()


def _charge(hall: Hall, order: Order) -> Charge:
    return replace(payment.charge(order), subject=hall.policy.topup.subjects[order.product])


async def _code(provider: Made, charge: Charge, request: Request[Any, Any]) -> str | None:
    """What another phone scans. On a phone itself nothing is made yet: there the page has a link."""
    if PHONE.search(_agent(request)):
        return None
    return (await provider.create(charge)).qr


async def _open(pages: Pages, provider: Made, order: Order, charge: Charge, payer_ip: str | None) -> HTTPResponse:
    try:
        link = await _created(provider, charge, payer_ip)
    except PaymentRefused:
        return html(pages.page("refused", order), status=409, headers=PAGE_HEADERS)
    except (Unavailable, OutcomeUnknown):  # the same number again makes the same payment
        return html(pages.page("down", order), status=503, headers=PAGE_HEADERS)
    if link.url is not None:
        body = pages.page("await_pay", order, link=link.url)
    else:
        body = pages.page("await_pay", order, qr=segno.make(str(link.qr), error="m").svg_inline(scale=6))
    return html(body, headers=PAGE_HEADERS)


async def _created(provider: Made, charge: Charge, payer_ip: str | None) -> PaymentLink:
    """One kind of payment for one number: when its code was made before, a link is refused, and the code shown."""
    if payer_ip is None:
        return await provider.create(charge)
    try:
        return await provider.create(replace(charge, payer_ip=payer_ip))
    except PaymentRefused:
        return await provider.create(charge)


def _payer_ip(request: Request[Any, Any]) -> str | None:
    agent = _agent(request)
    if not PHONE.search(agent) or INSIDE_WECHAT in agent:
        return None
    return client_address(request)


def _agent(request: Request[Any, Any]) -> str:
    return request.headers.get("user-agent") or ""
