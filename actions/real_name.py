"""Guidance for real-name registration. Nobody is registered here, and no identity number is taken."""

from __future__ import annotations

from actions.base import Choice, HallAction, Outcome, Say, Turn, again, end, proceed, say
from hall import real_name
from hall.errors import Unavailable

SMS_CASES = 8  # as choices: 9 is a person; the others are told in words


class RealNameState(HallAction):
    """Tells the state of the own line, and finds the case if the words or that tell it."""

    name_ = "action_real_name_state"

    async def act(self, turn: Turn) -> Outcome:
        given, policy = str(turn.slots.get("real_name_case") or ""), turn.hall.policy
        said = real_name.case_of(policy, given) or real_name.case_of(policy, turn.text)
        if said or turn.line.level < 1:
            return proceed(real_name_case=said)
        state, case, done = await _own_state(turn)
        return (end if done else proceed)(state, real_name_case=case)


class AskRealNameCase(HallAction):
    """Offers the cases; who has not proved a line may look up the state of one."""

    name_ = "action_ask_real_name_case"

    async def act(self, turn: Turn) -> Outcome:
        choices = [
            Choice("utter_choice_real_name", {"real_name_case": case}, {"case": case})
            for case in real_name.cases(turn.hall.policy)[: SMS_CASES if turn.channel == "sms" else None]
        ]
        if turn.line.level < 1:
            choices.append(Choice("utter_choice_real_name_state", payload="/check_account_status"))
        return proceed(Say("utter_ask_real_name_case", choices=tuple(choices)))


class CheckRealNameCase(HallAction):
    """Takes a case, a document's name or words that tell the case."""

    name_ = "action_check_real_name_case"

    async def act(self, turn: Turn) -> Outcome:
        case = real_name.case_of(turn.hall.policy, str(turn.slots["real_name_case"]))
        if case is not None:
            return proceed(real_name_case=case)
        return again(say("utter_real_name_case_unclear"))


class GuideRealName(HallAction):
    """Says what to bring where, how long it takes, and what happens after the deadline."""

    name_ = "action_real_name_guidance"

    async def act(self, turn: Turn) -> Outcome:
        guidance = real_name.guidance(turn.hall.policy, turn.slots["real_name_case"])
        return proceed(say("utter_real_name_guidance", guidance=guidance))


async def _own_state(turn: Turn) -> tuple[Say, str | None, bool]:
    """What the records say of the proved line, the case that fits it, and whether nothing is left to do.

    Guidance goes on without the records.
    """
    try:
        state = await real_name.registration(turn.hall, turn.line.proved)
    except Unavailable:
        return say("utter_real_name_state_unknown"), None, False
    number = turn.line.proved
    if state is None:
        return say("utter_unknown_line", number=number), None, False
    word = "utter_real_name_registered" if state.registered else "utter_real_name_not_registered"
    return say(word, number=number, name=state.name), state.case, state.registered
