"""One turn: take from the inbox, run, write replies to the outbox — one transaction.

A message is durable before it is acknowledged (`accept`), is answered once however often it comes,
and a conversation's messages are answered in the order in which they came.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from prometheus_client import Counter, Histogram
from sqlalchemy import Row, func, select, text, update

from bot.conversation import Conversation
from bot.doubts import keep_for_review
from bot.engine.engine import Answer, Engine, Said
from bot.hub import Hub
from bot.messages import Inbound, Receipt, Reply
from hall import privacy
from hall.errors import Conflict, StoreUnavailable
from hall.faults import place
from hall.hall import Hall
from hall.store import outbox as post_office
from hall.store.tables.core import inbox, messages, outbox, turns
from hall.store.unit import Unit

log = logging.getLogger(__name__)

TRIES = 3  # of a turn that fails, before the customer is told so
HOLD_MARGIN = 2.0  # seconds after the channel's limit, before a held reply is pushed
STUCK = 60.0  # seconds: a message that waits longer makes the hall unhealthy

TURNS = Counter("yingting_turns", "Turns by channel and end", ["channel", "end"])
SECONDS = Histogram(
    "yingting_turn_seconds", "Duration of turns", buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2, 8)
)


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of a conversation's log, as customers and agents see it."""

    seq: int
    author: str  # customer | bot | agent | system
    text: str
    buttons: tuple[dict[str, str], ...]
    image: str | None
    client_id: str | None
    at: datetime


class Turns:
    """The front door for channels, and the workers behind it."""

    def __init__(self, hall: Hall, engine: Engine, *, answer_limit: float = 8.0) -> None:
        self.hall, self.engine, self.hub = hall, engine, Hub()
        self._store, self._answer_limit = hall.store, answer_limit
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._done: dict[tuple[str, str], asyncio.Future[tuple[Reply, ...]]] = {}
        self._last_arrival = 0
        self._store.listen(self._woken)

    # -- for channels ----------------------------------------------------------------------------

    async def accept(self, inbound: Inbound) -> Receipt:
        """Keep a message; when this returns it will be answered, whatever happens.

        Raises StoreUnavailable when it cannot be kept (the sender must try again), ValueError when
        it has no sender or id.
        """
        if not inbound.sender or not inbound.message_id or len(inbound.message_id) > 128 or len(inbound.sender) > 96:
            raise ValueError("a message needs a sender and an id of at most 96 and 128 characters")
        words = inbound.text.replace("\0", "")
        kept, _ = privacy.mask_ids(words)
        body = {
            "channel": inbound.channel, "account": inbound.account, "sender": inbound.sender, "to": inbound.to,
            "msisdn": inbound.msisdn, "payload": inbound.payload and privacy.mask_ids(inbound.payload)[0],
        }  # fmt: skip
        key = (inbound.conversation, inbound.message_id)
        async with self._store.write() as connection:
            done = await connection.execute(
                self._store.insert_once(
                    inbox, conversation=key[0], message_id=key[1], kind="text", text=kept, body=body,
                    arrival=self._arrival(), received_at=self.hall.clock.now(), state="new", attempts=0,
                )
            )  # fmt: skip
        fresh = done.rowcount == 1
        if fresh:
            self._done[key] = asyncio.get_running_loop().create_future()
        self.nudge(inbound.conversation)
        return Receipt(*key, fresh)

    async def replies(self, receipt: Receipt, within: float) -> tuple[Reply, ...] | None:
        """The replies to a message: None when there are none yet after `within` seconds, () when a
        person owns the conversation."""
        future = self._done.get((receipt.conversation, receipt.message_id))
        if future is not None:
            done, _ = await asyncio.wait({future}, timeout=within)
            return future.result() if done else None
        deadline = time.monotonic() + within
        while True:  # accepted before this process started, or by another one
            row = await self._store.one(select(inbox.c.state, inbox.c.replies).where(*_key(receipt)))
            if row is not None and row.state != "new":
                return tuple(Reply.of(reply) for reply in row.replies or ())
            if (left := deadline - time.monotonic()) <= 0:
                return None
            with self.hub.watch(receipt.conversation) as bell, contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(bell.wait(), min(left, 0.2))

    async def take(self, receipt: Receipt) -> tuple[Reply, ...]:
        """Claim the replies for the answer of a channel that answers at once; () when they are pushed."""
        where = (outbox.c.conversation == receipt.conversation, outbox.c.key == f"reply:{receipt.message_id}")
        async with self._store.write() as connection:
            claimed = await connection.execute(
                update(outbox)
                .where(*where, outbox.c.state == "held")
                .values(state="sent", receipt="answered", sent_at=self.hall.clock.now())
            )
        row = await self._store.one(select(outbox.c.body, outbox.c.receipt).where(*where))
        if row is None or (claimed.rowcount != 1 and row.receipt != "answered"):
            return ()
        return tuple(Reply.of(reply) for reply in row.body["replies"])

    async def log(self, conversation: str, after: int = 0) -> list[LogLine]:
        """The lines of a conversation after number `after`, in order."""
        rows = await self._store.all(
            select(messages)
            .where(messages.c.conversation == conversation, messages.c.seq > after)
            .order_by(messages.c.seq)
        )
        return [LogLine(r.seq, r.author, r.text, tuple(r.buttons or ()), r.image, r.client_id, r.at) for r in rows]

    async def say(self, unit: Unit, conversation: str, author: str, text: str) -> None:
        """Stage a message of an agent (or the system) to the customer, by the conversation's channel.

        Identity numbers are taken out of it too: nobody needs them in a chat.
        """
        text, _ = privacy.mask_ids(text)
        now = self.hall.clock.now()
        talk = await Conversation.read(self._store, conversation)
        if talk is None:
            raise LookupError(f"there is no conversation {conversation}")
        reply = Reply(text)
        talk.append(unit, now, author=author, text=text)
        talk.save(unit, now)
        if talk.channel == "sms":
            self._post(unit, now, talk, f"message:{talk.last_seq}", (reply,))
        unit.wakes(conversation)

    async def health(self) -> tuple[bool, str]:
        """Whether messages are taken and answered, and if not, why."""
        try:
            await self._store.one(text("select 1"))
            oldest = await self._store.one(select(func.min(inbox.c.received_at)).where(inbox.c.state == "new"))
        except StoreUnavailable as error:
            return False, str(error)
        waited = (self.hall.clock.now() - oldest[0]).total_seconds() if oldest and oldest[0] else 0.0
        return (waited < STUCK, "" if waited < STUCK else f"a message has waited {waited:.0f} s")

    # -- workers ---------------------------------------------------------------------------------

    async def resume(self) -> None:
        """Answer what was accepted before this process started."""
        rows = await self._store.all(select(inbox.c.conversation).where(inbox.c.state == "new").distinct())
        for row in rows:
            self.nudge(row.conversation)

    def nudge(self, conversation: str) -> None:
        """See that the waiting messages of a conversation are answered."""
        if conversation in self._running:
            self._again.add(conversation)
        else:
            self._running[conversation] = asyncio.create_task(self._drain(conversation))

    async def settle(self) -> None:
        """Wait until every accepted message is answered: for tests and for a clean stop."""
        while self._running:
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    def _woken(self, name: str) -> None:
        self.hub.ring(name)
        if ":" in name:
            self.nudge(name)

    async def _drain(self, conversation: str) -> None:
        pause = 0.1
        try:
            while True:
                self._again.discard(conversation)
                try:
                    for row in await self._waiting(conversation):
                        await self._one(row)
                except Exception as error:  # the conversation waits for the database, or for a fault to be mended
                    log.warning("turns: trying again: %s", place(error))
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, 5.0)
                    continue
                if conversation not in self._again:
                    return
        finally:
            del self._running[conversation]

    async def _waiting(self, conversation: str) -> Sequence[Any]:
        return await self._store.all(
            select(inbox).where(inbox.c.state == "new", inbox.c.conversation == conversation).order_by(inbox.c.arrival)
        )

    async def _one(self, row: Any) -> None:
        for attempt in range(TRIES):
            try:
                await self._turn(row)
                return
            except StoreUnavailable:
                raise
            except Conflict:
                if not await self._still_new(row):
                    return
                log.info("turns: conflict, running the turn again")
            except Exception as error:  # whatever an action did, the customer gets an answer
                log.error("turns: attempt %d failed: %s", attempt + 1, place(error))
        await self._turn(row, failed=True)

    async def _still_new(self, row: Any) -> bool:
        now = await self._store.one(select(inbox.c.state).where(*_key(row)))
        return now is not None and now.state == "new"

    async def _turn(self, row: Any, *, failed: bool = False) -> None:
        began, now = time.perf_counter(), self.hall.clock.now()
        talk = await Conversation.open(self._store, row, now)
        unit = self._store.unit()
        if row.kind != "event" and talk.owner == "person":
            replies: tuple[Reply, ...] = ()
            talk.heard(unit, now, row, secret=self.engine.awaits_secret(talk.memory))
            end = "person"
            unit.wakes("desk")
        elif failed:
            replies, end = (Reply(self.engine.phrase("utter_trouble", talk.channel)),), "failed"
            talk.heard(unit, now, row, secret=self.engine.awaits_secret(talk.memory))
        else:
            answer = await self._run(talk, unit, row)
            replies, end = answer.replies, "answered"
            talk.heard(unit, now, row, secret=answer.secret)
            talk.memory = answer.memory
            self._keep_events(unit, talk, row, answer, now)
            keep_for_review(unit, now, talk.conversation, answer.noted)
        for reply in replies:
            talk.append(unit, now, author="bot", text=reply.text, buttons=reply.buttons, image=reply.image)
        self._finish_inbox(unit, row, replies, now, failed=failed, body=talk.scrubbed(row))
        if talk.channel == "sms" and replies:
            self._post_replies(unit, talk, row, replies, now)
        talk.save(unit, now)
        await unit.commit()
        self.hub.ring(row.conversation)
        if future := self._done.pop((row.conversation, row.message_id), None):
            future.set_result(replies)
        TURNS.labels(talk.channel, end).inc()
        SECONDS.observe(time.perf_counter() - began)

    async def _run(self, talk: Conversation, unit: Unit, row: Any) -> Answer:
        turn = talk.turn_for(self.hall, unit, row)
        event = {name: row.body.get(name) for name in ("response", "facts", "resume")}
        said = Said(event=event) if row.kind == "event" else Said(row.text, row.body.get("payload"))
        answer = await self.engine.run(turn, talk.memory, said)
        talk.after(turn, self.hall.clock.now())
        return answer

    def _keep_events(self, unit: Unit, talk: Conversation, row: Any, answer: Answer, now: datetime) -> None:
        talk.turn += 1
        unit.stage(
            turns.insert().values(
                conversation=talk.conversation, turn=talk.turn, message_id=row.message_id, events=answer.events, at=now
            )
        )

    def _finish_inbox(
        self, unit: Unit, row: Any, replies: Sequence[Reply], now: datetime, *, failed: bool, body: dict[str, Any]
    ) -> None:
        unit.stage(
            update(inbox)
            .where(*_key(row), inbox.c.state == "new")
            .values(
                state="failed" if failed else "done", text="", body=body, done_at=now,
                attempts=TRIES if failed else 1, replies=[reply.as_dict() for reply in replies],
            ),
            expect=1,
        )  # fmt: skip

    def _post_replies(
        self, unit: Unit, talk: Conversation, row: Any, replies: tuple[Reply, ...], now: datetime
    ) -> None:
        if row.kind == "event":
            self._post(unit, now, talk, f"message:{talk.last_seq}", replies)
            return
        hold = row.received_at + timedelta(seconds=self._answer_limit + HOLD_MARGIN)
        self._post(unit, now, talk, f"reply:{row.message_id}", replies, held_until=hold)

    def _post(
        self, unit: Unit, now: datetime, talk: Conversation, key: str, replies: tuple[Reply, ...],
        held_until: datetime | None = None,
    ) -> None:  # fmt: skip
        post_office.post(
            unit, now, key=key, kind=f"sms:{talk.account}", conversation=talk.conversation,
            body={"to": talk.sender, "from": talk.hall_number, "replies": [reply.as_dict() for reply in replies]},
            at=held_until, held=held_until is not None,
        )  # fmt: skip

    def _arrival(self) -> int:
        self._last_arrival = max(self._last_arrival + 1, time.time_ns())
        return self._last_arrival


def _key(message: Receipt | Row[Any]) -> tuple[Any, Any]:
    return inbox.c.conversation == message.conversation, inbox.c.message_id == message.message_id
