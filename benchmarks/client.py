"""A cheap HTTP client: one keep-alive connection a sender, HTTP/1.1 written and parsed by hand."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any, cast

LENGTH = b"content-length:"
PATIENCE = 60.0  # seconds for one answer


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, with the loop times (seconds) of the request and of the last byte."""

    status: int
    replies: list[dict[str, Any]]
    asked: float
    answered: float

    @property
    def seconds(self) -> float:
        """Seconds from the request to the last byte."""
        return self.answered - self.asked

    @property
    def text(self) -> str:
        """The text of all replies, one a line."""
        return "\n".join(str(reply.get("text")) for reply in self.replies)


class Sender(asyncio.Protocol):
    """One customer at the REST channel; asks again when the server closes an idle connection."""

    def __init__(self, url: str, name: str, line: str, token: str = "") -> None:
        host, _, port = url.removeprefix("http://").partition(":")
        self.name, self._host, self._port = name, host, int(port)
        self._loop = asyncio.get_running_loop()
        self._body: dict[str, Any] = {"sender": name, "metadata": {"msisdn": line}}
        self._head = (
            f"POST /webhooks/rest/webhook HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {token}\r\nContent-Length: "
        ).encode()
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[tuple[int, bytes]] | None = None
        self._read = bytearray()
        self._asked = 0.0

    async def say(self, message: str, message_id: str | None = None) -> Answer:
        """Send a message and wait for its replies; raises OSError when the connection breaks."""
        if self._transport is None or self._transport.is_closing():
            await self._loop.create_connection(lambda: self, self._host, self._port)
        assert self._transport is not None
        body = self._body | {"message": message}
        if message_id is not None:
            body["metadata"] = body["metadata"] | {"message_id": message_id}
        data = json.dumps(body, ensure_ascii=False).encode()
        self._waiting = self._loop.create_future()
        self._asked = self._loop.time()
        self._transport.write(self._head + str(len(data)).encode() + b"\r\n\r\n" + data)
        status, content = await asyncio.wait_for(self._waiting, PATIENCE)
        replies = json.loads(content)
        return Answer(status, replies if isinstance(replies, list) else [], self._asked, self._loop.time())

    def rename(self, name: str) -> Sender:
        """Go on as another customer, on the same connection."""
        self.name = self._body["sender"] = name
        return self

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.abort()

    # -- asyncio.Protocol --------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._read.clear()

    def data_received(self, data: bytes) -> None:
        self._read += data
        end = self._read.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._read[:end]).lower()
        at = head.find(LENGTH)
        length = int(head[at + len(LENGTH) :].split(b"\r\n", 1)[0])
        if len(self._read) < end + 4 + length:
            return
        content = bytes(self._read[end + 4 : end + 4 + length])
        self._read.clear()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result((int(head[9:12]), content))

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error or ConnectionResetError("closed without an answer"))
