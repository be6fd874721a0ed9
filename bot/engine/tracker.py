"""Trackers come from the conversation's row and go back to it: Rasa's store is only a door.

Flows need no history: their state is in the last action's metadata. So a tracker is built anew
for each turn from what the row holds, and a session's hundredth turn costs what its first did.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

from rasa.core.tracker_store import SerializedTrackerAsText, TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

TRACKER: ContextVar[DialogueStateTracker] = ContextVar("tracker")


class TurnTrackerStore(TrackerStore, SerializedTrackerAsText):
    """Gives the tracker of the turn that runs. The turn's transaction saves it, not Rasa."""

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        return TRACKER.get(None)

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        return TRACKER.get(None)

    async def save(self, tracker: DialogueStateTracker) -> None:
        return None

    async def keys(self) -> Iterable[str]:
        return ()


def build(domain: Domain, conversation: str, slots: dict[str, Any], dialogue: dict[str, Any]) -> DialogueStateTracker:
    """A tracker that is listening, with these slots and this dialogue's state."""
    tracker = DialogueStateTracker(conversation, domain.slots)
    tracker.update(ActionExecuted(ACTION_SESSION_START_NAME))
    tracker.update(SessionStarted())
    for slot, value in slots.items():
        if slot in tracker.slots:  # a slot of an older version is forgotten
            tracker.update(SlotSet(slot, value))
    tracker.update(ActionExecuted(ACTION_LISTEN_NAME, metadata={"dialogue": dialogue}))
    return tracker
