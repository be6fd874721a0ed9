"""A wish for a person: into the desk's queue, with what an agent needs to go on from here."""

from __future__ import annotations

from typing import Any

from actions.base import HallAction, Outcome, Turn, proceed, say
from hall import handoff
from hall.bss.subscriber import Subscribers
from hall.errors import Unavailable
from hall.privacy import mask

SECRET = frozenset({"code"})  # slots that no agent may see


class HandOff(HallAction):
    """Puts the conversation into the queue and makes a person its owner: the bot is silent from here."""

    name_ = "action_hand_off"

    async def act(self, turn: Turn) -> Outcome:
        reason = turn.slots.get("handoff_reason") or "asked"
        new = handoff.NewHandoff(turn.conversation, reason, summary(turn), tier=await _tier(turn))
        position = await handoff.request(turn.hall, turn.unit, new)
        turn.owner = "person"
        if not position:
            return proceed(say("utter_handoff_with_agent"), handoff_reason=None)
        return proceed(say("utter_handoff_queued", position=position), handoff_reason=None)


def summary(turn: Turn) -> dict[str, Any]:
    """The open task for the desk: {"task", "title", "slots": [{"name", "value"}]}, masked."""
    task = turn.slots.get("open_task") or {}
    slots = {
        name: value for name, value in (task.get("slots") or {}).items() if value is not None and name not in SECRET
    }
    return {
        "task": task.get("flow"),
        "title": task.get("title"),
        "slots": [{"name": _name(turn, name), "value": mask(str(value))} for name, value in slots.items()],
    }


def _name(turn: Turn, slot: str) -> str:
    return turn.render("utter_slot_name", slot=slot)


async def _tier(turn: Turn) -> str:
    """The customer's tier; a system that is down must not keep anybody from a person."""
    if turn.line.msisdn is None:
        return "basic"
    try:
        found = await turn.hall.bss[Subscribers].of(turn.line.msisdn)
    except Unavailable:
        return "basic"
    return found.tier if found else "basic"
