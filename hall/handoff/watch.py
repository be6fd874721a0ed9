"""When to look at who waits for a person: hall/handoff/waiting.py tells them what is found then."""

from __future__ import annotations

from hall.context import Hall
from hall.store.outbox import NewMessage, enqueue
from hall.store.unit import Unit

KIND = "desk.waiting"
LATE, CLOSING = "late", "closing"


def watch(hall: Hall, unit: Unit, conversation: str, handoff_id: str) -> None:
    """Stage the looks at a hand-off that begins to wait: after the policy's minutes, and when the people leave."""
    now, rules = hall.clock.now(), hall.policy.desk
    closes = rules.hours.closes(now)
    start = now if closes else rules.hours.opens(now)
    due = {LATE: start and start + rules.tell_after, CLOSING: closes}
    for what, at in due.items():
        if at is not None and not (what == LATE and closes and at >= closes):
            body = {"handoff": handoff_id, "what": what}
            enqueue(unit, now, NewMessage(f"handoff:{handoff_id}:{what}:{at:%Y%m%d%H%M}", KIND, body, conversation, at))
