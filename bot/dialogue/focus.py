"""The focus: what was spoken of last, kept beside the stack of tasks. Plain data without Rasa.

A task that ended, was cancelled or refused leaves its values here; so do the last month of a bill and the last phone
number. A later message that leaves something out ("换5G吧", "那8月呢", "给他也充") takes it from here: ellipsis.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from hall import clock

if TYPE_CHECKING:
    from bot.dialogue.flow import Flow

LIVES = timedelta(hours=6)  # what is left out of a sentence is looked for so far back
NAMED = timedelta(hours=48)  # … and so far when it is named: 昨天那个
SENTENCE = timedelta(minutes=10)  # between the pieces of one
PHONE, MONTH, THING = "phone_number", "month", "service_name"
OK, LEFT = "ok", "left"


@dataclass
class Focus:
    """What was spoken of last. `at` and `heard` are ISO times: of the task's end, and of the last word at all."""

    flow: str = ""  # the last task that collected something
    values: dict[str, Any] = field(default_factory=dict)  # its slots, as far as they were filled
    how: str = ""  # how it ended: ok | end (refused) | cancelled | down | person | failed | left
    at: str = ""
    topic: str = ""  # the flow that was served last, of any kind but small talk
    month: str = ""  # of the last bill: YYYY-MM, or a range
    month_before: str = ""  # of the bill that was told before it
    number: str = ""  # the last phone number that was named or served
    whose: str = ""  # own | other
    about_other: bool = False  # the last enquiry was about somebody else's line
    thing: str = ""  # the service that was named last: 这个
    heard: str = ""
    asked_about: str = ""  # the task that the last message was a question about …
    wondered: dict[str, Any] = field(default_factory=dict)  # … and the slots that it named: 那来一个
    alone: str = ""  # a number that came without a wish: the wish that follows is for it
    down: bool = False  # what was served last could not be: a system was down
    pieces: list[str] = field(default_factory=list)  # the beginnings of a sentence that came in several messages

    def recent(self) -> bool:
        """Whether what a message leaves out may be taken from the task."""
        return bool(self.flow) and _within(self.at, LIVES)

    def named(self) -> bool:
        """Whether the task may still be meant by 刚才那个 or 昨天那个."""
        return bool(self.flow) and _within(self.at, NAMED)

    def unfinished(self) -> bool:
        """Whether the task is one that was not done and may be taken up by its values alone."""
        return self.how != OK and self.recent()

    def beginnings(self) -> list[str]:
        """The beginnings of a sentence that was just being said."""
        return self.pieces if _within(self.heard, SENTENCE) else []

    def still_heard(self) -> bool:
        """Whether the last message is not long ago."""
        return _within(self.heard, LIVES)

    def hear(self, number: str | None, proved: str | None, thing: str | None = None) -> None:
        """A message came, with that phone number and that service in it."""
        now = _now()
        self.pieces = self.pieces and self.beginnings()
        if not _within(self.heard, LIVES, now):
            self.topic = self.month = self.month_before = self.number = self.whose = self.thing = ""
            self.about_other = False
        if number or not _within(self.heard, SENTENCE, now):
            self.alone = ""
        self.heard = now.isoformat(timespec="seconds")
        self.thing = thing or self.thing
        if number:
            self.number, self.whose = number, "own" if number == proved else "other"

    def ended(self, flow: Flow, slots: dict[str, Any], how: str, proved: str | None) -> None:
        """A flow is over: `slots` are those it leaves, `how` is how it ended."""
        kept = values_of(flow, slots)
        self.alone = "" if flow.kind == "task" else self.alone
        if flow.kind == "task" and THING not in flow.entities:
            self.thing = ""
        self.topic, self.about_other, self.down = flow.name, how == "others", how == "down"
        of_kind = {step.entity: str(kept[step.target]) for step in flow.steps if step.target in kept}
        if (month := of_kind.get(MONTH, self.month)) != self.month:
            self.month, self.month_before = month, self.month
        if number := of_kind.get(PHONE):
            self.number, self.whose = number, "own" if number == proved else "other"
        if flow.kind != "task":  # an answer that changed one of the last task's values: the way to pay of its order
            self.values = self.values | {
                slot: slots[slot] for slot in flow.own_slots if slot in self.values and slots.get(slot)
            }
        if flow.kind == "task" and flow.slots:
            self.flow, self.values, self.how = flow.name, kept, how
            self.at = _now().isoformat(timespec="seconds")

    def left(self, flow: str, slots: dict[str, Any]) -> None:
        """The conversation ended in the middle of a flow, when it was last heard."""
        self.flow, self.values, self.how, self.at = flow, slots, LEFT, self.heard

    def rested(self) -> Focus:
        """What is left of it when the dialogue begins anew after a long pause: the task, for who names it."""
        return Focus(self.flow, self.values, self.how, self.at) if self.named() else Focus()


def values_of(flow: Flow, slots: dict[str, Any]) -> dict[str, Any]:
    """What a flow has collected, without secrets and without what is only typed to compare it."""
    kept: dict[str, Any] = {}
    seen: set[str] = set()
    for step in flow.steps:
        if step.kind != "collect" or step.secret or step.entity in seen:
            continue
        seen.add(step.entity)
        if slots.get(step.target) is not None:
            kept[step.target] = slots[step.target]
    return kept


def _now() -> datetime:
    return clock.current().now()


def _within(moment: str, span: timedelta, now: datetime | None = None) -> bool:
    return bool(moment) and (now or _now()) - datetime.fromisoformat(moment) <= span
