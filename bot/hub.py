"""Who waits for news of what, in this process: sockets for a conversation, the desk for its queue."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Hub:
    """Rings the bells of everybody who watches a name."""

    def __init__(self) -> None:
        self._bells: dict[str, set[asyncio.Event]] = {}

    def ring(self, name: str) -> None:
        """There is something new about `name`."""
        for bell in self._bells.get(name, ()):
            bell.set()

    def ring_all(self) -> None:
        """There may be something new about everything."""
        for name in list(self._bells):
            self.ring(name)

    @contextmanager
    def _watched(self, name: str) -> Iterator[asyncio.Event]:
        bell = asyncio.Event()
        self._bells.setdefault(name, set()).add(bell)
        try:
            yield bell
        finally:
            self._bells[name].discard(bell)
            if not self._bells[name]:
                del self._bells[name]

    def watch(self, name: str) -> Watch:
        """`async with hub.watch(name) as bell: await bell.wait(); bell.clear()`"""
        return Watch(self, name)


class Watch:
    """A watched name, as a context manager (also an asynchronous one)."""

    def __init__(self, hub: Hub, name: str) -> None:
        self._manager = hub._watched(name)

    def __enter__(self) -> asyncio.Event:
        return self._manager.__enter__()

    def __exit__(self, *error: object) -> None:
        self._manager.__exit__(None, None, None)

    async def __aenter__(self) -> asyncio.Event:
        return self.__enter__()

    async def __aexit__(self, *error: object) -> None:
        self.__exit__()
