"""Proving a line by a one-time code, in channels that vouch for nobody."""

from __future__ import annotations

from datetime import timedelta
from math import ceil

from actions.base import HallAction, Outcome, Say, Turn, again, end, proceed, say
from hall import identity, msisdn
from hall.privacy import mask_msisdn

RESEND, OTHER = "resend", "other"  # buttons under the question for the code


class SayLapsed(HallAction):
    """Before the number is asked for: that a line was proved already, but too long ago."""

    name_ = "action_say_lapsed"

    async def act(self, turn: Turn) -> Outcome:
        return proceed(*[say("utter_line_lapsed")] if turn.lapsed else [])


class SendCode(HallAction):
    """Takes the number and sends a code to it."""

    name_ = "action_send_code"

    async def act(self, turn: Turn) -> Outcome:
        number = msisdn.normalise(str(turn.slots["line_number"]))
        if number is None or msisdn.kind(number) == "invalid":
            landline = msisdn.kind(str(turn.slots["line_number"])) == "landline"
            return again(say("utter_line_landline" if landline else "utter_line_invalid"))
        found = await identity.send_code(turn.hall, turn.unit, number, turn.conversation, turn.key)
        if isinstance(found, identity.Locked):
            return end(say("utter_code_locked", until=found.until))
        return proceed(sent(turn, number, found), line_number=number)


class CheckCode(HallAction):
    """Compares the code; right: the line is proved from here on."""

    name_ = "action_check_code"

    async def act(self, turn: Turn) -> Outcome:
        number, code = str(turn.slots["line_number"]), "".join(str(turn.slots["code"]).split())
        if code == OTHER:
            return Outcome(OTHER, slots={"line_number": None, "code": None})
        if code == RESEND:
            return await _resend(turn, number)
        code = plain_digits(code)
        if len(code) != identity.CODE_DIGITS:
            return again(say("utter_code_not_six"))
        found = await identity.check_code(turn.hall, turn.unit, number, code, turn.conversation)
        if isinstance(found, identity.Right):
            turn.prove = (number, 1)
            return proceed(proved_line=number)
        return code_outcome(found)


async def _resend(turn: Turn, number: str) -> Outcome:
    found = await identity.send_code(turn.hall, turn.unit, number, turn.conversation, turn.key)
    if isinstance(found, identity.Locked):
        return end(say("utter_code_locked", until=found.until))
    return again(sent(turn, number, found))


def code_outcome(found: identity.Wrong | identity.Locked | identity.Expired) -> Outcome:
    """What follows from a code that is not right."""
    if isinstance(found, identity.Wrong):
        return again(say("utter_code_wrong", left=found.left))
    if isinstance(found, identity.Locked):
        return end(say("utter_code_locked", until=found.until))
    return again(say("utter_code_expired"))


def sent(turn: Turn, number: str, found: identity.Sent | identity.Wait) -> Say:
    """Says that a code was sent, or how long to wait for the next one."""
    if isinstance(found, identity.Sent):
        return say("utter_code_sent", number=mask_msisdn(number))
    left: timedelta = found.until - turn.hall.clock.now()
    if left <= identity.RESEND_PAUSE:
        return say("utter_code_wait", seconds=ceil(left.total_seconds()), here=found.here)
    return say("utter_code_wait_until", until=found.until, here=found.here)


def plain_digits(code: str) -> str:
    """Typed digits as plain ones: full-width ones too, without blanks; "" when there is anything else."""
    code = "".join(code.split())
    return "".join(str(int(digit)) for digit in code) if code.isdecimal() else ""
