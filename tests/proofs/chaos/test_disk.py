"""The disk is full while messages come in by every door; then there is room again, and nobody starts anything anew."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import resource
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import websockets

from benchmarks.client import Sender
from benchmarks.dialogues import BALANCE, LINE
from channels.health import KEPT as HEALTH_KEPT
from testing.postgres import own_postgres
from tests.proofs.chaos import audit
from tests.proofs.chaos.conftest import Report
from tests.proofs.chaos.customers import Crowd
from tests.proofs.chaos.disk import Disk, small_disk
from tests.proofs.chaos.gateway import Gateway, gateway
from tests.proofs.chaos.nursery import TOKEN, Hall, Nursery
from tests.proofs.chaos.test_kills import open_store, settled

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

ROOM = {"sqlite": 48, "postgres": 160}  # megabytes
UNLIMITED = resource.RLIM_INFINITY
WAITS = 1.0  # seconds for an answer, while the disk is full
FULL_WITHIN = 60.0  # seconds until every door has refused somebody
REFUSED, KEPT = 503, 504  # what a customer is told: it was not taken; it was, and is not answered yet


class Limit:
    """What comes close to a full disk where nobody may mount one: no file of SQLite's may grow."""

    how = "the limit of a file's size: nobody may mount here"

    def __init__(self, hall: Hall) -> None:
        self._hall = hall

    def fill(self) -> None:
        """Leave room for one page."""
        largest = max(path.stat().st_size for path in self._hall.folder.iterdir())
        resource.prlimit(self._hall.pid, resource.RLIMIT_FSIZE, (largest + 4096, UNLIMITED))

    def empty(self) -> None:
        """Give the room back."""
        resource.prlimit(self._hall.pid, resource.RLIMIT_FSIZE, (UNLIMITED, UNLIMITED))


@dataclass
class Door:
    """One way in: `say` has a new customer ask for his balance, or the same one again, and gives what he was told."""

    say: Callable[[str], Awaitable[int]]
    owed: list[str] = field(default_factory=list)  # who has no answer yet
    told: set[int] = field(default_factory=set)

    async def until_refused(self, names: Iterator[str]) -> None:
        """New customers come until one is refused."""
        until = asyncio.get_running_loop().time() + FULL_WITHIN
        while True:
            name = next(names)
            status = await self.say(name)
            if status == 200:
                assert asyncio.get_running_loop().time() < until, "the disk was never full"
                continue
            self.owed.append(name)
            self.told.add(status)
            if status == REFUSED:
                return

    async def serve_owed(self) -> None:
        """Who was refused or had to wait says it again until he is answered."""
        for name in self.owed:
            while await self.say(name) != 200:
                await asyncio.sleep(0.05)


class Doors:
    """The three doors of one hall."""

    def __init__(self, hall: Hall, sms: Gateway) -> None:
        self._hall, self._sms, self._lines = hall, sms, {}  # type: ignore[var-annotated]
        self.all = {"REST": Door(self._rest), "SMS": Door(self._text), "web": Door(self._web)}
        self._names = (f"door-{number}" for number in itertools.count())

    async def until_refused(self) -> None:
        """Until every door has refused somebody."""
        await asyncio.gather(*(door.until_refused(self._names) for door in self.all.values()))

    async def serve_owed(self) -> None:
        """Until nobody waits for an answer."""
        await asyncio.gather(*(door.serve_owed() for door in self.all.values()))

    async def _rest(self, name: str) -> int:
        sender = Sender(self._hall.url, name, LINE, TOKEN)
        try:
            return (await asyncio.wait_for(sender.say(BALANCE[0].message, name), WAITS)).status
        except TimeoutError:
            return KEPT
        finally:
            sender.close()

    async def _text(self, name: str) -> int:
        """200 where it was answered or taken, to be pushed."""
        line = self._lines.setdefault(name, f"136{len(self._lines):08d}")
        return (await self._sms.post(self._hall.port, line, name, BALANCE[0].message))[0]

    async def _web(self, name: str) -> int:
        """200 once it is acknowledged and what came of it is there."""
        async with websockets.connect(f"{self._hall.url.replace('http', 'ws')}/ws") as socket:
            hello = {"type": "hello", "v": 1, "token": self._lines.get(name), "last": 0}
            await socket.send(json.dumps(hello))
            try:
                welcome = await _frame(socket, "welcome")
                self._lines[name] = welcome["token"]
                await socket.send(json.dumps({"type": "msg", "cid": name, "text": "你好"}))
                told = await _frame(socket, "ack", "error")
                if told["type"] == "error":
                    assert (told["code"], told["again"]) == ("unavailable", True)
                    return REFUSED
                if not any(line["author"] == "bot" for line in welcome["messages"]):
                    while (await _frame(socket, "msg"))["author"] != "bot":
                        continue
            except TimeoutError:
                return KEPT
            return 200


async def _frame(socket: Any, *kinds: str) -> dict[str, Any]:
    while True:
        frame: dict[str, Any] = json.loads(await asyncio.wait_for(socket.recv(), WAITS))
        if frame["type"] in kinds:
            return frame


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_disk_full(kind: str, children: Nursery, tmp_path: Path, report: Report, full: bool) -> None:
    times = 2 if full else 1
    with _full_disk(kind) as disk, ExitStack() as stack:
        server = stack.enter_context(own_postgres(disk.folder)) if disk and kind == "postgres" else None
        if disk is None and kind == "postgres":
            pytest.skip("PostgreSQL's processes cannot be limited: a disk of its own is needed, and nobody may mount")
        async with gateway() as sms:
            settings = {"DATABASE_URL": server.database("crammed")} if server else {}
            hall = Hall(children, disk.folder / "hall" if disk and not server else tmp_path, **sms.settings, **settings)
            stack.callback(hall.kill)
            await asyncio.to_thread(hall.start)
            fault, doors, crowd = disk or Limit(hall), Doors(hall, sms), Crowd(hall.url, 3)
            stack.callback(crowd.scatter)
            for _ in range(times):
                await asyncio.sleep(0.5)
                fault.fill()
                await doors.until_refused()
                await asyncio.sleep(HEALTH_KEPT)  # of an answer of before the disk was full
                well = await asyncio.to_thread(hall.is_well)
                fault.empty()
                assert not well, "health must say that nothing can be kept"
                if server:
                    await asyncio.to_thread(server.start)  # when it has ended itself, whoever looks after it does that
                await doors.serve_owed()
            seen = await crowd.leave()
            wrong = await settled(hall, seen)
            async with open_store(hall) as store:
                wrong += await audit.went_out(store, sms)
    assert wrong == []
    told = {name: door.told for name, door in doors.all.items()}
    assert all(REFUSED in said and said <= {REFUSED, KEPT} for said in told.values()), told
    owed = sum(len(door.owed) for door in doors.all.values())
    report.add(
        f"disk full ({fault.how}), {kind}",
        f"{times} times until every door had refused somebody, then there was room again; nobody started the hall anew",
        f"health 503, messages refused meanwhile by REST, SMS and web, each in its way; {owed} came again, and "
        f"{seen.messages} others, each answered once; {len(seen.ordered)} orders",
    )


@contextmanager
def _full_disk(kind: str) -> Iterator[Disk | None]:
    with small_disk(ROOM[kind]) as disk:
        if disk is None and os.environ.get("CI") == "true" and os.geteuid() == 0:
            pytest.fail("root may not mount a file system here, so a full disk cannot be tried")
        yield disk
