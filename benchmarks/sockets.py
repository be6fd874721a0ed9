"""Two thousand web chats on one process: each says three things at once, and hears the answers in their order."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from benchmarks.servers import Server, start_ours

CHATS = 2000
OPENING = 64  # that say hello at the same time
SAID = {"你好": "您好", "查余额": "手机号", "谢谢": "不客气"}  # what needs no line, and what the answer has in it
PATIENCE = 120.0  # seconds for all answers


@dataclass
class Result:
    """Figures of the chats."""

    chats: int = 0
    answered: int = 0
    lost: int = 0
    disordered: int = 0
    bytes_each: float = 0.0  # memory of the process for an open chat that nobody has written in yet
    after_each: float = 0.0  # … and once each has had its three answers
    open_seconds: float = 0.0
    burst_seconds: float = 0.0  # from the first message to the last answer
    waited: list[float] = field(default_factory=list)  # seconds from a chat's first message to its last answer
    cpu_idle: float = 0.0  # cores at work while all are open and silent

    @property
    def flawless(self) -> bool:
        """Whether every message was answered, in order."""
        return not (self.lost or self.disordered)


async def measure(folder: Path, chats: int = CHATS) -> Result:
    """Open the chats, let them be silent, let all of them speak at once. Each comes from an address of its own."""
    server = await start_ours(folder, TRUSTED_PROXIES="1")
    try:
        return await _measure(server, chats)
    finally:
        server.stop()


async def _measure(server: Server, chats: int) -> Result:
    result, before, began = Result(chats=chats), server.resident(), time.monotonic()
    gate = asyncio.Semaphore(OPENING)
    sockets = await asyncio.gather(*(_open(server, number, gate) for number in range(chats)))
    result.open_seconds = time.monotonic() - began
    await asyncio.sleep(2)
    result.bytes_each = (server.resident() - before) / chats
    cpu = server.cpu()
    await asyncio.sleep(5)
    result.cpu_idle = (server.cpu() - cpu) / 5
    began = time.monotonic()
    for heard, seconds in await asyncio.gather(*(_talk(socket) for socket in sockets)):
        result.answered += len(heard)
        result.lost += len(SAID) - len(heard)
        result.disordered += not in_order(heard)
        result.waited.append(seconds)
    result.burst_seconds = time.monotonic() - began
    result.after_each = (server.resident() - before) / chats
    await asyncio.gather(*(socket.close() for socket in sockets))
    return result


async def _open(server: Server, number: int, gate: asyncio.Semaphore) -> ClientConnection:
    address = str(ipaddress.ip_address("10.0.0.1") + number)
    async with gate:
        url = server.url.replace("http", "ws", 1) + "/ws"
        socket = await connect(url, additional_headers={"X-Forwarded-For": address}, compression=None, open_timeout=60)
        await socket.send(json.dumps({"type": "hello", "v": 1, "token": None, "last": 0}))
        await _until(socket, "welcome")
        return socket


async def _talk(socket: ClientConnection) -> tuple[list[str], float]:
    """Say all of it at once; what was answered, and the seconds until the last answer or the end of patience."""
    began, heard = time.monotonic(), list[str]()
    for number, text in enumerate(SAID):
        await socket.send(json.dumps({"type": "msg", "cid": f"c{number}", "text": text}))
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while len(heard) < len(SAID):
                frame = await _until(socket, "msg")
                if frame["author"] == "bot":
                    heard.append(str(frame["text"]))
    return heard, time.monotonic() - began


def in_order(heard: list[str]) -> bool:
    """Whether the answers are those to what was said, in the order in which it was said."""
    return len(heard) == len(SAID) and all(word in text for word, text in zip(SAID.values(), heard, strict=True))


async def _until(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """The next frame of a kind."""
    while True:
        frame: dict[str, Any] = json.loads(await socket.recv())
        if frame["type"] == kind:
            return frame
