"""Twenty thousand hostile requests over every door: none breaks the hall, shows its inside or stays unreadable.

YINGTING_FUZZ_SEED and YINGTING_FUZZ_REQUESTS make it another run; the last lines say what was answered.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import String, Text, select
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from bot.engine.engine import Engine
from hall.store.tables import metadata
from hall.store.unit import Store
from hall.text import readable
from testing.apps import demo_app
from tests.proofs.chaos.nursery import Hall, nursery
from tests.proofs.chaos.test_kills import open_store
from tests.proofs.fuzz import grammar
from tests.proofs.fuzz.client import Answer, Wire
from tests.proofs.fuzz.grammar import Grammar, Hostile
from yingting.serve import create_app

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

SEED = int(os.environ.get("YINGTING_FUZZ_SEED", "20261127"))
REQUESTS = int(os.environ.get("YINGTING_FUZZ_REQUESTS", "20000"))
WIRES, FRAMES = 12, 20  # connections; frames in one visit of the web chat, of which there is one in fifty requests
INSIDE = re.compile(
    rb"Traceback|File \"|\.py\b|site-packages|sqlalchemy|asyncpg|sqlite3|sanic\.|KeyError|TypeError|/work/|/app/"
)
ON_PURPOSE = {"not_ready", "busy", "unavailable"}  # codes of a 503
GROWS = 48  # MB that the process may grow after the first quarter
TEXTS = (String, Text)


@dataclass
class Seen:
    """What was answered, and what was wrong with it."""

    statuses: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)  # MB, at each twentieth of the way

    def take(self, sent: Hostile, got: Answer) -> None:
        """Judge one answer."""
        self.statuses[str(got.status)] += 1
        said = f"{sent.route}: {got.status} {got.body[:200]!r} to {sent.raw[:600]!r}"
        if got.status >= 500 and not (got.status == 503 and _code(got.body) in ON_PURPOSE):
            self.wrong.append(said)
        if INSIDE.search(got.body) and not got.headers.get("content-type", "").startswith(
            ("text/javascript", "text/css")
        ):
            self.wrong.append(f"shows its inside: {said}")
        if got.status >= 400 and got.headers.get("x-content-type-options") != "nosniff":
            self.wrong.append(f"no nosniff: {said}")


def _code(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return ""


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    with nursery(tmp_path) as children:
        keys = {"SMS_KANNEL_KEY": grammar.KANNEL_KEY, "SMS_SIGNED_SECRET": grammar.SIGNED_SECRET}
        found = Hall(
            children, tmp_path / "hall", REST_TOKEN=grammar.TOKEN, DESK_ADMIN_PASSWORD="fuzz and fuzz again", **keys
        )
        found.start()
        yield found
        found.kill()


async def test_nothing_hostile_breaks_the_hall(hall: Hall, engine: Engine, tmp_path: Path, seeded: Path) -> None:
    routes = await _routes(engine, tmp_path / "routes", seeded)
    assert len(routes) > 50
    made = Grammar(SEED, routes, await _signed_in(hall.url))
    seen, left = Seen(), iter(range(REQUESTS))

    async def one() -> None:
        wire = Wire(hall.port)
        for number in left:
            if number % (REQUESTS // 20) == 0:
                seen.memory.append(_memory(hall.pid))
            if number % 50 == 0:
                await _visit(hall, made, seen)
            sent = made.request()
            try:
                seen.take(sent, await wire.send(sent))
            except TimeoutError:
                seen.wrong.append(f"no answer: {sent.raw[:600]!r}")
                wire.close()
        wire.close()

    await asyncio.gather(*(one() for _ in range(WIRES)))
    await asyncio.sleep(3.0)  # what runs comes to its end
    log = (hall.folder / "serve.log").read_text(encoding="utf-8", errors="replace")
    async with open_store(hall) as store:
        unreadable = [one async for one in _unreadable(store)]
    print(f"fuzz: {REQUESTS} requests of seed {SEED}, {len(routes)} routes; {dict(sorted(seen.statuses.items()))}")
    print(
        f"fuzz: memory in MB {seen.memory}; {len(unreadable)} unreadable things kept; {len(seen.wrong)} wrong answers"
    )
    assert seen.wrong[:20] == []
    assert hall.is_well()
    assert [line for line in log.splitlines() if re.search("Traceback|unexpected:|attempt .* failed", line)][:20] == []
    assert unreadable[:20] == []
    assert seen.memory[-1] - seen.memory[len(seen.memory) // 4] < GROWS


async def _routes(engine: Engine, folder: Path, seeded: Path) -> list[tuple[str, tuple[str, ...]]]:
    """Every route of the hall with its methods; those of sockets are visited."""
    folder.mkdir()
    keys = {"SMS_KANNEL_KEY": grammar.KANNEL_KEY, "SMS_SIGNED_SECRET": grammar.SIGNED_SECRET}
    async with demo_app(engine, folder, seeded, **keys) as (app, _):
        found = create_app(app).router.routes
        return sorted(
            (f"/{route.path.lstrip('/')}", tuple(sorted(route.methods)))
            for route in found
            if not route.path.rstrip("/").endswith("ws")
        )


async def _signed_in(url: str) -> str:
    """The cookie of a supervisor's session."""
    async with httpx.AsyncClient(base_url=url) as client:
        answer = await client.post(
            "/desk/login", json={"name": "demo", "password": "fuzz and fuzz again"}, headers={"X-Desk": "1"}
        )
    assert answer.status_code == 200, answer.text
    return str(answer.headers["set-cookie"]).partition(";")[0]


async def _visit(hall: Hall, made: Grammar, seen: Seen) -> None:
    """A browser that sends what no widget sends; the hall may close it, and nothing else."""
    hello = made.dice.choice(('{"type":"hello","v":1}', '{"type":"hello","v":1,"token":"x.y"}', "x"))
    try:
        async with connect(f"ws://127.0.0.1:{hall.port}/ws", open_timeout=20) as socket:
            await socket.send(hello)
            for _ in range(FRAMES):
                await socket.send(grammar.frame(made))
            while True:
                got = await asyncio.wait_for(socket.recv(), 0.3)
                seen.statuses["frame"] += 1
                if INSIDE.search(got if isinstance(got, bytes) else got.encode()):
                    seen.wrong.append(f"shows its inside: {got!r}")
    except TimeoutError:
        return
    except ConnectionClosed as closed:
        code = closed.rcvd.code if closed.rcvd else 0
        seen.statuses[f"closed {code}"] += 1
        if code == 1011:
            seen.wrong.append("a visit failed: 1011")


async def _unreadable(store: Store) -> Any:
    """What is kept that nobody can read: places and values."""
    for table in metadata.sorted_tables:
        rows = await store.all(select(*table.columns))
        for row in rows:
            for column in table.columns:
                for text in _texts(row._mapping[column.name]):
                    if readable(text) != text and readable(text) != text.replace("\r\n", "\n"):
                        yield f"{table.name}.{column.name}: {text!r}"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _memory(pid: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) // 1024
