"""A page is told how the orders of its conversation stand, and whenever one has moved."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from bot.conversations.pubsub import PubSub
from channels.web import order_states
from hall.store.notification import order_moved

WHERE = "web:widget:one"


async def test_each_change_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pubsub, stands, sent = PubSub(), {"T1": "await_pay"}, asyncio.Queue[dict[str, Any]]()

    async def told_of(_store: object, conversation: str) -> dict[str, str]:
        assert conversation == WHERE
        return dict(stands)

    monkeypatch.setattr(order_states.orders, "told_of", told_of)
    app: Any = SimpleNamespace(conversations=SimpleNamespace(pubsub=pubsub), hall=SimpleNamespace(store=None))
    task = asyncio.create_task(order_states.push(app, WHERE, sent.put))
    try:
        assert await sent.get() == {"type": "order", "order_no": "T1", "state": "await_pay"}
        for state in ("processing", "succeeded"):
            stands["T1"] = state
            pubsub.publish(order_moved("web:widget:another"))
            pubsub.publish(order_moved(WHERE))
            assert (await sent.get())["state"] == state
        pubsub.publish(order_moved(WHERE))
        stands["T2"] = "await_pay"
        pubsub.publish(order_moved(WHERE))
        assert (await sent.get())["order_no"] == "T2"
        assert sent.empty()
    finally:
        task.cancel()
