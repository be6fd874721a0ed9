"""Reply: in the response if the request still waits for it, else from the outbox.

A channel that answers at once (REST, SMS gateways) comes by one door, `answer`: accept, wait, claim. Where the turn
takes longer than the channel waits, the reply is pushed from the outbox, or kept for a repeat of the message.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from weakref import WeakValueDictionary

from bot.conversations.inline_replies import Fits, InlineReplies, Key
from bot.conversations.record import Conversation
from bot.messages import Accepted, InboundMessage, Reply, has_outbox
from hall.errors import StoreUnavailable
from hall.store import inbox
from hall.store.outbox import NewMessage, enqueue, unasked_key
from hall.store.unit import Store, Unit

log = logging.getLogger(__name__)

LOOK_AGAIN = 1.0  # seconds; finds what another process answered should its notification be lost

Future = asyncio.Future[tuple[Reply, ...]]


@dataclass(frozen=True, slots=True)
class Response:
    """What a channel that answers at once may say now.

    inline: the response carries the replies; pushed: they go out from the outbox, or went; late: there are none yet;
    committing: there are none yet, but they are being committed as given in this response, which they are not: the
    channel must ask the sender to come again with the same message.
    """

    state: Literal["inline", "pushed", "late", "committing"]
    accepted: Accepted
    replies: tuple[Reply, ...] = ()


class Door(Protocol):
    """What `answer` needs of `Conversations`."""

    inline_replies: InlineReplies

    async def accept(self, inbound: InboundMessage) -> Accepted: ...

    async def wait_for_reply(self, accepted: Accepted, within: float) -> tuple[Reply, ...] | None: ...

    async def claim_reply(self, accepted: Accepted) -> tuple[Reply, ...]: ...

    async def release_reply(self, accepted: Accepted) -> None: ...


def any_reply(_replies: Sequence[Reply]) -> bool:
    """A response that can carry whatever is said."""
    return True


async def answer(
    door: Door, inbound: InboundMessage, within: float, fits: Fits = any_reply, *, can_push: bool = False
) -> Response:
    """Accept a message and get its reply for the response, within so many seconds of now.

    `fits`: whether a response can carry these replies; `can_push`: there is another way to the customer, so that what
    does not fit is pushed as a whole, at once, and what was or will be pushed is not said twice. Without one the
    response is the only way, and a repeat always gets the reply again. If this raises, the reply counts as not given.
    Raises BadMessage, StoreUnavailable as `accept`.
    """
    until = time.monotonic() + within
    accepted = await door.accept(inbound)
    left = max(0.0, until - time.monotonic())
    if not has_outbox(inbound.channel):
        replies = await door.wait_for_reply(accepted, within=left)
        return Response("late", accepted) if replies is None else Response("inline", accepted, replies)
    with door.inline_replies.wait(accepted, left, fits) as request:
        replies = await door.wait_for_reply(accepted, within=left)
        if replies is None:
            request.abandoned = request.reserved
            return Response("committing" if request.reserved else "late", accepted)
        if can_push and not fits(replies):
            await door.release_reply(accepted)
            return Response("pushed", accepted)
        inline = request.confirmed or await door.claim_reply(accepted) or not can_push
        return Response("inline" if inline else "pushed", accepted, replies if inline else ())


def push(unit: Unit, now: datetime, conversation: Conversation, replies: tuple[Reply, ...]) -> None:
    """Stage the delivery of what nobody asked for, the last lines of the conversation's log."""
    enqueue(unit, now, replies_message(conversation, unasked_key(conversation.last_seq), replies))


def replies_message(
    conversation: Conversation, key: str, replies: tuple[Reply, ...], held_until: datetime | None = None
) -> NewMessage:
    """The outbox's message that carries replies to a customer, by the conversation's account."""
    body = {
        "to": conversation.sender,
        "from": conversation.hall_number,
        "replies": [reply.as_dict() for reply in replies],
    }
    return NewMessage(key, f"{conversation.channel}:{conversation.account}", body, conversation.key, held_until)


class ReplyFutures:
    """Who waits in this process for the reply to which message; filled in by turns here and elsewhere."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._futures: WeakValueDictionary[Key, Future] = WeakValueDictionary()
        self._looks: set[asyncio.Task[None]] = set()

    def expect(self, key: Key) -> Future:
        """The future reply to a message; it is forgotten with the last who waits for it."""
        future = self._futures.get(key)
        if future is None:
            future = self._futures[key] = asyncio.get_running_loop().create_future()
        return future

    def resolve(self, key: Key, replies: tuple[Reply, ...]) -> None:
        """The message is answered."""
        future = self._futures.get(key)
        if future is not None and not future.done():
            future.set_result(replies)

    async def wait(self, accepted: Accepted, within: float) -> tuple[Reply, ...] | None:
        """The replies to a message; None when there are none yet after `within` seconds."""
        until, key = time.monotonic() + within, (accepted.conversation, accepted.message_id)
        future = self._futures.get(key)  # `accepted` keeps it
        if future is None:  # accepted before this process started, or by another one
            future = self.expect(key)
            await self._look_up([key])
        while not future.done():
            left = until - time.monotonic()
            if left <= 0:
                return None
            await asyncio.wait({future}, timeout=min(left, LOOK_AGAIN))
            if not future.done():
                await self._look_up([key])
        return future.result()

    def look_up_soon(self, conversation: str = "") -> None:
        """Another process answered in a conversation, or ("") anywhere."""
        keys = [key for key in list(self._futures) if conversation in ("", key[0])]
        if keys:
            task = asyncio.create_task(self._look_up(keys))
            self._looks.add(task)
            task.add_done_callback(self._looks.discard)

    async def _look_up(self, keys: Iterable[Key]) -> None:
        """Resolve what the inbox has a reply to."""
        for key in keys:
            try:
                row = await self._store.one(inbox.OF_ONE, inbox.key_of(*key))
            except StoreUnavailable as error:
                log.warning("reply: %s", error)
                return
            if row is not None and row.state != "new":
                self.resolve(key, tuple(Reply.of(reply) for reply in row.replies or ()))
