"""A thousand handsets behind a real Kannel with its fake SMSC: the rate, and whether texts are lost or doubled."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import cast
from urllib.parse import quote_from_bytes, unquote_to_bytes

from benchmarks.measure import Load, crowd
from benchmarks.processes import cpu_seconds
from benchmarks.servers import free_port, start_ours
from testing.kannel import EXAMPLE, KEY, listens, running, wait_for

HANDSETS = 1000
# Handsets in flight while the rate is measured. Kannel's boxes wait for each other's TCP acknowledgements (0.09 s a
# text), so a few handsets do not keep the hall busy.
IN_FLIGHT = 256
BURST = ("查话费", "充流量", "谢谢")  # sent by each handset at once, without waiting for answers
QUIET = 3.0  # seconds without a text after which no duplicate is expected any more
PATIENCE = 60.0  # seconds until a text counts as lost
BALANCE = "您的话费余额88.50元，本月已消费61.25元。回“账单”看上月明细。"
MODEL = "13800138000"  # each handset's line gets a copy of this line's records
COPIED = ("bss_subscribers", "bss_bills", "bss_bill_items")


@dataclass
class Result:
    """Figures of the run through the gateway."""

    sent: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    disordered: int = 0  # conversations answered in another order than that of arrival
    rate: float = 0.0  # answered texts a second
    cpu: dict[str, float] = field(default_factory=dict)  # seconds a text, by process
    rest: Load = field(default_factory=Load)  # the balance crowd over REST, same hall, before Kannel started
    burst_seconds: float = 0.0  # seconds until the whole burst was answered

    @property
    def flawless(self) -> bool:
        """Whether nothing was lost, doubled, wrong or out of order."""
        return not (self.lost or self.doubled or self.wrong or self.disordered)


def number(handset: int) -> str:
    """The line of a handset."""
    return f"139{handset:08d}"


class Air(asyncio.Protocol):
    """All handsets, speaking the fake SMSC's line protocol. `got`: texts received, by number."""

    def __init__(self) -> None:
        self.got: dict[str, list[str]] = {}
        self.last = time.monotonic()
        self._waiting: dict[str, asyncio.Future[str]] = {}
        self._buffer = b""

    async def ask(self, line: str, text: str) -> str:
        """Send a text and wait for the next one that comes back; raises TimeoutError."""
        waiting = self._waiting[line] = asyncio.get_running_loop().create_future()
        self.write(line, text)
        try:
            return await asyncio.wait_for(waiting, PATIENCE)
        finally:
            del self._waiting[line]

    def write(self, line: str, text: str) -> None:
        """Send a text."""
        raw = quote_from_bytes(text.encode("utf-16-be"), safe="")
        self._transport.write(f"{line} 10000 ucs2 {raw}\n".encode())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        self.last = time.monotonic()
        for line in lines:
            fields = line.split(b" ")
            if fields[2] == b"udh":  # a later part of a long text
                header = unquote_to_bytes(fields[3].replace(b"+", b" "))
                if header[5] != 1:
                    continue
            text = unquote_to_bytes(fields[-1].replace(b"+", b" ")).decode("utf-16-be")
            self.got.setdefault(fields[1].decode(), []).append(text)
            waiting = self._waiting.get(fields[1].decode())
            if waiting is not None and not waiting.done():
                waiting.set_result(text)


async def measure(folder: Path, seconds: float) -> Result:
    """Start the hall, Kannel and the handsets; measure the rate for so many seconds, then the burst."""
    port, sendsms = 0, free_port()
    address = f"http://127.0.0.1:{sendsms}/cgi-bin/sendsms?username=hall&password=hall-password"
    server = await start_ours(folder / "data", SMS_KANNEL_KEY=KEY, SMS_KANNEL_SENDSMS_URL=address)
    port = int(server.url.rpartition(":")[2])
    database = folder / "data" / "yingting.sqlite"
    _give_records(database)
    result = Result()
    try:
        await crowd([server], "balance", result.rest, seconds)
        with _kannel(folder, port, sendsms) as (smsc, boxes):
            async with _air(smsc) as air:
                await _rate({"the hall": server.processes[0].pid, **boxes}, air, result, seconds)
                await _burst(air, result, database)
    finally:
        server.stop()
    return result


async def _rate(programs: dict[str, int], air: Air, result: Result, seconds: float) -> None:
    """Measure with `programs`, by name their process, at work, and this one with the handsets."""
    used = {name: cpu_seconds(pid) for name, pid in programs.items()}
    loop, own = asyncio.get_running_loop(), time.process_time()
    began, asked = loop.time(), Counter[str]()

    async def customer(first: int) -> None:
        handsets = cycle(range(first, HANDSETS, IN_FLIGHT))  # each writes again once answered
        while loop.time() < began + seconds:
            line = number(next(handsets))
            asked[line] += 1
            with contextlib.suppress(asyncio.TimeoutError):  # counted as lost below
                result.wrong += await air.ask(line, "查话费") != BALANCE

    await asyncio.gather(*(customer(first) for first in range(IN_FLIGHT)))
    took, turns = loop.time() - began, sum(asked.values())
    result.rate = turns / took
    result.cpu = {name: (cpu_seconds(pid) - used[name]) / turns for name, pid in programs.items()}
    result.cpu["the handsets"] = (time.process_time() - own) / turns
    await _quiet(air)
    _count(air, result, asked)


async def _burst(air: Air, result: Result, database: Path) -> None:
    air.got.clear()
    asked = Counter({number(handset): len(BURST) for handset in range(HANDSETS)})
    began = air.last = time.monotonic()
    for text in BURST:
        for line in asked:
            air.write(line, text)
    until = began + PATIENCE
    while sum(map(len, air.got.values())) < asked.total() and time.monotonic() < until:
        await asyncio.sleep(0.05)
    result.burst_seconds = air.last - began
    await _quiet(air)
    _count(air, result, asked)
    result.disordered = disordered(database)


async def _quiet(air: Air) -> None:
    while (left := air.last + QUIET - time.monotonic()) > 0:
        await asyncio.sleep(left)


def _count(air: Air, result: Result, asked: Counter[str]) -> None:
    got = Counter({line: len(texts) for line, texts in air.got.items()})
    result.sent += asked.total()
    result.lost += (asked - got).total()
    result.doubled += (got - asked).total()


def disordered(database: Path) -> int:
    """Number of conversations not answered in the order of arrival."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        arrived = _grouped(
            connection, "SELECT conversation, message_id FROM inbox WHERE kind <> 'event' ORDER BY arrival"
        )
        heard = _grouped(
            connection, "SELECT conversation, client_id FROM messages WHERE author = 'customer' ORDER BY seq"
        )
    return sum(arrived[conversation] != heard.get(conversation) for conversation in arrived)


def _grouped(connection: sqlite3.Connection, query: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for conversation, message in connection.execute(query):
        found.setdefault(conversation, []).append(message)
    return found


def _give_records(database: Path) -> None:
    """Make every handset's line a customer of the demonstration's operator."""
    with closing(sqlite3.connect(database, timeout=10)) as connection, connection:
        for table in COPIED:
            names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")][1:]
            columns, gaps = ", ".join(["msisdn", *names]), ", ".join(["?"] * (len(names) + 1))
            rows = connection.execute(f"SELECT {', '.join(names)} FROM {table} WHERE msisdn = ?", (MODEL,)).fetchall()
            copies = [(number(handset), *row) for handset in range(HANDSETS) for row in rows]
            connection.executemany(f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({gaps})", copies)


@contextmanager
def _kannel(folder: Path, hall: int, sendsms: int) -> Iterator[tuple[int, dict[str, int]]]:
    """Run bearerbox and smsbox with deploy/kannel.conf on free ports. Yields the fake SMSC's port and the processes."""
    ports = {13000: free_port(), 13001: free_port(), 10000: free_port(), 13013: sendsms, 8000: hall}
    text = re.sub(r"\b(13000|13001|10000|13013|8000)\b", lambda found: str(ports[int(found[0])]), EXAMPLE.read_text())
    (folder / "kannel.conf").write_text(text, encoding="utf-8")
    with running(["bearerbox", str(folder / "kannel.conf")], folder / "bearerbox.log") as bearerbox:
        wait_for("bearerbox", lambda: listens(ports[13000]))
        with running(["smsbox", str(folder / "kannel.conf")], folder / "smsbox.log") as smsbox:
            wait_for("smsbox", lambda: listens(sendsms))
            yield ports[10000], {"bearerbox": bearerbox.pid, "smsbox": smsbox.pid}


@asynccontextmanager
async def _air(smsc: int) -> AsyncIterator[Air]:
    transport, air = await asyncio.get_running_loop().create_connection(Air, "127.0.0.1", smsc)
    try:
        yield air
    finally:
        transport.close()
