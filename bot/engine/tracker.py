"""Trackers are made of the conversation's row and saved into it; Rasa's tracker store only hands them over.

Flows need no history: their state is in the last action's metadata. So a tracker is built anew
for each turn from what the row holds, and a session's hundredth turn costs what its first did.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any, TypeVar

from rasa.core.tracker_store import SerializedTrackerAsText, TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker

T = TypeVar("T")
TRACKER: ContextVar[DialogueStateTracker] = ContextVar("tracker")


class TurnTrackerStore(TrackerStore, SerializedTrackerAsText):
    """Returns the tracker of the running turn. The turn's transaction saves it, not Rasa."""

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        return TRACKER.get(None)

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        return TRACKER.get(None)

    async def save(self, tracker: DialogueStateTracker) -> None:
        return None

    async def keys(self) -> Iterable[str]:
        return ()


class TurnTracker(DialogueStateTracker):
    """A tracker that has a slot of its own only once it is set: a turn sets a few of the domain's hundreds.

    `values` are the slots' values, kept as they change; `own` are the names of the slots that are no one else's.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.own: set[str] = set()
        self.values: dict[str, Any] = {}
        super().__init__(*args, **kwargs)
        self.values = {name: slot.value for name, slot in self.slots.items()}

    def _set_slot(self, key: str, value: Any) -> None:
        if key not in self.slots:
            super()._set_slot(key, value)  # warns
            return
        if key not in self.own:
            self.slots[key] = _twin(self.slots[key])
            self.own.add(key)
        super()._set_slot(key, value)
        self.values[key] = self.slots[key].value

    def _reset_slots(self) -> None:
        for name, slot in self.slots.items():
            self._set_slot(name, slot.initial_value)

    def current_slot_values(self) -> dict[str, Any]:
        """The values of the slots, which the caller may change."""
        return self.values.copy()


class Template:
    """Makes trackers for turns. Building one by Rasa's constructor and a dozen events cost a tenth of a turn."""

    def __init__(self, domain: Domain) -> None:
        first = TurnTracker("", domain.slots)
        for event in (ActionExecuted(ACTION_SESSION_START_NAME), SessionStarted()):
            first.update(event)
        first.update(ActionExecuted(ACTION_LISTEN_NAME))
        self._first = first
        self._before = list(first.events)[:-1]

    def tracker(self, conversation: str, slots: dict[str, Any], dialogue: dict[str, Any]) -> DialogueStateTracker:
        """A tracker that is listening, with these slots and this dialogue's state."""
        tracker = _twin(self._first)
        tracker.sender_id = conversation
        listening = ActionExecuted(ACTION_LISTEN_NAME, metadata={"dialogue": dialogue})
        tracker.events = deque((*self._before, listening))
        tracker.slots, tracker.own, tracker.values = self._first.slots.copy(), set(), self._first.values.copy()
        for name, value in slots.items():
            if tracker.values.get(name, value) != value:  # a slot of an older version is dropped
                tracker._set_slot(name, value)
        return tracker


def _twin[T](thing: T) -> T:
    """A shallow copy."""
    twin = object.__new__(type(thing))
    twin.__dict__ = thing.__dict__.copy()
    return twin
