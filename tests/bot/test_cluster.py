"""Several processes on one PostgreSQL: one at a time for a sender, in order, once; nobody waits for the dead."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import select, text

from bot.conversations.service import Conversations
from bot.messages import InboundMessage
from hall.context import Hall
from hall.errors import StoreUnavailable
from hall.store.cluster import GATHER_RELEASES
from hall.store.dispatcher import LEASE, Dispatcher, Done
from hall.store.inbox import HallEvent, post_event
from hall.store.notification import MISSED, Notification, answered, changed
from hall.store.outbox import NewMessage, OutboxMessage, enqueue
from hall.store.tables.core import inbox
from hall.store.unit import Store
from testing.echo_engine import EchoEngine
from testing.postgres import Postgres
from tests.conftest import StillClock

ROOT = Path(__file__).resolve().parents[2]
WITHIN = 60.0  # seconds; far more than anything here takes

DESK = Notification("desk")
KILL = (  # whoever holds claims
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE query LIKE '%pg_try_advisory_lock%' AND pid <> pg_backend_pid()"
)

Start = Callable[..., "list[subprocess.Popen[str]]"]


@pytest_asyncio.fixture
async def url(postgres: Postgres) -> str:
    return await postgres.fresh()


@pytest_asyncio.fixture
async def shop(url: str, clock: StillClock) -> AsyncIterator[Conversations]:
    """A process that only takes messages."""
    store = Store(url)
    turns = Conversations(app(store, clock), EchoEngine(), at_once=0)  # type: ignore[arg-type]
    await store.cluster.listen()
    await store.cluster.claim("the connection is there")
    yield turns
    await store.close()


@pytest.fixture
def start(url: str) -> Iterator[Start]:
    """Starts processes that run turns, of so many seconds each."""
    running: list[subprocess.Popen[str]] = []

    def begin(*slow: float) -> list[subprocess.Popen[str]]:
        program = [sys.executable, "-m", "testing.second_process", url]
        begun = [subprocess.Popen([*program, f"{s}"], cwd=ROOT, stdout=subprocess.PIPE, text=True) for s in slow]
        running.extend(begun)
        for process in begun:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        return begun

    yield begin
    for process in running:
        process.kill()
        process.wait()


def app(store: Store, clock: StillClock) -> Hall:
    return Hall(store, clock, None, None, {}, None, b"")  # type: ignore[arg-type]


def said(sender: int, number: int) -> InboundMessage:
    return InboundMessage("rest", "rest", f"s{sender}", f"m{number}", f"{number}")


async def test_two_processes_keep_each_senders_order_and_double_nothing(shop: Conversations, start: Start) -> None:
    start(0.002, 0.002)
    senders, each = range(8), range(12)
    receipts = [await shop.accept(said(sender, number)) for number in each for sender in senders]
    answers = await asyncio.gather(*(shop.wait_for_reply(accepted, WITHIN) for accepted in receipts))
    assert [a[0].text for a in answers if a] == [f"{number + 1}:{number}" for number in each for _ in senders]
    for sender in senders:
        log = await shop.log(f"rest:rest:s{sender}")
        said_and_answered = [line for number in each for line in (f"{number}", f"{number + 1}:{number}")]
        assert [line.text for line in log] == said_and_answered


async def test_both_processes_work(shop: Conversations, start: Start) -> None:
    """Neither waits for the other's senders: a turn that takes long stops only its own sender."""
    processes = start(0.3, 0.3)
    receipts = [await shop.accept(said(sender, 0)) for sender in range(16)]
    answers = await asyncio.gather(*(shop.wait_for_reply(accepted, WITHIN) for accepted in receipts))
    assert {a[0].buttons[0].title for a in answers if a} == {str(process.pid) for process in processes}


async def test_a_killed_process_is_replaced_and_its_turn_runs_again_from_the_same_state(
    shop: Conversations, start: Start
) -> None:
    (dying,) = start(3600)
    accepted = await shop.accept(said(1, 0))
    while not await _claimed(shop, "rest:rest:s1"):
        await asyncio.sleep(5 * GATHER_RELEASES)  # asked for more often, it would never be free
    later = await shop.accept(said(1, 1))
    start(0)
    assert await shop.wait_for_reply(accepted, 1.0) is None, "the one that lives must not touch what another has"
    dying.kill()
    assert [reply.text for reply in await shop.wait_for_reply(accepted, WITHIN) or ()] == ["1:0"]
    assert [reply.text for reply in await shop.wait_for_reply(later, WITHIN) or ()] == ["2:1"]


async def _claimed(shop: Conversations, name: str) -> bool:
    claimed = not await shop.hall.store.cluster.claim(name)
    if not claimed:
        shop.hall.store.cluster.release(name)
    return claimed


async def test_a_bell_rings_for_an_answer_of_another_process(shop: Conversations, start: Start) -> None:
    start(0.05)
    with shop.pubsub.subscribe(changed("rest:rest:s1")) as event:
        await shop.accept(said(1, 0))
        while len(await shop.log("rest:rest:s1")) < 2:
            await asyncio.wait_for(event.wait(), WITHIN)
            event.clear()


@pytest.mark.parametrize(("channel", "told"), [("rest", False), ("web", True)])
async def test_the_others_hear_of_an_answer_only_where_somebody_may_wait_for_it(
    url: str, clock: StillClock, channel: str, told: bool
) -> None:
    """A visit may be open in any process; a request waits where it was sent, which asks when it is not the worker."""
    ours, theirs, heard = Store(url), Store(url), list[Notification]()
    theirs.listen(heard.append)
    await theirs.cluster.listen()
    await theirs.cluster.claim("the connection is there")
    turns = Conversations(app(ours, clock), EchoEngine())  # type: ignore[arg-type]
    accepted = await turns.accept(InboundMessage(channel, "demo", "s1", "m1", "1"))
    assert await turns.wait_for_reply(accepted, WITHIN)
    ours.notify(DESK)
    while DESK not in heard:
        await asyncio.sleep(0.02)
    assert (answered(f"{channel}:demo:s1") in heard) is told
    for store in (ours, theirs):
        await store.close()


async def test_who_asks_while_the_answer_is_being_written_is_told(url: str, clock: StillClock) -> None:
    """Two processes get the same sender's messages: whose claim fails hears of the answer all the same."""
    first, second = Store(url), Store(url)
    echoes = EchoEngine(slow=0.1), EchoEngine(slow=0.1)
    desks = [Conversations(app(store, clock), echo) for store, echo in zip((first, second), echoes, strict=True)]  # type: ignore[arg-type]
    for store in (first, second):
        await store.cluster.listen()
        await store.cluster.claim("the connection is there")
    receipts = [await desks[number % 2].accept(said(1, number)) for number in range(6)]
    waiting = (desks[number % 2].wait_for_reply(accepted, WITHIN) for number, accepted in enumerate(receipts))
    answers = await asyncio.gather(*waiting)
    assert [a[0].text for a in answers if a] == [f"{number + 1}:{number}" for number in range(6)]
    for desk in desks:
        await desk.settle()
        assert not desk.scheduler._awaited_elsewhere
    for store in (first, second):
        await store.close()


async def test_a_message_of_the_hall_wakes_another_process(shop: Conversations, start: Start) -> None:
    start(0)
    unit, name = shop.hall.store.unit(), "rest:rest:s1"
    post_event(unit, shop.hall.clock.now(), HallEvent(conversation=name, key="k", response="utter_ok", facts={}))
    with shop.pubsub.subscribe(changed(name)) as event:
        await unit.commit()
        while not await shop.log(name):
            await asyncio.wait_for(event.wait(), WITHIN)
            event.clear()


async def test_a_message_is_delivered_by_one_of_several_dispatchers(url: str, clock: StillClock) -> None:
    delivered: list[str] = []

    async def deliver(message: OutboxMessage) -> Done:
        delivered.append(message.key)
        await asyncio.sleep(0.01)
        return Done()

    stores = [Store(url) for _ in range(3)]
    unit = stores[0].unit()
    for number in range(30):
        enqueue(unit, clock.now(), NewMessage(key=f"k{number}", kind="test", body={}, conversation=f"c{number % 4}"))
    await unit.commit()
    dispatchers = [Dispatcher(store, clock) for store in stores]
    for dispatcher in dispatchers:
        dispatcher.handle("test", deliver)
    await asyncio.gather(*(dispatcher.round() for dispatcher in dispatchers))
    assert sorted(delivered) == sorted(f"k{number}" for number in range(30))
    for store in stores:
        await store.close()


async def test_a_message_that_can_go_out_only_once_does_so_though_the_claim_is_lost_meanwhile(
    url: str, clock: StillClock
) -> None:
    """The connection that holds the claims breaks while the first process sends; its process lives on."""
    delivered: list[str] = []
    sending, go_on = asyncio.Event(), asyncio.Event()

    async def slow(message: OutboxMessage) -> Done:
        delivered.append(f"first {message.key}")
        sending.set()
        await go_on.wait()
        return Done()

    async def quick(message: OutboxMessage) -> Done:
        delivered.append(f"second {message.key}")
        return Done()

    first, second = Store(url), Store(url)
    dispatchers = Dispatcher(first, clock), Dispatcher(second, clock)
    for dispatcher, handler in zip(dispatchers, (slow, quick), strict=True):
        dispatcher.handle("test", handler, at_most_once=True)
    unit = first.unit()
    enqueue(unit, clock.now(), NewMessage(key="k", kind="test", body={}))
    await unit.commit()
    delivering = asyncio.create_task(dispatchers[0].settle())
    await sending.wait()
    await second.all(text(KILL))
    while not await second.cluster.claim("outbox::k"):
        await asyncio.sleep(0.02)
    second.cluster.release("outbox::k")
    await dispatchers[1].settle()
    go_on.set()
    await delivering
    clock.advance(2 * LEASE)
    await dispatchers[1].settle()
    assert delivered == ["first k"]
    for store in (first, second):
        await store.close()


async def test_a_message_lent_to_a_process_that_died_is_sent_by_another_after_the_lease(
    url: str, clock: StillClock
) -> None:
    sending, delivered = asyncio.Event(), list[str]()

    async def dies(_message: OutboxMessage) -> Done:
        sending.set()
        await asyncio.Event().wait()
        raise AssertionError

    async def deliver(message: OutboxMessage) -> Done:
        delivered.append(message.key)
        return Done()

    first, second = Store(url), Store(url)
    dying, living = Dispatcher(first, clock), Dispatcher(second, clock)
    dying.handle("test", dies, at_most_once=True)
    living.handle("test", deliver, at_most_once=True)
    unit = first.unit()
    enqueue(unit, clock.now(), NewMessage(key="k", kind="test", body={}))
    await unit.commit()
    death = asyncio.create_task(dying.settle())
    await sending.wait()
    death.cancel()
    await asyncio.wait({death})
    await first.close()
    await living.settle()
    assert delivered == [], "it may be on its way still"
    clock.advance(LEASE)
    await living.settle()
    assert delivered == ["k"]
    await second.close()


async def test_what_is_claimed_is_not_given_to_another_until_it_is_let_go(url: str) -> None:
    ours, theirs = Store(url), Store(url)
    assert await ours.cluster.claim("x")
    assert not await theirs.cluster.claim("x")
    ours.cluster.release("x")
    await ours.cluster.claim("something else, to be sure that it was said")
    assert await theirs.cluster.claim("x")
    await ours.close()
    await theirs.close()


async def test_a_lost_connection_frees_its_claims_and_comes_back(url: str) -> None:
    heard: list[Notification] = []
    ours, theirs = Store(url), Store(url)
    ours.listen(heard.append)
    await ours.cluster.listen()
    assert await ours.cluster.claim("x")
    await theirs.all(text(KILL))
    while not await theirs.cluster.claim("x"):
        await asyncio.sleep(0.02)
    while MISSED not in heard:
        await asyncio.sleep(0.02)
    theirs.notify(DESK)
    while DESK not in heard:
        await asyncio.sleep(0.02)
    await ours.close()
    await theirs.close()


async def test_without_a_database_claims_are_refused_at_once() -> None:
    store = Store("postgresql+asyncpg://nobody@127.0.0.1:9/none")
    with pytest.raises(StoreUnavailable):
        await store.cluster.claim("x")
    await store.close()


async def test_above_the_load_messages_wait_in_the_inbox_and_are_answered_in_order(
    hall: Hall, clock: StillClock
) -> None:
    echo = EchoEngine(slow=0.001)
    turns = Conversations(hall, echo, at_once=2)  # type: ignore[arg-type]
    receipts = [await turns.accept(said(sender, number)) for number in range(3) for sender in range(40)]
    assert len(turns.scheduler._running) <= 2
    answers = await asyncio.gather(*(turns.wait_for_reply(accepted, WITHIN) for accepted in receipts))
    assert [a[0].text for a in answers if a] == [f"{number + 1}:{number}" for number in range(3) for _ in range(40)]
    assert not await hall.store.all(select(inbox).where(inbox.c.state == "new"))


async def test_what_was_not_noted_is_found_in_the_inbox(
    hall: Hall, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.conversations.scheduler.MAX_BACKLOG", 3)
    turns = Conversations(hall, EchoEngine(slow=0.001), at_once=2)  # type: ignore[arg-type]
    looking = asyncio.create_task(turns.scheduler.run())
    receipts = [await turns.accept(said(sender, 0)) for sender in range(40)]
    assert len(turns.scheduler._backlog) <= 3
    assert all(await asyncio.gather(*(turns.wait_for_reply(accepted, WITHIN) for accepted in receipts)))
    looking.cancel()
