"""Danger: what to do now. Whom to call first is said before anything else is done."""

from __future__ import annotations

from actions.base import Choice, HallAction, Outcome, Say, Turn, proceed, say
from hall import real_name
from hall.errors import Unavailable

ANSWERS = {
    "despair": "utter_danger_despair",
    "threat": "utter_danger_threat",
    "theft": "utter_danger_theft",
    "scam": "utter_danger_scam",
}


class Danger(HallAction):
    """Says what to do now, by what has happened; a person follows."""

    name_ = "action_danger"

    async def act(self, turn: Turn) -> Outcome:
        return proceed(say(ANSWERS.get(str(turn.slots["danger"]), "utter_danger_scam")))


class ScamDoubt(HallAction):
    """Says how to tell a fraud, what the records say where they can, and offers help to whom it happened."""

    name_ = "action_scam_doubt"

    async def act(self, turn: Turn) -> Outcome:
        happened = Choice("utter_choice_scam_happened", {"danger": "scam"})
        says = [Say("utter_scam_doubt", choices=(happened,))]
        if "real_name_claimed" in turn.cues and (known := await _registration(turn)) is not None:
            says.insert(0, known)
        return proceed(*says)


async def _registration(turn: Turn) -> Say | None:
    """What is true of the claim that one's own line is not registered; None where that is not known."""
    if turn.line.level < 1:
        return None
    try:
        state = await real_name.registration(turn.hall, turn.line.proved)
    except Unavailable:
        return None
    if state is None:
        return None
    return say("utter_scam_registered" if state.registered else "utter_scam_not_registered")
