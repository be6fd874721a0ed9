"""When to look at who waits for a person (waiting.py) and at whom an agent has answered (silence.py)."""

from __future__ import annotations

from datetime import timedelta

from hall.change import Change
from hall.context import Hall
from hall.handoff.records import MESSAGE, Handoff
from hall.store.outbox import NewMessage, enqueue
from hall.store.unit import Unit

KIND = "desk.waiting"
LATE, CLOSING = "late", "closing"
SILENCE = "desk.silence"
ASK, END = "ask", "end"


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


def expect_a_word(change: Change, found: Handoff, act: str) -> None:
    """Stage the look at a customer whom an agent has just answered; who only left a message is not asked."""
    _expect(change, found, act, END if found.kind == MESSAGE else ASK, change.now.isoformat())


def expect_still(change: Change, found: Handoff, body: dict[str, str]) -> None:
    """Stage the last look at a customer who was asked whether he is still there."""
    _expect(change, found, body["act"], END, body["since"])


def _expect(change: Change, found: Handoff, act: str, what: str, since: str) -> None:
    serving = change.hall.policy.desk.serving
    minutes = (serving.ask_after if what == ASK else serving.end_after).get(found.conversation.partition(":")[0])
    if minutes is None:
        return
    body = {"handoff": found.id, "agent": found.agent, "act": act, "since": since, "what": what}
    key, due = f"handoff:{found.id}:{what}:{act}", change.now + timedelta(minutes=minutes)
    enqueue(change.unit, change.now, NewMessage(key, SILENCE, body, found.conversation, due))
