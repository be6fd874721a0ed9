"""A wish for a person: into the desk's queue, with what an agent needs to go on from here."""

from __future__ import annotations

from typing import Any

from actions.base import HallAction, Outcome, Turn, proceed, say
from hall import handoff
from hall.errors import Unavailable
from hall.privacy import mask


class HandOff(HallAction):
    """Puts the conversation into the queue and makes a person its owner: the bot is silent from here."""

    name_ = "action_hand_off"

    async def act(self, turn: Turn) -> Outcome:
        position = await handoff.request(
            turn.hall, turn.unit, turn.conversation, turn.slots.get("handoff_reason") or "request",
            summary(turn), tier=await _tier(turn),
        )
        turn.owner = "person"
        said = say("utter_handoff_queued", position=position) if position else say("utter_handoff_with_agent")
        return proceed(said, handoff_reason=None)


def summary(turn: Turn) -> dict[str, Any]:
    """The open task for the desk: {"task", "title", "slots": [{"name", "value"}]}, masked."""
    task = turn.slots.get("open_task") or {}
    flow, slots = task.get("flow"), task.get("slots") or {}
    return {
        "task": flow,
        "title": _words(turn, f"utter_title_{flow}", None) if flow else None,
        "slots": [
            {"name": _words(turn, f"utter_name_{name}", name), "value": mask(str(value))}
            for name, value in slots.items()
            if value is not None
        ],
    }


def _words(turn: Turn, response: str, default: str | None) -> str | None:
    return turn.phrase(response) if response in turn.domain.get("responses", {}) else default


async def _tier(turn: Turn) -> str:
    """The customer's tier; a system that is down must not keep anybody from a person."""
    if turn.line.msisdn is None:
        return "basic"
    try:
        found = await turn.hall.bss.subscriber(turn.line.msisdn)
    except Unavailable:
        return "basic"
    return found.tier if found else "basic"
