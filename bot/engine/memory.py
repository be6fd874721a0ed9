"""Input and output of the engine: plain data, without Rasa."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.dialogue.review_candidates import Noted
from bot.dialogue.state import State
from bot.messages import Reply


@dataclass(frozen=True)
class Memory:
    """What a conversation remembers: slots that are set, and the dialogue's state."""

    slots: dict[str, Any] = field(default_factory=dict)
    dialogue: dict[str, Any] = field(default_factory=dict)

    def rested(self) -> Memory:
        """What is left after a long pause: nothing is open, but a task may be named again (昨天那个)."""
        focus = State.load(self.dialogue).rested(self.slots)
        return Memory(dialogue=State(focus=focus).dump()) if focus.flow else Memory()


@dataclass(frozen=True)
class Input:
    """One input: a text, a button's payload, or an event of the hall."""

    text: str = ""
    payload: str | None = None
    event: dict[str, Any] | None = None


@dataclass(frozen=True)
class TurnResult:
    """The result of a turn. `events` may be stored: masked, without codes."""

    replies: tuple[Reply, ...]
    memory: Memory
    events: list[dict[str, Any]]
    secret: bool  # the customer's text may hold a code: keep no copy
    candidates: Noted = field(default_factory=Noted)  # for review
