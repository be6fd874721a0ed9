"""Brings the other desk up to date: opens what waits, tells what was said, ends what is over.

One job looks at everything of a conversation and may be done again: each step is written down when it was taken. A desk
that cannot be reached for a while loses the customer to our own: first who waits, then who has an agent there.
"""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import timedelta
from weakref import WeakValueDictionary

from prometheus_client import Counter

from hall import handoff
from hall.context import Hall
from hall.errors import Conflict, NotFound
from hall.handoff import DESK, TAKEN, WAITING, Handoff
from hall.helpdesk import links, words
from hall.helpdesk.links import CLOSED, ENDING, OPENING, SYNC, Link
from hall.helpdesk.port import ELSEWHERE, Case, DeskDown, DeskRefused, Talk, Words
from hall.privacy import mask
from hall.store import transcript
from hall.store.dispatcher import Dispatcher, Done, Result, Retry
from hall.store.outbox import OutboxMessage

log = logging.getLogger(__name__)

TELL = "helpdesk.tell"
OPENS_WITHIN = timedelta(seconds=30)  # then who waits is given to our own agents
LOST_AFTER = timedelta(minutes=2)  # without an answer of the desk: then who has an agent there, too
AGAIN, BUSY = 5.0, 0.5  # seconds until a call is made again; until another job of the conversation has ended
AT_MOST = 20.0  # seconds of one job; what is left is done by the next
LINES = 20  # of the conversation that a case begins with
FELL_BACK = Counter("yingting_helpdesk_fallbacks", "Customers given to our own desk since the other was down", ["why"])


def register(dispatcher: Dispatcher, hall: Hall) -> None:
    """Let the dispatcher follow the conversations that another desk has."""
    locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def follow(message: OutboxMessage) -> Result:
        lock = locks.setdefault(message.conversation, asyncio.Lock())
        name = f"helpdesk:{message.conversation}"
        async with lock:
            if not await hall.store.cluster.claim(name):
                return Retry("another process is at it", BUSY)
            try:
                return await brought(hall, message.conversation)
            finally:
                hall.store.cluster.release(name)

    async def tell(message: OutboxMessage) -> Result:
        try:
            await hall.helpdesk.tell(Talk(message.body["case"], message.body["theirs"]), message.body["text"])
        except DeskDown as error:
            return Retry(str(error))
        return Done()

    dispatcher.handle(SYNC, follow)
    dispatcher.handle(TELL, tell)


async def brought(hall: Hall, conversation: str) -> Result:
    """Bring all links of a conversation up to date."""
    until, result = time.monotonic() + AT_MOST, Done()
    for link in await links.live(hall, conversation):
        try:
            found = await handoff.get(hall, link.handoff)
        except NotFound:  # erased meanwhile
            await links.move(hall, link, state=CLOSED)
            continue
        try:
            if not await _bring(hall, link, found, until):
                return Retry("more to tell", 0.0)
        except (DeskDown, DeskRefused) as error:
            return await _failed(hall, link, found, error)
    return result


async def _bring(hall: Hall, link: Link, found: Handoff, until: float) -> bool:
    """Bring one link up to date; False when there is more to tell than one job may."""
    theirs = found.state == WAITING or (found.state, found.agent) == (TAKEN, ELSEWHERE)
    if link.state == OPENING:
        if not theirs:
            await links.move(hall, link, state=CLOSED)
            return True
        link = await _open(hall, link, found)
    talk = Talk(link.handoff, link.theirs or "")
    if not theirs or link.state == ENDING:
        if link.theirs is not None:
            await hall.helpdesk.end(talk, words.over(found))
        await links.move(hall, link, state=CLOSED, failing_since=None)
        return True
    again = link.failing_since is not None
    for line in await transcript.after(hall.store, link.conversation, link.sent_seq):
        if time.monotonic() > until:
            return False
        if line.author != "agent":  # what was said there is there
            said = Words(f"{link.handoff}:{line.seq}", line.author, mask(line.text))
            await hall.helpdesk.say(talk, said, again=again)
        await links.move(hall, link, sent_seq=line.seq, failing_since=None)
        again = False
    return True


async def _open(hall: Hall, link: Link, found: Handoff) -> Link:
    lines = list(reversed(await transcript.newest(hall.store, link.conversation, LINES)))
    number = await transcript.number_of(hall.store, link.conversation)
    called = mask(number) if number else "客户"
    case = Case(link.handoff, called, words.about(found, called, lines))
    talk = await hall.helpdesk.open(case)
    seq = lines[-1].seq if lines else 0
    return await links.opened(hall, link, talk.theirs, seq)


async def _failed(hall: Hall, link: Link, found: Handoff, error: DeskDown | DeskRefused) -> Result:
    """Try again, or give the customer to our own desk."""
    if link.state == ENDING:
        return Retry(str(error))  # to be told that it is over there, whenever it is back
    now = hall.clock.now()
    since = link.failing_since or now
    limit = OPENS_WITHIN if link.state == OPENING else LOST_AFTER
    if isinstance(error, DeskDown) and now - since < limit:
        await links.move(hall, link, failing_since=since)
        return Retry(str(error), AGAIN)
    why = "refused" if isinstance(error, DeskRefused) else "down"
    log.error("help desk: %s; the customer is given to our own desk", error)
    FELL_BACK.labels(why).inc()
    await links.move(hall, link, state=ENDING if link.theirs else CLOSED)
    try:
        await handoff.returned(hall, found.id, ELSEWHERE)
    except Conflict:
        return Retry("the hand-off changed", BUSY)
    unit = hall.store.unit()
    unit.notify_after_commit(DESK)
    await unit.commit()
    return Retry(str(error)) if link.theirs else Done()
