"""What the dialogue's patterns say: choices, and the last answer once more."""

from __future__ import annotations

from itertools import dropwhile, takewhile
from typing import Any

from actions.base import Choice, HallAction, Outcome, Say, Turn, proceed, say
from hall.store import transcript

RECENT = 8  # messages among which the last answer is looked for


class Offer(HallAction):
    """Says what slot `offer` holds: {"response", "facts", "choices": [[title or response, payload, facts?], …]}."""

    name_ = "action_offer"

    async def act(self, turn: Turn) -> Outcome:
        offer = turn.slots["offer"]
        choices = tuple(_offered(*choice) for choice in offer.get("choices") or ())
        return proceed(Say(offer["response"], dict(offer.get("facts") or {}), choices), offer=None)


def _offered(title: str, payload: str, facts: dict[str, Any] | None = None) -> Choice:
    """A choice of a response, or of the name of a wish as its flow has it."""
    if title.startswith("utter_"):
        return Choice(title, facts=facts or {}, payload=payload)
    return Choice("", payload=payload, text=title)


class Help(HallAction):
    """What can be done here; in the middle of a task, what can be done with it: the menu would move its digits."""

    name_ = "action_help"

    async def act(self, turn: Turn) -> Outcome:
        task = (turn.slots.get("open_task") or {}).get("title")
        return proceed(say("utter_help_within", task=task) if task else say("utter_menu"))


class Repeat(HallAction):
    """Says the last answer again, with its choices, when no question is open."""

    name_ = "action_repeat"

    async def act(self, turn: Turn) -> Outcome:
        newest = await transcript.newest(turn.hall.store, turn.conversation, RECENT)
        heard_after = dropwhile(lambda row: row.author == "customer", newest)
        said = list(takewhile(lambda row: row.author == "bot", heard_after))
        return proceed(*map(_again, reversed(said))) if said else proceed(say("utter_menu"))


def _again(row: Any) -> Say:
    choices = (
        Choice("utter_repeat_choice", facts={"choice": button["title"]}, payload=button["payload"])
        for button in row.buttons or ()
    )
    return Say("utter_repeat", {"said": row.text}, tuple(choices))
