"""An Engine.IO connection (protocol 4): packets in order to one client, whichever transport carries them.

A packet is a digit and its text. The server asks by `2` whether the client is there, and its `3` also says that all
that was sent before has come: so we know what a widget, whose protocol has no receipts, has got.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

OPEN, CLOSE, PING, PONG, MESSAGE, UPGRADE, NOOP = "0123456"
PROBE, PROBED = "2probe", "3probe"
SEPARATOR = "\x1e"  # between the packets of a body
PING_EVERY, PING_WITHIN = 25.0, 20.0  # seconds
MOST_BYTES = 64 * 1024  # of a body or a frame
MOST_WAITING = 500  # packets for a client that does not fetch them

Heard = Callable[[], Awaitable[None]]


class Client(Protocol):
    """What is at the other end of a link: messages go in, and it is told when the link ends."""

    async def take(self, text: str) -> None:
        """A message of the client, without Engine.IO's digit."""

    def gone(self) -> None:
        """The link is over."""


class Link:
    """One connection. `sid` is its name, unguessable, and opens no conversation."""

    def __init__(self, sid: str) -> None:
        self.sid = sid
        self.client: Client | None = None
        self.closed = self.on_socket = False
        self._upgrading = False
        self._out: deque[str] = deque()
        self._asked: deque[Heard | None] = deque()
        self._wake = asyncio.Event()
        self._fetching = False
        self._heard_at = asyncio.get_running_loop().time()

    def hello(self, *, may_upgrade: bool) -> str:
        """The first packet to the client."""
        told = {
            "sid": self.sid,
            "upgrades": ["websocket"] if may_upgrade else [],
            "pingInterval": int(PING_EVERY * 1000),
            "pingTimeout": int(PING_WITHIN * 1000),
            "maxPayload": MOST_BYTES,
        }
        return OPEN + json.dumps(told)

    def send(self, text: str) -> None:
        """A message to the client."""
        self._put(MESSAGE + text)

    def ask(self, heard: Heard | None = None) -> None:
        """Ask the client for a sign; `heard` is called when it comes: then all that was sent before has come, too."""
        self._asked.append(heard)
        self._put(PING)

    def _put(self, packet: str) -> None:
        if self.closed or len(self._out) >= MOST_WAITING:
            self.close()
            return
        self._out.append(packet)
        self._wake.set()

    async def packets(self) -> list[str]:
        """What is to be sent now, as soon as there is something; [] when the link is over."""
        while not self._out and not self.closed:
            self._wake.clear()
            await self._wake.wait()
        found = [] if self.closed else list(self._out)
        self._out.clear()
        return found

    async def poll(self, within: float) -> str | None:
        """The body of a GET; None when two fetch at once, which no client does, or the link is over."""
        if self._fetching or self.on_socket:
            self.close()
        if self.closed:
            return None
        self._fetching = True
        try:
            if self._upgrading and not self._out:
                return NOOP
            with suppress(TimeoutError):
                found = await asyncio.wait_for(self.packets(), within)
                return SEPARATOR.join(found) if found else None
            return NOOP
        finally:
            self._fetching = False

    @contextmanager
    def upgrading(self) -> Iterator[None]:
        """While a client changes to the WebSocket it has its open GET back, and none waits."""
        self._upgrading = True
        if self._fetching and not self._out:
            self._put(NOOP)
        try:
            yield
        finally:
            self._upgrading = False

    async def receive(self, packet: str) -> None:
        """Take one packet of the client."""
        self._heard_at = asyncio.get_running_loop().time()
        kind, text = packet[:1], packet[1:]
        if kind == MESSAGE and self.client is not None:
            await self.client.take(text)
        elif kind == PONG and self._asked:
            if (heard := self._asked.popleft()) is not None:
                await heard()
        elif kind == CLOSE:
            self.close()

    async def keep(self) -> None:
        """Ask for a sign now and then; end the link when none comes."""
        while not self.closed:
            await asyncio.sleep(PING_EVERY)
            if asyncio.get_running_loop().time() - self._heard_at > PING_EVERY + PING_WITHIN:
                self.close()
            elif not self.closed:
                self.ask()

    def close(self) -> None:
        """End it; its client is told once."""
        if self.closed:
            return
        self.closed = True
        self._wake.set()
        if self.client is not None:
            self.client.gone()
