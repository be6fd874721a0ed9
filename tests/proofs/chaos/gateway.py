"""A gateway of short messages: posts texts as Kannel does, keeps what it was asked to send, and reports that it did."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import SplitResult, parse_qs, urlencode, urlsplit

from channels.sms.push import reported_text

KEY = "chaos-key"
ACCEPTED = "8"  # what Kannel reports when the network has taken a text
REPORTS_AFTER = 0.2  # seconds
Text = tuple[str, str, int]  # conversation, key of the message, which text of it


class Gateway:
    """Takes every text that the hall pushes: `pushed` has the moments (monotonic) of each, `words` what it said."""

    def __init__(self) -> None:
        self.pushed: dict[Text, list[float]] = {}
        self.words: dict[Text, str] = {}
        self.refuses = 0  # so many of the next are not taken
        self.silent = 0  # so many of the next are taken without a word: the connection is closed
        self.rambles = 0  # so many of the next are taken, and the answer is garbage
        self.port = 0
        self._reports: set[asyncio.Task[None]] = set()

    @property
    def settings(self) -> dict[str, str]:
        """What a hall must be told of it."""
        return {"SMS_KANNEL_KEY": KEY, "SMS_KANNEL_SENDSMS_URL": f"http://127.0.0.1:{self.port}/cgi-bin/sendsms?user=h"}

    async def deliver(self, port: int, line: str, message_id: str, text: str, *, hang_up: bool = False) -> str | None:
        """One request; the answer's words, None when it was none or the gateway did not wait for it."""
        status, words = await self.post(port, line, message_id, text, hang_up=hang_up)
        return words if status == 200 else None

    async def post(self, port: int, line: str, message_id: str, text: str, *, hang_up: bool = False) -> tuple[int, str]:
        """One request; its answer's status, 0 when it was none or the gateway did not wait for it, and words."""
        query = {"key": KEY, "id": message_id, "from": line, "to": "10000", "ts": "1795500000", "coding": "2"}
        body = text.encode()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        asks = f"POST /sms/kannel?{urlencode(query)} HTTP/1.1\r\nHost: hall\r\nConnection: close\r\n"
        asks += f"Content-Type: text/plain; charset=UTF-8\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(asks.encode() + body)
        try:
            await writer.drain()
            if hang_up:
                return 0, ""
            head, _, words = (await reader.read()).partition(b"\r\n\r\n")
            return int(head.split()[1]) if head else 0, words.decode()
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
                answer = self._take(head.split(b" ", 2)[1].decode())
                writer.write(answer)
                await writer.drain()
                if not answer.startswith(b"HTTP"):
                    break
        except (asyncio.IncompleteReadError, OSError):
            pass  # the hall hung up, or died
        writer.close()

    def close(self) -> None:
        """Report nothing more."""
        for task in self._reports:
            task.cancel()

    def _take(self, target: str) -> bytes:
        if self.refuses:
            self.refuses -= 1
            return b"HTTP/1.1 503 Overloaded\r\nContent-Length: 0\r\n\r\n"
        query = parse_qs(urlsplit(target).query)
        asked = query["dlr-url"][0]
        text = reported_text(parse_qs(urlsplit(asked).query)["id"][0])
        self.pushed.setdefault(text, []).append(time.monotonic())
        self.words[text] = query["text"][0]
        report = asyncio.create_task(self._report(urlsplit(asked.replace("%d", ACCEPTED))))
        self._reports.add(report)
        report.add_done_callback(self._reports.discard)
        if self.silent:
            self.silent -= 1
            return b""
        if self.rambles:
            self.rambles -= 1
            return b"<html>502 Bad Gateway"
        return b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"

    async def _report(self, to: SplitResult) -> None:
        """Tell the hall that the network has it, again until it listens, as deploy/kannel.conf says."""
        asks = f"GET {to.path}?{to.query} HTTP/1.1\r\nHost: hall\r\nConnection: close\r\n\r\n"
        status = b""
        while status != b"200":
            await asyncio.sleep(REPORTS_AFTER)
            try:
                reader, writer = await asyncio.open_connection(to.hostname, to.port)
                writer.write(asks.encode())
                _, status, *_ = (await reader.readline() + b"- -").split()
                writer.close()
            except OSError:
                continue


@asynccontextmanager
async def gateway() -> AsyncIterator[Gateway]:
    """A gateway while the block runs."""
    found = Gateway()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        found.close()
        server.close()
