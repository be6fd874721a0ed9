"""Tells an open payment page how its order stands, by server-sent events: the page then shows itself anew."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from sanic import Blueprint, Request

from channels.http import Refused
from channels.pay.templates import PAGE_HEADERS, order_of, told
from hall.errors import StoreUnavailable
from hall.store.notification import order_moved
from hall.topup import orders, states
from hall.topup.orders import Order

if TYPE_CHECKING:
    from bot.app import App

LOOK_AGAIN = 10.0  # seconds: finds a lost notification, and a page that went
LOOKS = 60  # of one connection; the browser then opens another one
HEADERS = PAGE_HEADERS | {"X-Accel-Buffering": "no"}  # a proxy must pass each event on at once


def add_events(bp: Blueprint, app: App, name: str) -> None:
    """`…/events` beside the page of a provider."""

    @bp.get(f"/pay/{name}/<payment_no:str>/events", name=f"events_{name}")
    async def events(request: Request[Any, Any], payment_no: str) -> None:
        order = await order_of(app.hall, request, payment_no)
        if order is None:
            raise Refused(404, "no_payment", "no such payment")
        response = await request.respond(content_type="text/event-stream", headers=HEADERS)
        async with app.conversations.pubsub.subscribe(order_moved(order.conversation)) as moved:
            for _ in range(LOOKS):
                moved.clear()
                order = await _now(app, order)
                await response.send(f"data: {told(order)}\n\n")
                if order.state in states.RESTING:
                    break
                try:
                    await asyncio.wait_for(moved.wait(), LOOK_AGAIN)
                except TimeoutError:
                    continue
        await response.eof()


async def _now(app: App, before: Order) -> Order:
    """The order as it stands; as it stood while the database cannot be read."""
    try:
        return await orders.get(app.hall.store, before.conversation, before.order_no) or before
    except StoreUnavailable:
        return before
