"""Being paid: the providers' notices, and the pages on which a customer pays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prometheus_client import Counter
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import json as json_response
from sanic.response import text

from channels.http import Refused, read_body
from channels.pay.checkout import add_cashier
from channels.pay.events import add_events
from channels.pay.page import add_page
from channels.pay.short import add_links
from channels.pay.templates import add_style
from hall.errors import Conflict
from hall.payments.demo import DemoPayments
from hall.payments.port import BadNotice, Notice, Payments
from hall.topup import payment

if TYPE_CHECKING:
    from bot.app import App

LONGEST_NOTICE = 64 * 1024  # bytes
REFUSED = Counter("yingting_notices_refused", "Payment notices that moved nothing", ["provider", "code"])


def blueprint(app: App) -> Blueprint:
    """`POST /pay/{provider}/notify`, the page at `/pay/{provider}/{payment_no}`, and `/p/{code}`, which leads there."""
    bp = Blueprint("pay")
    providers = {p.provider: p for p in app.hall.payments.values()}
    for name, provider in providers.items():
        _add_notices(bp, app, name, provider)

    @bp.post("/pay/<provider:str>/notify", name="notify_unknown")
    async def unknown(_request: Request[Any, Any], provider: str) -> HTTPResponse:
        raise Refused(404, "unknown_provider", f"no provider {provider[:32]}")

    for provider in providers.values():
        if not isinstance(provider, DemoPayments):
            add_cashier(bp, app, provider)
        elif app.hall.demonstration:
            add_page(bp, app, provider)
        if not isinstance(provider, DemoPayments) or app.hall.demonstration:
            add_events(bp, app, provider.provider)
    add_links(bp, app)
    add_style(bp)
    return bp


def _add_notices(bp: Blueprint, app: App, name: str, provider: Payments) -> None:
    @bp.post(f"/pay/{name}/notify", name=f"notify_{name}", stream=True)
    async def notify(request: Request[Any, Any]) -> HTTPResponse:
        body = await read_body(request, LONGEST_NOTICE)
        notice = _verified(provider, name, {k.lower(): v for k, v in request.headers.items()}, body)
        outcome = await _taken(app, notice, name) if notice else "no_payment"
        return (
            json_response({"result": outcome}) if provider.acknowledgement is None else text(provider.acknowledgement)
        )


async def _taken(app: App, notice: Notice, name: str) -> str:
    try:
        outcome = await payment.record(app.hall, notice, actor=f"notice:{name}")
    except Conflict:
        raise Refused(503, "busy", "the order is being changed; send the notice again", retry_after=5) from None
    if outcome in payment.REFUSED:
        REFUSED.labels(name, outcome).inc()
    if outcome == "unknown_order":
        raise Refused(404, outcome, "the payment is for no order of ours; a person will look at it")
    if outcome == "amount_differs":
        raise Refused(400, outcome, "the amount is not the order's; a person will look at it")
    return outcome


def _verified(provider: Payments, name: str, headers: dict[str, str], body: bytes) -> Notice | None:
    try:
        return provider.verify_notice(headers, body)
    except BadNotice as bad:
        REFUSED.labels(name, bad.code).inc()
        raise Refused(400 if bad.code == "malformed" else 401, bad.code, "the notice is not accepted") from bad
