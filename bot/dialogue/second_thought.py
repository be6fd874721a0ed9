"""What was not understood is heard once more as what it does: people put off, decline, doubt and scold in any words.

The acts are learned (bot/nlu/act_model.py). They buy nothing: an odd yes is asked for in plain words, an odd no asks
what is wrong, and a message that asks, wants something or names a value is not taken so.
"""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue.fallback import NO, OFF_TOPIC, Fallback
from bot.dialogue.flow import Step
from bot.dialogue.state import ParsedMessage, State

WAIT, DECLINES, DOUBT, COMPLAINS, AGREES = "wait", "no", "doubt", "complain", "yes"
ORDER = (WAIT, DECLINES, DOUBT, COMPLAINS, AGREES)
MOODS = {WAIT: "wait", DOUBT: "doubt", COMPLAINS: "anger", AGREES: "weak_yes"}  # what the cue of each is called
PUTS_OFF = frozenset((WAIT, DECLINES))  # who does nothing but that gives no value


def again(parsed: ParsedMessage, state: State, step: Step | None, unsure: Fallback) -> ParsedMessage | None:
    """The message as what it does; None: that is not known, or nothing to go by."""
    does = parsed.does
    if parsed.chosen or parsed.command or parsed.entities or parsed.ruled_out or "want" in does:
        return None
    if state.top is None and unsure.means(parsed, OFF_TOPIC):
        return None
    act = next((act for act in ORDER if act in does), "")
    confirm = step is not None and step.kind == "confirm"
    if parsed.asks and (act != DOUBT or confirm):  # what asks declines nothing
        return None
    if act == DECLINES or (act == DOUBT and confirm):  # at a confirmation: what of it is wrong?
        return replace(parsed, intent=NO, confidence=1.0)
    if act not in MOODS or (act == AGREES and (step is None or not confirm or step.mild)):
        return None
    return replace(parsed, cues=parsed.cues | {MOODS[act]})


def puts_off(step: Step, parsed: ParsedMessage) -> bool:
    """Whether what is written where any text will do is none, but puts off or declines: 容我想想."""
    return step.accept == "text" and not step.words and bool(parsed.does) and parsed.does <= PUTS_OFF
