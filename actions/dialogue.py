"""What the dialogue's patterns say: choices, and the last answer once more."""

from __future__ import annotations

from sqlalchemy import select

from actions.base import Choice, HallAction, Outcome, Say, Turn, proceed, say
from hall.store.tables.core import messages


class Offer(HallAction):
    """Says what slot `offer` holds: {"response", "facts", "choices": [[title, payload], …]}."""

    name_ = "action_offer"

    async def act(self, turn: Turn) -> Outcome:
        offer = turn.slots["offer"]
        choices = tuple(Choice(title, payload=payload) for title, payload in offer.get("choices") or ())
        return proceed(Say(offer["response"], dict(offer.get("facts") or {}), choices), offer=None)


class Repeat(HallAction):
    """Says the last answer again when no question is open."""

    name_ = "action_repeat"

    async def act(self, turn: Turn) -> Outcome:
        last = await turn.unit.one(
            select(messages.c.text)
            .where(messages.c.conversation == turn.conversation, messages.c.author == "bot")
            .order_by(messages.c.seq.desc())
            .limit(1)
        )
        return proceed(say("utter_repeat", said=last.text) if last else say("utter_menu"))
