"""Sends raw requests over a few connections and reads whatever comes back."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

from tests.proofs.fuzz.grammar import Hostile

PATIENCE = 40.0  # seconds: a wrong key waits five, a turn may take eight


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; status 0 when the connection was closed without a word."""

    status: int
    headers: dict[str, str]
    body: bytes


class Wire:
    """One connection, opened anew whenever the server closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def send(self, request: Hostile) -> Answer:
        """The answer to one request. Raises TimeoutError when there is none."""
        reader, writer = await self._open()
        try:
            writer.write(request.raw)
            await writer.drain()
            return await asyncio.wait_for(self._read(reader, request.head), PATIENCE)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.close()
            return Answer(0, {}, b"")

    def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.transport.abort()
        self._reader = self._writer = None

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._reader is None or self._writer is None or self._reader.at_eof():
            self.close()
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self._reader, self._writer

    async def _read(self, reader: asyncio.StreamReader, head: bool) -> Answer:
        first = (await reader.readuntil(b"\r\n")).decode("latin-1").split(" ", 2)
        headers: dict[str, str] = {}
        while line := (await reader.readuntil(b"\r\n")).decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        status = int(first[1])
        if status in (100, 101):
            self.close()
            return Answer(status, headers, b"")
        body = b"" if head or status in (204, 304) else await self._body(reader, headers)
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(status, headers, body)

    async def _body(self, reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
        if "chunked" in headers.get("transfer-encoding", ""):
            whole = b""
            while size := int((await reader.readuntil(b"\r\n")).strip() or b"0", 16):
                whole += (await reader.readexactly(size + 2))[:-2]
            with contextlib.suppress(asyncio.IncompleteReadError):
                await reader.readuntil(b"\r\n")
            return whole
        return await reader.readexactly(int(headers.get("content-length", "0")))
