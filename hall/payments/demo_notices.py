"""Notices of the demonstration's provider: signed HTTP requests to the hall's public address, with retries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import httpx

from hall.payments.demo import DemoPayments
from hall.store.dispatcher import Dispatcher, Done, Failed, Result, Retry
from hall.store.outbox import NewMessage, OutboxMessage, enqueue

if TYPE_CHECKING:
    from hall.context import Hall
    from hall.store.unit import Unit

KIND = "demo.notify"
TIME_LIMIT = 5.0  # seconds


def send(unit: Unit, content: Mapping[str, Any], *, now: datetime, at: datetime, copies: int = 1) -> None:
    """Stage that the notice is sent, `copies` times, not before `at`."""
    for copy in range(copies):
        enqueue(
            unit, now, NewMessage(key=f"{KIND}:{content['notice_id']}:{copy}", kind=KIND, body=dict(content), at=at)
        )


def register(dispatcher: Dispatcher, hall: Hall, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
    """Register the handler that sends notices; `transport` replaces the network in tests."""
    provider = next((p for p in hall.payments.values() if isinstance(p, DemoPayments)), None)
    if provider is None:
        return
    demo = provider

    async def deliver(message: OutboxMessage) -> Result:
        headers, body = demo.sign(message.body)
        try:
            async with httpx.AsyncClient(timeout=TIME_LIMIT, transport=transport) as client:
                answer = await client.post(f"{hall.public_url}/pay/demo/notify", content=body, headers=headers)
        except httpx.HTTPError as error:
            return Retry(type(error).__name__)
        if answer.status_code == 200:
            return Done()
        why = f"the hall answered {answer.status_code}"
        return Failed(why) if 400 <= answer.status_code < 500 else Retry(why)

    dispatcher.handle(KIND, deliver)
