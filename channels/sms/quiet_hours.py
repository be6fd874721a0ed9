"""When a text that answers nothing may be sent: policy/contact.yml of the operator's folder."""

from __future__ import annotations

from hall.context import Hall
from hall.store import transcript
from hall.store.outbox import OutboxMessage, unasked_seq


async def wait(hall: Hall, message: OutboxMessage) -> float:
    """Seconds until the message may be sent, 0 for now. Answers never wait, nor does what an agent writes."""
    seq = unasked_seq(message.key)
    if seq is None or await transcript.author_of(hall.store, message.conversation, seq) == "agent":
        return 0.0
    now, heard = hall.clock.now(), await transcript.last_heard(hall.store, message.conversation)
    return (hall.policy.contact.results.next(now, heard) - now).total_seconds()
