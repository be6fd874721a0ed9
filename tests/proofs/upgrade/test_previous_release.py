"""A new release is brought in while the one before serves 200 dialogues: nothing is lost, and the books balance."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select

from benchmarks.client import Sender
from benchmarks.dialogues import FOR_OTHERS, Line, check, topup
from hall.store import migrations
from hall.store.tables.desk import handoff_queue, handoffs
from hall.store.unit import Store
from testing.postgres import OwnPostgres, own_postgres
from tests.proofs.chaos.customers import NUMBERS, PAUSE, PAYMENT, Ledger, press
from tests.proofs.chaos.nursery import NOON, TOKEN, Hall, Nursery, nursery
from tests.proofs.chaos.test_kills import open_store, settled
from tests.proofs.upgrade import previous

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

DIALOGUES, FOR_A_PERSON = 200, 4  # of which every fourth ends with a person
AT_ONCE = 12
PERSON = "转人工"
BEGUN = (1, 2, 3, 4)  # turns that were taken when the new release comes


@pytest.fixture(scope="module")
def server() -> Iterator[OwnPostgres]:
    with own_postgres() as found:
        yield found


@pytest.fixture(scope="module")
def children(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with nursery(tmp_path_factory.mktemp("nursery")) as found:
        yield found


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[previous.PreviousRelease]:
    release = previous.commit()
    if not release:
        pytest.skip("no history: the release before is not to be had here")
    found = previous.PreviousRelease(release, tmp_path_factory.mktemp("previous"))
    yield found
    found.stop()  # after a failure it still runs


@dataclass
class Street:
    """Two hundred customers, and the doors that are open to them."""

    doors: list[str]
    dice: random.Random
    seen: Ledger = field(default_factory=Ledger)
    waiting: set[str] = field(default_factory=set)  # for a person
    names: list[str] = field(default_factory=list)

    async def all(self, turns: range | None = None) -> None:
        """Let everyone say the next turns: those that were begun, or the rest."""
        room = asyncio.Semaphore(AT_ONCE)

        async def one(number: int) -> None:
            async with room:
                await self._go_on(number, begin=turns is not None)

        await asyncio.gather(*(one(number) for number in range(DIALOGUES)))

    async def _go_on(self, number: int, *, begin: bool) -> None:
        name, lines, begun = self.names[number], _lines(number), BEGUN[number % len(BEGUN)]
        for turn, line in list(enumerate(lines))[slice(None, begun) if begin else slice(begun, None)]:
            told = await self._say(name, f"139{70000000 + number:08d}", turn, line)
        if begin:
            return
        if lines[-1].message == PERSON:
            self.waiting.add(name)
            return
        self.seen.ordered.add(name)
        mode = self.dice.choice(("succeed", "fail"))
        target = NUMBERS[number % len(NUMBERS)]
        mode = "fail" if self.seen.succeeding[target] >= 20 else mode
        self.seen.succeeding[target] += mode == "succeed"
        await press(
            self._reached(PAYMENT.findall(told)[0]),
            act="pay",
            supplier=mode,
            notice=self.dice.choice(("once", "twice")),
        )
        self.seen.paid[name] = mode

    def _reached(self, link: str) -> str:
        """The link at a door that is open: in production all have one address, behind a balancer."""
        return "/".join([self.doors[-1], *link.split("/")[3:]])

    async def _say(self, name: str, line: str, turn: int, said: Line) -> str:
        """At any door that is open, again with the same id until it is answered; the answer."""
        until = asyncio.get_running_loop().time() + 120
        while True:
            sender = Sender(self.dice.choice(self.doors), name, line, TOKEN)
            try:
                answer = await sender.say(said.message, f"{name}-{turn}")
                if answer.status == 200:
                    if said.message != PERSON:
                        check(said, answer)
                    self.seen.messages += 1
                    return answer.text
            except OSError:
                self.seen.repeats += 1
            finally:
                sender.close()
            assert asyncio.get_running_loop().time() < until, f"{name}: {said.message} was not answered"
            await asyncio.sleep(PAUSE)


def _lines(number: int) -> Sequence[Line]:
    whole = (FOR_OTHERS, *topup(NUMBERS[number % len(NUMBERS)])[1:])
    return whole if number % FOR_A_PERSON else (*whole[:5], Line(PERSON, whole[0].reply))


@pytest.mark.parametrize("time", [1, 2, 3])
async def test_the_release_before_beside_the_new_schema(
    time: int, old: previous.PreviousRelease, children: Nursery, server: OwnPostgres, tmp_path: Path
) -> None:
    url = server.database(f"upgrade_{time}")
    new = Hall(children, tmp_path / "new", DATABASE_URL=url)
    door = await asyncio.to_thread(
        old.start, DATABASE_URL=url, REST_TOKEN=TOKEN, SESSION_SECRET="chaos", CLOCK=NOON.isoformat()
    )
    street = Street([door], random.Random(time), names=[f"u{time}-{number}" for number in range(DIALOGUES)])
    await street.all(range(1))
    await asyncio.to_thread(new.start)  # which migrates
    street.doors.append(new.url)
    rest = asyncio.create_task(street.all())
    await asyncio.sleep(5.0)
    street.doors.remove(door)
    assert await asyncio.to_thread(old.stop) == 0, old.log()
    await rest
    wrong = await settled(new, street.seen)
    async with open_store(new) as store:
        waiting = await _waiting(store)
        schema = await migrations.current(store)
    new.kill()
    assert wrong == []
    assert schema == migrations.head()
    assert waiting == {f"rest:rest:{name}" for name in street.waiting}
    assert len(street.waiting) == DIALOGUES // FOR_A_PERSON
    assert len(street.seen.paid) == DIALOGUES - DIALOGUES // FOR_A_PERSON


async def _waiting(store: Store) -> set[str]:
    """Who waits for a person, and stands in the line."""
    asked = {row.conversation for row in await store.all(select(handoffs).where(handoffs.c.state == "waiting"))}
    line = {row.conversation for row in await store.all(select(handoff_queue))}
    assert asked == line
    return asked


async def test_a_program_that_is_too_old_finishes_its_turns_and_ends(
    children: Nursery, server: OwnPostgres, tmp_path: Path
) -> None:
    """A release of tomorrow says that this one may not work on its schema: it drains, another goes on."""
    url = server.database("drain")
    hall = Hall(children, tmp_path / "hall", DATABASE_URL=url)
    await asyncio.to_thread(hall.start)
    street = Street([hall.url], random.Random(9), names=[f"d-{number}" for number in range(DIALOGUES)])
    begun = asyncio.create_task(street.all(range(1)))
    await asyncio.sleep(1.0)
    async with open_store(hall) as store:
        await migrations.require(store, "9000_of_tomorrow")
        for _ in range(200):
            if not hall.lives():
                break
            await asyncio.sleep(0.1)
        assert not hall.lives()
        assert "of_tomorrow" in (hall.folder / "serve.log").read_text(encoding="utf-8")
        await migrations.require(store, migrations.head())  # the release of tomorrow, which we have not
    await asyncio.to_thread(hall.start)
    await begun
    await street.all()
    wrong = await settled(hall, street.seen)
    hall.kill()
    assert wrong == []
