"""Who comes back with a session's token, and what of an earlier visit may be read here and now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.conversations.record import Conversation
from bot.conversations.service import Conversations, LogLine
from channels.web import session
from hall.context import Hall


@dataclass(frozen=True, slots=True)
class Visitor:
    """A session; `known`: it is one of before; nothing up to `hidden_until` is shown."""

    session: session.Session
    known: bool = False
    hidden_until: datetime | None = None

    @property
    def conversation(self) -> str:
        """The key of the conversation."""
        return f"web:{session.ACCOUNT}:{self.session.id}"

    def shown(self, conversations: Conversations, lines: list[LogLine]) -> list[LogLine]:
        """The lines that may be read here and now; one line stands for those that may not."""
        until = self.hidden_until
        hidden = [line for line in lines if until is not None and line.at <= until]
        if not hidden:
            return lines
        words = conversations.engine.answers.text("utter_history_hidden", "web")
        return [LogLine(hidden[-1].seq, "system", words, (), None, None, hidden[-1].at), *lines[len(hidden) :]]


async def recall(hall: Hall, token: object, line: str | None = None) -> Visitor:
    """The visitor of a token, or a new one where it is over or another customer's line is in it.

    `line`: for which the page vouches. What was said while a line was proved is hidden once that proof is over:
    somebody else may sit here. Raises StoreUnavailable.
    """
    now = hall.clock.now()
    new, known = Visitor(session.fresh(now)), session.session_of(hall.secret, token, now)
    if known is None:
        return new
    before = await Conversation.read(hall.store, f"web:{session.ACCOUNT}:{known.id}")
    if before is None:
        return Visitor(known, known=True)
    if before.touched_at is not None and now - before.touched_at > session.IDLE:
        return new
    if line is not None and before.msisdn not in (None, line):
        return new
    over = line is None and before.proved_until is not None and before.proved_until <= now
    return Visitor(known, known=True, hidden_until=before.proved_until if over else None)
