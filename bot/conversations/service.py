"""The front door for channels: keep a message, wait for its answer, read the log.

A message is durable before it is acknowledged (`accept`), is answered once however often it comes,
and a conversation's messages are answered in the order in which they came (bot/conversations/scheduler.py), each in
one transaction (bot/conversations/turn.py).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from sqlalchemy import bindparam, select, update

from bot.conversations.inline_replies import InlineReplies
from bot.conversations.pubsub import PubSub
from bot.conversations.record import Conversation
from bot.conversations.scheduler import ANSWERED, AT_ONCE, Scheduler
from bot.conversations.turn import TurnRunner, key_of, post_replies
from bot.messages import Accepted, InboundMessage, Reply
from hall import privacy
from hall.context import Hall
from hall.errors import StoreUnavailable
from hall.store import inbox
from hall.store import outbox as outbox_messages
from hall.store.cluster import LOST
from hall.store.database import Write
from hall.store.outbox import ACCEPT, IN_THE_ANSWER
from hall.store.prepared import Prepared, given
from hall.store.tables.core import messages, outbox
from hall.store.unit import Unit

if TYPE_CHECKING:
    from bot.engine.engine import Engine

log = logging.getLogger(__name__)

STUCK = 60.0  # seconds: a message that waits longer makes the hall unhealthy
REFUSING = 5.0  # seconds for which one that could not be kept does: a disk that is nearly full takes small things
LOOK_AGAIN = 1.0  # seconds; finds what another process answered should its news be lost

Answered = asyncio.Future[tuple[Reply, ...]]

LOG = Prepared(
    select(messages)
    .where(given(messages.c.conversation), messages.c.seq > bindparam("after", type_=messages.c.seq.type))
    .order_by(messages.c.seq)
)
PARCEL = Prepared(
    select(outbox.c.state, outbox.c.body, outbox.c.receipt).where(given(outbox.c.conversation), given(outbox.c.key))
)
TAKE = Prepared(
    update(outbox).where(given(outbox.c.conversation), given(outbox.c.key), outbox.c.state == "held"),
    "state", "receipt", "sent_at",
)  # fmt: skip


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


class Conversations:
    """The front door for channels, and the workers behind it."""

    def __init__(self, hall: Hall, engine: Engine, *, answer_limit: float = 8.0, at_once: int = AT_ONCE) -> None:
        self.hall, self.pubsub, self.inline_replies = hall, PubSub(), InlineReplies(hall.store)
        self._store = hall.store
        self._answering = TurnRunner(hall, engine, answer_limit, self.inline_replies, self._finished)
        self.scheduler = Scheduler(hall.store, self._answering.answer, at_once)
        self._answers: WeakValueDictionary[tuple[str, str], Answered] = WeakValueDictionary()
        self._doors: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._looks: set[asyncio.Task[None]] = set()
        self._last_arrival = 0
        self._store.listen(self._woken)

    @property
    def engine(self) -> Engine:
        """The engine that runs the next turns; a newer one may take its place."""
        return self._answering.engine

    @engine.setter
    def engine(self, engine: Engine) -> None:
        self._answering.engine = engine

    # -- for channels ----------------------------------------------------------------------------

    async def accept(self, inbound: InboundMessage) -> Accepted:
        """Keep a message; when this returns it will be answered, whatever happens.

        Raises StoreUnavailable when it cannot be kept (the sender must try again), ValueError when
        it has no sender or id.
        """
        if not inbound.sender or not inbound.message_id or len(inbound.message_id) > 128 or len(inbound.sender) > 96:
            raise ValueError("a message needs a sender and an id of at most 96 and 128 characters")
        kept, _ = privacy.mask_ids(inbound.text.replace("\0", ""))
        body = {
            "channel": inbound.channel, "account": inbound.account, "sender": inbound.sender, "to": inbound.to,
            "msisdn": inbound.msisdn, "payload": inbound.payload and privacy.mask_ids(inbound.payload)[0],
        }  # fmt: skip
        key = (inbound.conversation, inbound.message_id)
        values = {
            "conversation": key[0], "message_id": key[1], "kind": "text", "text": kept, "body": body,
            "arrival": self._arrival(), "received_at": self.hall.clock.now(), "state": "new", "attempts": 0,
        }  # fmt: skip
        async with self._door(key[0]):
            fresh = await self._store.commit((Write(ACCEPT, values),)) == [1]
        answer = self._awaited(key) if fresh else None
        self.wake(inbound.conversation)
        return Accepted(*key, fresh, answer)

    async def wait_for_reply(self, accepted: Accepted, within: float) -> tuple[Reply, ...] | None:
        """The replies to a message: None when there are none yet after `within` seconds, () when a
        person owns the conversation."""
        until = time.monotonic() + within
        future = self._answers.get((accepted.conversation, accepted.message_id))  # the receipt keeps it
        if future is None:  # accepted before this process started, or by another one
            future = self._awaited((accepted.conversation, accepted.message_id))
            await self._look_up([accepted])
        while not future.done():
            left = until - time.monotonic()
            if left <= 0:
                return None
            await asyncio.wait({future}, timeout=min(left, LOOK_AGAIN))
            if not future.done():
                await self._look_up([accepted])
        return future.result()

    async def claim_reply(self, accepted: Accepted) -> tuple[Reply, ...]:
        """Claim the replies for the answer of a channel that answers at once; () when they are pushed.

        Not needed where `givers` says that they are given already.
        """
        key = {"its_conversation": accepted.conversation, "its_key": f"reply:{accepted.message_id}"}
        row = await self._store.one(PARCEL, key)
        if row is None:
            return ()
        if row.state == "held":
            done = {"state": "sent", "receipt": IN_THE_ANSWER, "sent_at": self.hall.clock.now()}
            claimed = await self._store.commit((Write(TAKE, key | done),)) == [1]
            if not claimed:
                row = await self._store.one(PARCEL, key)
        if row is None or not (row.state == "held" or row.receipt == IN_THE_ANSWER):
            return ()
        return tuple(Reply.of(reply) for reply in row.body["replies"])

    async def log(self, conversation: str, after: int = 0) -> list[LogLine]:
        """The lines of a conversation after number `after`, in order."""
        rows = await self._store.all(LOG, {"its_conversation": conversation, "after": after})
        return [LogLine(r.seq, r.author, r.text, tuple(r.buttons or ()), r.image, r.client_id, r.at) for r in rows]

    async def post(self, unit: Unit, conversation: str, author: str, text: str) -> None:
        """Stage a message of an agent (or the system) to the customer, by the conversation's channel.

        Identity numbers are taken out of it too: nobody needs them in a chat.
        """
        text, _ = privacy.mask_ids(text)
        now = self.hall.clock.now()
        talk = await Conversation.read(self._store, conversation)
        if talk is None:
            raise LookupError(f"there is no conversation {conversation}")
        talk.append(unit, now, author=author, text=text)
        talk.save(unit, now)
        if talk.channel == "sms":
            post_replies(unit, now, talk, f"message:{talk.last_seq}", (Reply(text),))
        unit.wakes(conversation)

    async def health(self) -> tuple[bool, str]:
        """Whether messages are taken and answered, and if not, why."""
        try:
            oldest = await self._store.one(inbox.OLDEST)
            await outbox_messages.prove(self._store, self.hall.clock.now())
        except StoreUnavailable as error:
            return False, str(error)
        if time.monotonic() - self._store.failed_at < REFUSING:
            return False, "something could not be kept a moment ago"
        waited = (self.hall.clock.now() - oldest[0]).total_seconds() if oldest and oldest[0] else 0.0
        return (waited < STUCK, "" if waited < STUCK else f"a message has waited {waited:.0f} s")

    # -- for the house ---------------------------------------------------------------------------

    async def resume(self) -> None:
        """Answer what was accepted before this process started."""
        await self.scheduler.look()

    def wake(self, conversation: str) -> None:
        """See that the waiting messages of a conversation are answered."""
        self.scheduler.wake(conversation)

    async def settle(self) -> None:
        """Wait until every accepted message is answered: for tests and for a clean stop."""
        await self.scheduler.settle()

    # -- news ------------------------------------------------------------------------------------

    def _woken(self, name: str) -> None:
        """News of a commit here or, with ANSWERED, of a turn in another process."""
        if name == LOST:
            self.pubsub.publish_all()
            self.scheduler.look_soon()
            self._look_up_soon(self._answers.keys())
        elif name.startswith(ANSWERED):
            self.pubsub.publish(name[1:])
            self._look_up_soon(key for key in self._answers if key[0] == name[1:])
        else:
            self.pubsub.publish(name)
            if ":" in name:
                self.scheduler.wake(name, told=True)

    def _finished(self, talk: Conversation, message_id: str, replies: tuple[Reply, ...]) -> None:
        self.pubsub.publish(talk.conversation)
        self.scheduler.answered(talk.conversation, watched=talk.channel == "web" or talk.owner != "bot")
        future = self._answers.get((talk.conversation, message_id))
        if future is not None and not future.done():
            future.set_result(replies)

    def _awaited(self, key: tuple[str, str]) -> Answered:
        """The future answer to a message; it is forgotten with the last who waits for it."""
        future = self._answers.get(key)
        if future is None:
            future = self._answers[key] = asyncio.get_running_loop().create_future()
        return future

    def _look_up_soon(self, keys: Iterable[tuple[str, str]]) -> None:
        if asked := [Accepted(*key, fresh=False) for key in list(keys)]:
            task = asyncio.create_task(self._look_up(asked))
            self._looks.add(task)
            task.add_done_callback(self._looks.discard)

    async def _look_up(self, asked: Sequence[Accepted]) -> None:
        """Fill in the answers that the inbox has."""
        for accepted in asked:
            try:
                row = await self._store.one(inbox.OF_ONE, key_of(accepted))
            except StoreUnavailable as error:
                log.warning("turns: %s", error)
                return
            future = self._answers.get((accepted.conversation, accepted.message_id))
            if row is not None and row.state != "new" and future is not None and not future.done():
                future.set_result(tuple(Reply.of(reply) for reply in row.replies or ()))

    def _door(self, conversation: str) -> asyncio.Lock:
        """One message of a conversation at a time: a later one must not be there, and answered, before it."""
        door = self._doors.get(conversation)
        if door is None:
            door = self._doors[conversation] = asyncio.Lock()
        return door

    def _arrival(self) -> int:
        """Orders messages where this process has the database to itself: the time, and never the same twice."""
        self._last_arrival = max(self._last_arrival + 1, time.time_ns())
        return self._last_arrival
