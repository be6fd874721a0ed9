"""Who waits in this process for which notification: sockets for a conversation, the desk for its queues."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from hall.store.notification import Notification


class PubSub:
    """Sets the events of everybody who subscribed to a notification."""

    def __init__(self) -> None:
        self._events: dict[Notification, set[asyncio.Event]] = {}

    def publish(self, notification: Notification) -> None:
        """It came."""
        for event in self._events.get(notification, ()):
            event.set()

    def publish_all(self) -> None:
        """Any may have come."""
        for notification in list(self._events):
            self.publish(notification)

    def subscribe(self, notification: Notification) -> Subscription:
        """`async with pubsub.subscribe(changed(conversation)) as event: await event.wait(); event.clear()`"""
        return Subscription(self, notification)

    @contextmanager
    def _subscribed(self, notification: Notification) -> Iterator[asyncio.Event]:
        event = asyncio.Event()
        self._events.setdefault(notification, set()).add(event)
        try:
            yield event
        finally:
            self._events[notification].discard(event)
            if not self._events[notification]:
                del self._events[notification]


class Subscription:
    """A subscription, as a context manager (also an asynchronous one)."""

    def __init__(self, pubsub: PubSub, notification: Notification) -> None:
        self._manager = pubsub._subscribed(notification)

    def __enter__(self) -> asyncio.Event:
        return self._manager.__enter__()

    def __exit__(self, *error: object) -> None:
        self._manager.__exit__(None, None, None)

    async def __aenter__(self) -> asyncio.Event:
        return self.__enter__()

    async def __aexit__(self, *error: object) -> None:
        self.__exit__()
