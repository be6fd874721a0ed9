"""Tells a page how the orders of its conversation stand, so that a payment's card changes by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from channels.web import frames
from hall.errors import StoreUnavailable
from hall.store.notification import order_moved
from hall.topup import orders, states

if TYPE_CHECKING:
    from bot.app import App

LOOK_AGAIN = 15.0  # seconds, while an order is open: should its notification be lost
OPEN = frozenset(states.TOLD[state] for state in states.TOLD if state not in states.RESTING)


async def push(app: App, conversation: str, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    """Send an `order` frame for each of the newest orders, now and whenever one has moved."""
    told: dict[str, str] = {}
    async with app.conversations.pubsub.subscribe(order_moved(conversation)) as event:
        while True:
            event.clear()
            try:
                found = await orders.told_of(app.hall.store, conversation)
            except StoreUnavailable:
                await asyncio.sleep(1.0)
                continue
            for order_no, state in found.items():
                if told.get(order_no) != state:
                    await send(frames.order(order_no, state))
            told = found
            try:
                await asyncio.wait_for(event.wait(), LOOK_AGAIN if OPEN & set(found.values()) else None)
            except TimeoutError:
                continue
