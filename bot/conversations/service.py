"""The front door for channels: accept a message, answer it, wait for its reply, read the log."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from bot.conversations.accept import Acceptor
from bot.conversations.commit import TurnCommit
from bot.conversations.inline_replies import Fits, InlineReplies
from bot.conversations.pubsub import PubSub
from bot.conversations.record import Conversation, LogEntry
from bot.conversations.reply import ReplyFutures, Response, answer, any_reply, push
from bot.conversations.scheduler import AT_ONCE, Scheduler
from bot.conversations.turn import TurnRunner
from bot.messages import Accepted, InboundMessage, Reply
from hall import privacy
from hall.context import Hall
from hall.errors import StoreUnavailable
from hall.store import inbox, outbox, transcript
from hall.store.notification import MISSED, Notification, changed
from hall.store.prepared import Prepared, given
from hall.store.tables.core import messages
from hall.store.unit import Unit
from hall.text import readable

if TYPE_CHECKING:
    from bot.engine.engine import Engine

STUCK = 60.0  # seconds: a message that waits longer makes the hall unhealthy
UNHEALTHY_FOR = 5.0  # seconds after a failed write: on a nearly full disk the probe itself may still succeed

LOG = Prepared(
    select(messages)
    .where(given(messages.c.conversation), messages.c.seq > bindparam("after", type_=messages.c.seq.type))
    .order_by(messages.c.seq)
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
    card: dict[str, Any] | None = None

    @classmethod
    def of(cls, row: Any) -> LogLine:
        """From a row of `messages`."""
        return cls(row.seq, row.author, row.text, tuple(row.buttons or ()), row.image, row.client_id, row.at, row.card)


class Conversations:
    """The front door for channels, and the workers behind it."""

    def __init__(self, hall: Hall, engine: Engine, *, answer_limit: float = 8.0, at_once: int = AT_ONCE) -> None:
        self.hall, self.pubsub, self.inline_replies = hall, PubSub(), InlineReplies(hall.store)
        self._store, self._acceptor, self._replies = hall.store, Acceptor(hall), ReplyFutures(hall.store)
        commit = TurnCommit(self.inline_replies, answer_limit)
        self._runner = TurnRunner(hall, engine, commit, self._committed)
        self.scheduler = Scheduler(hall.store, self._runner.answer, at_once)
        self._store.listen(self._on_notify)

    @property
    def engine(self) -> Engine:
        """The engine that runs the next turns; a newer one may take its place."""
        return self._runner.engine

    @engine.setter
    def engine(self, engine: Engine) -> None:
        self._runner.engine = engine

    # -- for channels ----------------------------------------------------------------------------

    async def accept(self, inbound: InboundMessage) -> Accepted:
        """Keep a message; when this returns it will be answered, whatever happens.

        Raises StoreUnavailable when it cannot be kept (the sender must try again), BadMessage when
        it has no sender or id.
        """
        fresh = await self._acceptor.accept(inbound)
        key = (inbound.conversation, inbound.message_id)
        future = self._replies.expect(key) if fresh else None
        self.wake(inbound.conversation)
        return Accepted(*key, fresh, future, self._acceptor.turn_id(inbound))

    async def answer(
        self, inbound: InboundMessage, within: float, fits: Fits = any_reply, *, can_push: bool = False
    ) -> Response:
        """Accept a message and get its reply for the response: the door of channels that answer at once.

        See bot/conversations/reply.py. Raises as `accept`.
        """
        return await answer(self, inbound, within, fits, can_push=can_push)

    async def wait_for_reply(self, accepted: Accepted, within: float) -> tuple[Reply, ...] | None:
        """The replies to a message: None when there are none yet after `within` seconds, () when a
        person owns the conversation."""
        return await self._replies.wait(accepted, within)

    async def claim_reply(self, accepted: Accepted) -> tuple[Reply, ...]:
        """Claim the replies for a response; () when they are pushed. Not needed where a request is confirmed."""
        now = self.hall.clock.now()
        body = await outbox.claim_held(self._store, now, accepted.conversation, accepted.message_id)
        return tuple(Reply.of(reply) for reply in body["replies"]) if body else ()

    async def release_reply(self, accepted: Accepted) -> None:
        """Let the replies be pushed at once: the response cannot carry them."""
        await outbox.release_held(self._store, self.hall.clock.now(), accepted.conversation, accepted.message_id)

    async def log(self, conversation: str, after: int = 0) -> list[LogLine]:
        """The lines of a conversation after number `after`, in order."""
        rows = await self._store.all(LOG, {"its_conversation": conversation, "after": after})
        return [LogLine.of(row) for row in rows]

    async def tail(self, conversation: str, most: int) -> list[LogLine]:
        """The last lines of a conversation, at most so many, in order."""
        return [LogLine.of(row) for row in reversed(await transcript.newest(self._store, conversation, most))]

    async def filed(self, unit: Unit, conversation: str, entry: LogEntry) -> None:
        """Stage a line for the log that needs no turn: a file that the customer sent."""
        found = await Conversation.read(self._store, conversation)
        if found is None:
            raise LookupError(f"there is no conversation {conversation}")
        now = self.hall.clock.now()
        found.append(unit, now, entry)
        found.save(unit, now)
        unit.notify_after_commit(changed(conversation))

    async def post(
        self, unit: Unit, conversation: str, author: str, text: str, card: dict[str, Any] | None = None
    ) -> None:
        """Stage a message of an agent (or the system) to the customer, by the conversation's channel.

        `card`: one that the hall made of an answer. Identity numbers are taken out of the text too: nobody needs them
        in a chat.
        """
        text, _ = privacy.mask_ids(readable(text))
        now = self.hall.clock.now()
        found = await Conversation.read(self._store, conversation)
        if found is None:
            raise LookupError(f"there is no conversation {conversation}")
        found.append(unit, now, LogEntry(author, text, card=card))
        found.save(unit, now)
        if found.has_outbox:
            push(unit, now, found, (Reply(text),))
        unit.notify_after_commit(changed(conversation))

    async def health(self) -> tuple[bool, str]:
        """Whether messages are taken and answered, and if not, why."""
        try:
            oldest = await self._store.one(inbox.OLDEST)
        except StoreUnavailable as error:
            return False, str(error)
        kept, why = await self.writable()
        if not kept:
            return False, why
        waited = (self.hall.clock.now() - oldest[0]).total_seconds() if oldest and oldest[0] else 0.0
        return (waited < STUCK, "" if waited < STUCK else f"a message has waited {waited:.0f} s")

    async def writable(self) -> tuple[bool, str]:
        """Whether messages can be kept, and if not, why."""
        try:
            await outbox.probe(self._store, self.hall.clock.now())
        except StoreUnavailable as error:
            return False, str(error)
        kept = time.monotonic() - self._store.failed_at >= UNHEALTHY_FOR
        return kept, "" if kept else "something could not be kept a moment ago"

    # -- for the program -------------------------------------------------------------------------

    async def resume(self) -> None:
        """Answer what was accepted before this process started."""
        await self.scheduler.look()

    def wake(self, conversation: str) -> None:
        """See that the waiting messages of a conversation are answered."""
        self.scheduler.wake(conversation)

    async def settle(self) -> None:
        """Wait until every accepted message is answered: for tests and for a clean stop."""
        await self.scheduler.settle()

    # -- notifications ---------------------------------------------------------------------------

    def _on_notify(self, notification: Notification) -> None:
        """Of a commit here or, when a conversation was answered, of a turn in another process."""
        if notification == MISSED:
            self.pubsub.publish_all()
            self.scheduler.look_soon()
            self._replies.look_up_soon()
        elif notification.kind == "answered":
            self.pubsub.publish(changed(notification.conversation))
            self._replies.look_up_soon(notification.conversation)
        else:
            self.pubsub.publish(notification)
            if notification.kind == "changed":
                self.scheduler.wake(notification.conversation, announced=True)

    def _committed(self, conversation: Conversation, message_id: str, replies: tuple[Reply, ...]) -> None:
        self.pubsub.publish(changed(conversation.key))
        watched = conversation.channel == "web" or conversation.owner != "bot"
        self.scheduler.announce_answer(conversation.key, watched=watched)
        self._replies.resolve((conversation.key, message_id), replies)
