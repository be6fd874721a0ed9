"""Commit: log, dialogue state, business records, replies and the inbox row in one transaction, guarded by versions.

A crash before it: the turn runs again from the same state. After it: nothing runs twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.conversations import redaction
from bot.conversations.inline_replies import InlineReplies
from bot.conversations.record import Conversation, LogEntry
from bot.conversations.reply import push, replies_message
from bot.dialogue.review_candidates import keep_for_review
from bot.engine.memory import TurnResult
from bot.messages import Reply
from hall.store import inbox, outbox
from hall.store.prepared import inserting
from hall.store.tables.core import turns
from hall.store.unit import Unit

HOLD_MARGIN = 2.0  # seconds after the channel's limit, before a held reply is pushed
KEEP_EVENTS = inserting(turns)


@dataclass(frozen=True, slots=True)
class RunningTurn:
    """One message's turn: its inbox row, the conversation that the turn changes, the unit in which it writes."""

    row: Any
    conversation: Conversation
    unit: Unit
    now: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a turn. `secret`: the customer's text may hold a code; `fault`: where the last attempt failed."""

    end: str  # answered | person | machine (left alone) | failed
    replies: tuple[Reply, ...] = ()
    secret: bool = False
    result: TurnResult | None = None
    fault: str = ""
    attempts: int = 1


class TurnCommit:
    """Writes down what came of a turn."""

    def __init__(self, inline_replies: InlineReplies, answer_limit: float) -> None:
        """`answer_limit`: seconds within which a channel that answers at once gives its response."""
        self._inline_replies = inline_replies
        self._hold = timedelta(seconds=answer_limit + HOLD_MARGIN)

    async def commit(self, turn: RunningTurn, outcome: Outcome) -> None:
        """All of it, or nothing. Raises Conflict when the conversation changed meanwhile, StoreUnavailable."""
        turn.conversation.log_customer(turn.unit, turn.now, turn.row, secret=outcome.secret)
        if outcome.result is not None:
            _stage_result(turn, outcome.result)
        for reply in outcome.replies:
            turn.conversation.append(turn.unit, turn.now, LogEntry.of(reply))
        _finish_inbox(turn, outcome)
        if turn.conversation.has_outbox and outcome.replies:
            self._stage_replies(turn, outcome.replies)
        redaction.schedule(turn.unit, turn.now, turn.conversation, turn.row.message_id, outcome.replies)
        turn.conversation.save(turn.unit, turn.now)
        await turn.unit.commit()
        self._inline_replies.confirm((turn.conversation.key, turn.row.message_id))

    def _stage_replies(self, turn: RunningTurn, replies: tuple[Reply, ...]) -> None:
        row, conversation = turn.row, turn.conversation
        if row.kind == "event":
            push(turn.unit, turn.now, conversation, replies)
            return
        held_until = row.received_at + self._hold
        message = replies_message(conversation, outbox.reply_key(row.message_id), replies, held_until)
        inline = self._inline_replies.reserve((conversation.key, row.message_id), replies)
        enqueue = outbox.enqueue_sent if inline else outbox.enqueue_held
        enqueue(turn.unit, turn.now, message)


def _stage_result(turn: RunningTurn, result: TurnResult) -> None:
    conversation = turn.conversation
    conversation.memory = result.memory
    conversation.turn += 1
    values = {
        "conversation": conversation.key,
        "turn": conversation.turn,
        "message_id": turn.row.message_id,
        "events": result.events,
        "at": turn.now,
    }
    turn.unit.stage(KEEP_EVENTS, values)
    keep_for_review(turn.unit, turn.now, conversation.key, result.candidates)


def _finish_inbox(turn: RunningTurn, outcome: Outcome) -> None:
    """The row is kept without what the customer wrote, and with the replies for a repeat."""
    replies = [reply.as_dict() for reply in outcome.replies]
    ended = inbox.ended(turn.row, turn.now, replies=replies, error=outcome.fault or None, attempts=outcome.attempts)
    turn.unit.stage(inbox.FINISH, ended, expect=1)
