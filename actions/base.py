"""What every action of the hall is made of.

An action reads slots, makes one call into the hall and returns an `Outcome`: its result (flows
branch on it), the slots it sets and what is said, by response keys of bot/domain. It never commits:
writes are staged in `turn.unit` and done with the rest of the turn.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, ClassVar

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from hall.context import Hall
from hall.errors import Unavailable
from hall.store.unit import Unit

log = logging.getLogger(__name__)


VERIFIED = 2  # the level of a line whose customer gave service password and one-time code


@dataclass(frozen=True, slots=True)
class Line:
    """Who the customer is as far as it is proved: level 0 without a line, 1 with one, 2 when verified, too."""

    msisdn: str | None
    level: int

    @property
    def proved(self) -> str:
        """The proved line; flows with `line: proved` guarantee that there is one."""
        if self.msisdn is None or self.level < 1:
            raise PermissionError("no line is proved in this conversation")
        return self.msisdn

    @property
    def verified(self) -> str:
        """The line of the verified customer; flows with `line: verified` guarantee that there is one."""
        if self.level < VERIFIED:
            raise PermissionError("the customer is not verified in this conversation")
        return self.proved


def _no_hints(_text: str) -> frozenset[str]:
    return frozenset()


def _not_rendered(answer: str, **_facts: Any) -> str:
    raise LookupError(f"nobody renders {answer}")


@dataclass(slots=True)
class Turn:
    """The turn in which an action runs."""

    hall: Hall
    unit: Unit
    conversation: str
    channel: str  # sms | web | rest
    line: Line
    key: str  # unique for the customer's message, the same when the turn runs again
    text: str = ""  # what the customer wrote, unmasked; never store it
    origin: str = ""  # with whom the customer is counted: a hash of the browser's address, "" where none is known
    cues: frozenset[str] = frozenset()  # of data/nlu/cues.tsv: what the customer's words hint at
    slots: dict[str, Any] = field(default_factory=dict)
    hints: Callable[[str], frozenset[str]] = _no_hints  # the cues of another text, as of an earlier message
    render: Callable[..., str] = _not_rendered  # (answer, **facts) to its text on the turn's channel
    # set by actions of identity and hand-off; the turn writes them to the conversation
    prove: tuple[str, int] | None = None  # (msisdn, level)
    signed_out: bool = False  # the proof and all that was spoken of end with this turn
    owner: str | None = None  # bot | queued
    queued: bool = False  # the customer waits for a person
    lapsed: bool = False  # a line was proved here, too long ago
    place_told: bool = False  # this turn has said where in the queue, or that it is over


@dataclass(frozen=True, slots=True)
class Choice:
    """A button whose title is the response `title` filled with `facts`; pressing it sets `slots`."""

    title: str
    slots: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    payload: str = ""  # instead of slots: what the button sends, as `/intent`
    text: str = ""  # instead of a response: the title itself

    def titled(self, turn: Turn) -> str:
        """Its title in the words of the turn's channel."""
        return self.text or turn.render(self.title, **self.facts)


@dataclass(frozen=True, slots=True)
class Say:
    """A response of bot/domain, with the facts for its gaps and, if any, choices."""

    response: str
    facts: dict[str, Any] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    image: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an action: `result` steers the flow, see bot/dialogue/README.md.

    ok: go on; again: the slot that was asked for is wrong, ask again; end: the task is over;
    queued: it is over, the customer waits for a person;
    down: a system is down, which the dialogue says, and the task is over; others: it was about somebody else's line,
    the dialogue offers one's own; any other word: a branch that the flow names.
    """

    result: str = "ok"
    says: tuple[Say, ...] = ()
    slots: dict[str, Any] = field(default_factory=dict)


def say(response: str, **facts: Any) -> Say:
    """A response with its facts."""
    return Say(response, facts)


def proceed(*says: Say, **slots: Any) -> Outcome:
    """Go on with the flow, with these slots set."""
    return Outcome("ok", says, slots)


def again(*says: Say, **slots: Any) -> Outcome:
    """What the customer gave is wrong: told why, asked again."""
    return Outcome("again", says, slots)


def end(*says: Say, **slots: Any) -> Outcome:
    """The task is over."""
    return Outcome("end", says, slots)


TURN: ContextVar[Turn] = ContextVar("turn")


class HallAction(Action):
    """Base of all actions: a name, and `act`. Abstract ones have no name and are not registered."""

    name_: ClassVar[str] = ""

    def name(self) -> str:
        return self.name_

    async def act(self, turn: Turn) -> Outcome:
        """Do it. Raises Unavailable when a system does not answer: the customer is told which part."""
        raise NotImplementedError

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        """Called by the engine: `act` with the turn's context, then its outcome as Rasa's events."""
        turn = TURN.get()
        turn.slots = dict(tracker.slots)
        try:
            outcome = await self.act(turn)
        except Unavailable as down:
            log.warning("%s: %s is down", self.name_, down.part)
            outcome = Outcome("down", slots={"outage": down.part})
        for item in outcome.says:
            buttons = [{"title": c.titled(turn), "payload": c.payload or _payload(c.slots)} for c in item.choices]
            dispatcher.utter_message(response=item.response, buttons=buttons or None, image=item.image, **item.facts)
        slots = outcome.slots | {"outcome": outcome.result}
        if turn.prove is not None:  # the rest of this turn knows the customer already
            turn.line = Line(*turn.prove)
            slots["proved_line"] = turn.line.msisdn
            slots["verified_line"] = turn.line.msisdn if turn.line.level >= VERIFIED else None
        return [SlotSet(key, value) for key, value in slots.items()]


def _payload(slots: dict[str, Any]) -> str:
    return "/inform" + json.dumps(slots, ensure_ascii=False, separators=(",", ":"))
