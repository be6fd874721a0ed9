"""Who waits for news of what, in this process: sockets for a conversation, the desk for its queue."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class PubSub:
    """Rings the bells of everybody who watches a name."""

    def __init__(self) -> None:
        self._events: dict[str, set[asyncio.Event]] = {}

    def publish(self, name: str) -> None:
        """There is something new about `name`."""
        for event in self._events.get(name, ()):
            event.set()

    def publish_all(self) -> None:
        """There may be something new about everything."""
        for name in list(self._events):
            self.publish(name)

    @contextmanager
    def _watched(self, name: str) -> Iterator[asyncio.Event]:
        event = asyncio.Event()
        self._events.setdefault(name, set()).add(event)
        try:
            yield event
        finally:
            self._events[name].discard(event)
            if not self._events[name]:
                del self._events[name]

    def subscribe(self, name: str) -> Subscription:
        """`async with hub.subscribe(name) as event: await event.wait(); event.clear()`"""
        return Subscription(self, name)


class Subscription:
    """A watched name, as a context manager (also an asynchronous one)."""

    def __init__(self, pubsub: PubSub, name: str) -> None:
        self._manager = pubsub._watched(name)

    def __enter__(self) -> asyncio.Event:
        return self._manager.__enter__()

    def __exit__(self, *error: object) -> None:
        self._manager.__exit__(None, None, None)

    async def __aenter__(self) -> asyncio.Event:
        return self.__enter__()

    async def __aexit__(self, *error: object) -> None:
        self.__exit__()
