"""Call forwarding: set, ended, told."""

from __future__ import annotations

import re

from actions.base import Choice, HallAction, Outcome, Say, Turn, again, end, proceed, say
from actions.guides import tell_of
from actions.line import NO, YES
from actions.look_up import is_others
from hall import forwarding
from hall.bss.forwarding import ALWAYS, BUSY, NO_ANSWER, UNREACHABLE, WHENS

_LANDLINE = re.compile(r"(?<!\d)0\d{2,3}[- ]?\d{7,8}(?!\d)")
_SELF = re.compile(r"(?:转|给|到)(?:到|给|回)?(?:我|本机)?(?:自己|本机)")
_STANDS = re.compile(r"还在|在不在|现在|有没有|有效|设了|转着|转到(?:哪|谁)|取消了|没取消|恢复了|好了")
REFUSED = {
    "own": "utter_forward_own", "wrong": "utter_forward_wrong", "service": "utter_forward_service",
    "loop": "utter_forward_loop",
}  # fmt: skip
CUES = {
    "forward_busy": BUSY,
    "forward_no_answer": NO_ANSWER,
    "forward_unreachable": UNREACHABLE,
    "forward_always": ALWAYS,
}


def _when(turn: Turn) -> str | None:
    return next((when for cue, when in CUES.items() if cue in turn.cues), None)


class ForwardWish(HallAction):
    """What is wanted, by the words: to end it, to know it, or to set it; and on which condition."""

    name_ = "action_forward_wish"

    async def act(self, turn: Turn) -> Outcome:
        if turn.slots.get("mentioned_number") is None and is_others(turn):
            return Outcome("others", (say("utter_not_your_line"),))
        what = "cancel" if {"forward_cancel", "forward_off"} & turn.cues else "set"
        when = turn.slots.get("forward_when") or _when(turn)
        if what == "set":
            return proceed(forward_what=what, forward_when=when)
        found = await forwarding.current(turn.hall, turn.line.proved)
        if not found:
            return end(Say("utter_forward_state", {"found": list(found)}))
        only = when if any(one.when == when for one in found) else None
        gone = [one for one in found if only in (None, one.when)]
        return Outcome(
            "cancel", slots={"forward_what": what, "forward_ends": only, "forward_gone": [one.when for one in gone]}
        )


class TellForwarding(HallAction):
    """Says what is set."""

    name_ = "action_forward_state"

    async def act(self, turn: Turn) -> Outcome:
        if is_others(turn):
            return Outcome("others", (say("utter_not_your_line"),))
        found = await forwarding.current(turn.hall, turn.line.proved)
        return proceed(say("utter_forward_state", found=list(found)))


class ForwardFact(HallAction):
    """Answers what is wondered of it: one's own number, how it stands, else what the guide knows."""

    name_ = "action_forward_fact"

    async def act(self, turn: Turn) -> Outcome:
        line, named = turn.line.msisdn, turn.slots.get("mentioned_number")
        if (line is not None and named == line) or _SELF.search(turn.text):
            return proceed(say("utter_forward_not_to_self"))
        if line is not None and turn.line.level and _STANDS.search(turn.text):
            return await TellForwarding().act(turn)
        return await tell_of(turn, "call_forwarding", ("forwarding_state", "forwarding_asked"))


class AssumeForwardTo(HallAction):
    """Takes a landline with its area code that the words name; a mobile number is understood anyway."""

    name_ = "action_assume_forward_to"

    async def act(self, turn: Turn) -> Outcome:
        said = _LANDLINE.search(turn.text)
        return proceed(forward_to=said[0]) if said else proceed()


class CheckForwardTo(HallAction):
    """Takes a mobile number or a landline with its area code, not one's own, not a service's, no ring."""

    name_ = "action_check_forward_to"

    async def act(self, turn: Turn) -> Outcome:
        own = turn.line.proved
        to = forwarding.target(str(turn.slots["forward_to"]), own)
        if to not in REFUSED and await forwarding.loops(turn.hall, own, to):
            to = "loop"
        return again(say(REFUSED[to])) if to in REFUSED else proceed(forward_to=to)


class AskForwardWhen(HallAction):
    """On which condition: the four of the network."""

    name_ = "action_ask_forward_when"

    async def act(self, turn: Turn) -> Outcome:
        choices = tuple(Choice("utter_choice_forward_when", {"forward_when": one}, {"when": one}) for one in WHENS)
        return proceed(Say("utter_ask_forward_when", choices=choices))


class CheckForwardWhen(HallAction):
    """Takes a condition, or words that tell it."""

    name_ = "action_check_forward_when"

    async def act(self, turn: Turn) -> Outcome:
        said = str(turn.slots["forward_when"])
        when = said if said in WHENS else _when(turn)
        return proceed(forward_when=when) if when else again(say("utter_forward_when_unclear"))


class AskForward(HallAction):
    """The confirmation: when, where to, the price, and what it takes the place of."""

    name_ = "action_ask_forward"

    async def act(self, turn: Turn) -> Outcome:
        when, to = str(turn.slots["forward_when"]), str(turn.slots["forward_to"])
        found = await forwarding.current(turn.hall, turn.line.proved)
        before = next((one.target for one in found if one.when == when), None)
        facts = {"when": when, "to": to, "before": before, "fee_fen": turn.hall.policy.line.forwarding_fen}
        return proceed(Say("utter_forward_confirm", facts, (YES, NO)))


class SetForward(HallAction):
    """Sets it; calls go there from now on."""

    name_ = "action_forward_set"

    async def act(self, turn: Turn) -> Outcome:
        when, to = str(turn.slots["forward_when"]), str(turn.slots["forward_to"])
        await forwarding.set_(turn.hall, turn.line.proved, when, to, f"{turn.key}:forward")
        return Outcome("done", (say("utter_forward_set", when=when, to=to),))


class AskForwardCancel(HallAction):
    """Which forwarding ends."""

    name_ = "action_ask_forward_cancel"

    async def act(self, turn: Turn) -> Outcome:
        found = await forwarding.current(turn.hall, turn.line.proved)
        gone = [one for one in found if one.when in (turn.slots.get("forward_gone") or WHENS)]
        return proceed(Say("utter_forward_cancel_confirm", {"found": gone}, (YES, NO)))


class CancelForward(HallAction):
    """Ends it; calls come to the line again from now on."""

    name_ = "action_forward_cancel"

    async def act(self, turn: Turn) -> Outcome:
        await forwarding.cancel(turn.hall, turn.line.proved, turn.slots.get("forward_ends"), f"{turn.key}:forward")
        return proceed(say("utter_forward_cancelled"))


class ForwardSoFar(HallAction):
    """Says what is agreed, before the next question."""

    name_ = "action_forward_so_far"

    async def act(self, turn: Turn) -> Outcome:
        when, to = turn.slots.get("forward_when"), turn.slots.get("forward_to")
        known = when if when in WHENS else None
        return proceed(say("utter_forward_so_far", when=known, to=to)) if to else proceed()
