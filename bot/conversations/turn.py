"""Run: the waiting messages of a conversation, one turn each; nothing is written before the commit.

A person owns the conversation: the message goes to the desk. Otherwise the engine understands, decides and acts, with
its writes staged. A turn whose conversation changed meanwhile runs again on what is there now; one that keeps failing
ends with an apology, and the fault is kept for the desk.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from prometheus_client import Counter, Histogram

from bot.conversations.automata import Automata
from bot.conversations.commit import Outcome, RunningTurn, TurnCommit
from bot.conversations.queue_line import with_place
from bot.conversations.record import Conversation
from bot.conversations.turn_id import turn_id
from bot.engine.memory import Input, Memory, TurnResult
from bot.messages import Reply
from hall import handoff
from hall.context import Hall
from hall.error_location import location_of
from hall.errors import Conflict, StoreUnavailable
from hall.handoff import DESK, QUEUED
from hall.helpdesk import links
from hall.store import inbox

if TYPE_CHECKING:
    from bot.engine.engine import Engine

log = logging.getLogger(__name__)

SLOW = 1.0  # seconds; a turn that takes longer is told at any level of the log
TRIES = 3  # of a turn that fails, before the customer is told so

STUCK = Counter(
    "yingting_turns_set_aside", "Messages that no turn could answer: the customer was told, a person called"
)
TURNS = Counter("yingting_turns", "Turns by channel and end", ["channel", "end"])
SECONDS = Histogram(
    "yingting_turn_seconds", "Duration of turns", buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2, 8)
)
Committed = Callable[[Conversation, str, tuple[Reply, ...]], None]  # after the commit; message id, replies


class TurnRunner:
    """Answers what waits in a conversation. Who calls it sees that nobody else does at the same time."""

    def __init__(self, hall: Hall, engine: Engine, commit: TurnCommit, committed: Committed) -> None:
        self.hall, self.engine = hall, engine  # the engine may be changed for a newer one between turns
        self._store, self._commit, self._committed = hall.store, commit, committed
        self._automata = Automata(hall.secret)

    async def answer(self, key: str) -> None:
        """Answer every waiting message of a conversation, in order. Raises StoreUnavailable; then the rest waits."""
        while True:
            rows = await self._store.all(inbox.WAITING, {"its_conversation": key})
            conversation = Conversation.of(rows[0]) if rows else None
            for row in rows:
                conversation = await self._answer_one(row, conversation)
            if len(rows) < inbox.AT_ONCE:
                return

    async def _answer_one(self, row: Any, conversation: Conversation | None) -> Conversation | None:
        """The conversation after the message is answered; None when it must be read anew."""
        fault = ""
        for attempt in range(TRIES):
            try:
                return await self._run(row, conversation or await self._reread(row))
            except StoreUnavailable:
                raise
            except Conflict:
                conversation, fault = None, "Conflict"
                if not await self._still_waits(row):
                    return None
                log.info("turn %s: conflict, running it again", self._name(row))
            except Exception as error:  # whatever an action did, the customer gets an answer
                conversation, fault = None, f"{location_of(error)} (turn {self._name(row)})"
                log.error("turn: attempt %d failed: %s", attempt + 1, fault)
        try:
            return await self._run(row, await self._reread(row), fault)
        except (StoreUnavailable, Conflict):
            raise
        except Exception as error:  # not even the apology can be written: whatever is stored of the conversation is bad
            await self._set_aside(row, f"{location_of(error)} (turn {self._name(row)})")
            return None

    async def _set_aside(self, row: Any, fault: str) -> None:
        """End a message that no turn can answer: the customer is told, a person is called, the others go on."""
        log.error("turn: set aside: %s", fault)
        STUCK.inc()
        channel, now = row.conversation.partition(":")[0], self.hall.clock.now()
        apology = (Reply(self.engine.answers.text("utter_trouble", channel)),)
        ended = inbox.ended(row, now, replies=[one.as_dict() for one in apology], error=fault, attempts=TRIES)
        unit = self._store.unit()
        unit.stage(inbox.FINISH, ended, expect=1)
        await handoff.request(self.hall, unit, handoff.NewHandoff(row.conversation, "stuck"))
        await unit.commit()
        self._committed(Conversation.create(row), row.message_id, apology)

    async def _reread(self, row: Any) -> Conversation:
        return await Conversation.read(self._store, row.conversation) or Conversation.create(row)

    async def _still_waits(self, row: Any) -> bool:
        now = await self._store.one(inbox.OF_ONE, inbox.key_of(row.conversation, row.message_id))
        return now is not None and now.state == "new"

    async def _run(self, row: Any, before: Conversation, fault: str = "") -> Conversation:
        started, now = time.perf_counter(), self.hall.clock.now()
        turn = RunningTurn(row, before.for_turn(row, now), self._store.unit(), now)
        outcome = await self._outcome(turn, fault)
        if turn.conversation.owner != "bot":  # somebody at another desk reads along
            links.follow(self.hall, turn.unit, turn.conversation.key, f"turn:{row.message_id}")
        await self._commit.commit(turn, outcome)
        self._committed(turn.conversation, row.message_id, outcome.replies)
        _counter(turn.conversation.channel, outcome.end).inc()
        took = time.perf_counter() - started
        SECONDS.observe(took)
        if took > SLOW or log.isEnabledFor(logging.DEBUG):
            told = (self._name(row), turn.conversation.channel, row.kind, outcome.end, len(outcome.replies), took)
            log.log(logging.WARNING if took > SLOW else logging.DEBUG, "turn %s: %s %s %s, %d replies, %.3f s", *told)
        return turn.conversation

    def _name(self, row: Any) -> str:
        return turn_id(self.hall.secret, row.conversation, row.message_id)

    async def _outcome(self, turn: RunningTurn, fault: str) -> Outcome:
        engine, conversation = self.engine, turn.conversation
        if turn.row.kind != "event" and conversation.owner == "person":
            turn.unit.notify_after_commit(DESK)
            return Outcome("person", secret=engine.awaits_secret(conversation.memory))
        if fault:
            apology = Reply(engine.answers.text("utter_trouble", conversation.channel))
            secret = engine.awaits_secret(conversation.memory)
            return Outcome("failed", (apology,), secret, fault=fault, attempts=TRIES)
        if turn.row.kind != "event" and conversation.channel == "sms":  # the web has its limits at the door
            conversation.memory, machine = self._automata.listen(conversation.memory, turn.row.text, turn.now)
            if machine:
                return Outcome("machine", secret=engine.awaits_secret(conversation.memory))
        result = await self._ask(engine, turn)
        return Outcome("answered", result.replies, result.secret, result)

    async def _ask(self, engine: Engine, turn: RunningTurn) -> TurnResult:
        row, context = turn.row, turn.conversation.context(self.hall, turn.unit, turn.row)
        event = {name: row.body.get(name) for name in ("response", "facts", "resume", "rate")}
        given = Input(event=event) if row.kind == "event" else Input(row.text, row.body.get("payload"))
        result = await engine.run(context, turn.conversation.memory, given)
        turn.conversation.apply(context, self.hall.clock.now())
        if context.signed_out:
            result = replace(result, memory=Memory())
        if turn.conversation.owner == QUEUED and row.kind != "event" and not context.place_told:
            said = await with_place(self.hall, engine.answers, turn.conversation, result.replies)
            result = replace(result, replies=said)
        if context.channel != "sms":
            return result
        return replace(result, memory=self._automata.said(turn.conversation.memory, result.memory, result.replies))


@cache
def _counter(channel: str, end: str) -> Any:
    return TURNS.labels(channel, end)
