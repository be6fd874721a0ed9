"""One turn: the engine runs, and everything that comes of it is written in one transaction."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from prometheus_client import Counter, Histogram

from bot.conversations import redaction
from bot.conversations.inline_replies import InlineReplies
from bot.conversations.record import Conversation
from bot.dialogue.review_candidates import keep_for_review
from bot.engine.memory import Answer, Said
from bot.messages import Reply
from hall.context import Hall
from hall.error_location import location_of
from hall.errors import Conflict, StoreUnavailable
from hall.store import inbox
from hall.store import outbox as outbox_messages
from hall.store.prepared import inserting
from hall.store.tables.core import turns
from hall.store.unit import Unit

if TYPE_CHECKING:
    from bot.engine.engine import Engine

log = logging.getLogger(__name__)

TRIES = 3  # of a turn that fails, before the customer is told so
HOLD_MARGIN = 2.0  # seconds after the channel's limit, before a held reply is pushed
KEEP_EVENTS = inserting(turns)

TURNS = Counter("yingting_turns", "Conversations by channel and end", ["channel", "end"])
SECONDS = Histogram(
    "yingting_turn_seconds", "Duration of turns", buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2, 8)
)
Finished = Callable[[Conversation, str, tuple[Reply, ...]], None]  # after the turn; message id, replies


class TurnRunner:
    """Answers what waits in a conversation. Who calls it sees that nobody else does at the same time."""

    def __init__(
        self, hall: Hall, engine: Engine, answer_limit: float, inline_replies: InlineReplies, finished: Finished
    ) -> None:
        self.hall, self.engine = hall, engine  # the engine may be changed for a newer one between turns
        self._store, self._answer_limit = hall.store, answer_limit
        self._inline_replies, self._finished = inline_replies, finished

    async def answer(self, conversation: str) -> None:
        """Answer every waiting message, in order. Raises StoreUnavailable; then the rest still waits."""
        while True:
            rows = await self._store.all(inbox.WAITING, {"its_conversation": conversation})
            talk = Conversation.of(rows[0]) if rows else None
            for row in rows:
                talk = await self._one(row, talk)
            if len(rows) < inbox.AT_ONCE:
                return

    async def _one(self, row: Any, talk: Conversation | None) -> Conversation | None:
        """The conversation after the message is answered; None when it must be read anew."""
        for attempt in range(TRIES):
            try:
                return await self._turn(row, talk or await self._reread(row))
            except StoreUnavailable:
                raise
            except Conflict:
                talk = None
                if not await self._still_new(row):
                    return None
                log.info("turns: conflict, running the turn again")
            except Exception as error:  # whatever an action did, the customer gets an answer
                talk = None
                log.error("turns: attempt %d failed: %s", attempt + 1, location_of(error))
        return await self._turn(row, await self._reread(row), failed=True)

    async def _reread(self, row: Any) -> Conversation:
        return await Conversation.read(self._store, row.conversation) or Conversation.begun(row)

    async def _still_new(self, row: Any) -> bool:
        now = await self._store.one(inbox.OF_ONE, key_of(row))
        return now is not None and now.state == "new"

    async def _turn(self, row: Any, before: Conversation, *, failed: bool = False) -> Conversation:
        began, now, engine = time.perf_counter(), self.hall.clock.now(), self.engine
        talk, unit = before.opened(row, now), self._store.unit()
        replies: tuple[Reply, ...] = ()
        if row.kind != "event" and talk.owner == "person":
            talk.heard(unit, now, row, secret=engine.awaits_secret(talk.memory))
            end = "person"
            unit.wakes("desk")
        elif failed:
            replies, end = (Reply(engine.phrase("utter_trouble", talk.channel)),), "failed"
            talk.heard(unit, now, row, secret=engine.awaits_secret(talk.memory))
        else:
            answer = await self._run(engine, talk, unit, row)
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
        redaction.later(unit, now, talk, row.message_id, replies)
        talk.save(unit, now)
        await unit.commit()
        self._inline_replies.confirm((row.conversation, row.message_id))
        self._finished(talk, row.message_id, replies)
        _counter(talk.channel, end).inc()
        SECONDS.observe(time.perf_counter() - began)
        return talk

    async def _run(self, engine: Engine, talk: Conversation, unit: Unit, row: Any) -> Answer:
        turn = talk.turn_for(self.hall, unit, row)
        event = {name: row.body.get(name) for name in ("response", "facts", "resume")}
        said = Said(event=event) if row.kind == "event" else Said(row.text, row.body.get("payload"))
        answer = await engine.run(turn, talk.memory, said)
        talk.after(turn, self.hall.clock.now())
        return answer

    def _keep_events(self, unit: Unit, talk: Conversation, row: Any, answer: Answer, now: datetime) -> None:
        talk.turn += 1
        values = {
            "conversation": talk.conversation, "turn": talk.turn, "message_id": row.message_id,
            "events": answer.events, "at": now,
        }  # fmt: skip
        unit.stage(KEEP_EVENTS, values)

    def _finish_inbox(
        self, unit: Unit, row: Any, replies: Sequence[Reply], now: datetime, *, failed: bool, body: dict[str, Any]
    ) -> None:
        done = {
            "state": "failed" if failed else "done", "text": "", "body": body, "done_at": now,
            "attempts": TRIES if failed else 1, "replies": [reply.as_dict() for reply in replies],
        }  # fmt: skip
        unit.stage(inbox.FINISH, key_of(row) | done, expect=1)

    def _post_replies(
        self, unit: Unit, talk: Conversation, row: Any, replies: tuple[Reply, ...], now: datetime
    ) -> None:
        if row.kind == "event":
            post_replies(unit, now, talk, f"message:{talk.last_seq}", replies)
            return
        hold = row.received_at + timedelta(seconds=self._answer_limit + HOLD_MARGIN)
        answered = self._inline_replies.reserve((row.conversation, row.message_id), replies)
        post_replies(unit, now, talk, f"reply:{row.message_id}", replies, held_until=hold, answered=answered)


def post_replies(
    unit: Unit, now: datetime, talk: Conversation, key: str, replies: tuple[Reply, ...],
    held_until: datetime | None = None, answered: bool = False,
) -> None:  # fmt: skip
    """Stage the delivery of replies by the conversation's SMS account, unless they are `answered`: that is noted."""
    outbox_messages.enqueue(
        unit, now, key=key, kind=f"sms:{talk.account}", conversation=talk.conversation,
        body={"to": talk.sender, "from": talk.hall_number, "replies": [reply.as_dict() for reply in replies]},
        at=held_until, held=held_until is not None, answered=answered,
    )  # fmt: skip


def key_of(message: Any) -> dict[str, Any]:
    """The key of an inbox row, of what has `conversation` and `message_id`."""
    return {"its_conversation": message.conversation, "its_message_id": message.message_id}


@cache
def _counter(channel: str, end: str) -> Any:
    return TURNS.labels(channel, end)
