"""The supplier's callback on a delivery (docs/contracts/supplier-callback.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prometheus_client import Counter
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import text

from channels.http import Refused, read_body
from hall.bss.supplier.port import BadCallback, CallsBack, DeliveryState
from hall.errors import Conflict
from hall.topup import delivery

if TYPE_CHECKING:
    from bot.app import App

LONGEST_CALLBACK = 16 * 1024  # bytes
REFUSED = Counter("yingting_callbacks_refused", "Callbacks of the supplier that moved nothing, by reason", ["code"])


def blueprint(app: App) -> Blueprint:
    """`POST /supplier/zhichong/notify`, where the supplier calls back."""
    bp = Blueprint("supplier")
    supplier = app.hall.supplier
    if not isinstance(supplier, CallsBack):
        return bp
    told = supplier

    @bp.post("/supplier/zhichong/notify", name="callback", stream=True)
    async def callback(request: Request[Any, Any]) -> HTTPResponse:
        order_no, reported = _verified(told, await read_body(request, LONGEST_CALLBACK))
        try:
            known = await delivery.record_callback(app.hall, order_no, reported, actor="callback:zhichong")
        except Conflict:
            raise Refused(503, "busy", "the order is being changed; call back again", retry_after=5) from None
        if not known:
            REFUSED.labels("unknown_order").inc()
            raise Refused(404, "unknown_order", "there is no such order")
        return text(told.acknowledgement)

    return bp


def _verified(supplier: CallsBack, body: bytes) -> tuple[str, DeliveryState]:
    try:
        return supplier.read_callback(body)
    except BadCallback as bad:
        REFUSED.labels(bad.code).inc()
        raise Refused(400 if bad.code == "malformed" else 401, bad.code, "the callback is not accepted") from bad
