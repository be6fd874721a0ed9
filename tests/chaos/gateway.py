"""A gateway of short messages: posts texts as Kannel does, and keeps what it was asked to send, by report."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlencode, urlsplit

from channels.sms.push import reported_text

KEY = "chaos-key"
Text = tuple[str, str, int]  # conversation, key of the parcel, which text of it


class Gateway:
    """Takes every text that the hall pushes: `pushed` has the moments (monotonic) of each, `words` what it said."""

    def __init__(self) -> None:
        self.pushed: dict[Text, list[float]] = {}
        self.words: dict[Text, str] = {}
        self.refuses = 0  # so many of the next are not taken
        self.port = 0

    @property
    def settings(self) -> dict[str, str]:
        """What a hall must be told of it."""
        return {"SMS_KANNEL_KEY": KEY, "SMS_KANNEL_SENDSMS_URL": f"http://127.0.0.1:{self.port}/cgi-bin/sendsms?user=h"}

    async def deliver(self, port: int, line: str, message_id: str, text: str, *, hang_up: bool = False) -> str | None:
        """One request; the answer's words, None when it was none or the gateway did not wait for it."""
        query = {"key": KEY, "id": message_id, "from": line, "to": "10000", "ts": "1795500000", "coding": "2"}
        body = text.encode()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"POST /sms/kannel?{urlencode(query)} HTTP/1.1\r\nHost: hall\r\nConnection: close\r\n"
        head += f"Content-Type: text/plain; charset=UTF-8\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        try:
            await writer.drain()
            if hang_up:
                return None
            status, _, words = (await reader.read()).partition(b"\r\n\r\n")
            return words.decode() if status.startswith(b"HTTP/1.1 200") else None
        finally:
            writer.transport.abort()

    async def ask(self, port: int, line: str, message_id: str, text: str) -> str:
        """Send a text, again until it is taken; what the handset shows, in the answer or pushed."""
        answer = None
        while answer is None:
            try:
                answer = await self.deliver(port, line, message_id, text)
            except OSError:
                await asyncio.sleep(0.03)
        return answer or await self._push(f"sms:kannel:{line}", f"reply:{message_id}")

    async def _push(self, conversation: str, key: str) -> str:
        while True:
            if words := [self.words[text] for text in sorted(self.words) if text[:2] == (conversation, key)]:
                return "".join(words)
            await asyncio.sleep(0.02)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """sendsms, one request after the other."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                status = self._take(head.split(b" ", 2)[1].decode())
                writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            writer.close()

    def _take(self, target: str) -> str:
        if self.refuses:
            self.refuses -= 1
            return "503 Overloaded"
        query = parse_qs(urlsplit(target).query)
        report = parse_qs(urlsplit(query["dlr-url"][0]).query)["id"][0]
        text = reported_text(report)
        self.pushed.setdefault(text, []).append(time.monotonic())
        self.words[text] = query["text"][0]
        return "202 Accepted"


@asynccontextmanager
async def gateway() -> AsyncIterator[Gateway]:
    """A gateway while the block runs."""
    found = Gateway()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()
