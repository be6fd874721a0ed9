"""A line is reported lost, suspended, and taken up again."""

from __future__ import annotations

from actions.base import Choice, HallAction, Outcome, Say, Turn, again, end, proceed, say
from actions.look_up import is_others
from actions.topup_remedies import PERSON, pay_arrears
from hall import line, service_password
from hall.line import Standing
from hall.msisdn import normalise
from hall.policy.line import PASSWORD
from hall.service_password import DIGITS, Right, Wrong

OWN = "own"
NONE = "none"  # the value of a password that is not known
NEW_CARD = Choice("utter_choice_new_card", payload="/replace_sim")
RESUME = Choice("utter_choice_line_resume", payload="/resume_line")
YES, NO = Choice("utter_choice_yes_do", payload="/affirm"), Choice("utter_choice_not_now", payload="/cancel")


class AssumeLostNumber(HallAction):
    """Takes the proved line, unless somebody else's phone is lost."""

    name_ = "action_assume_lost_number"

    async def act(self, turn: Turn) -> Outcome:
        own = (
            turn.line.msisdn
            if turn.line.level and not {"other_person", "other_line", "lost_other"} & turn.cues
            else None
        )
        return proceed(lost_number=own)


class CheckLostNumber(HallAction):
    """Whose number it is, and what has to be proved; of another's line nothing is told."""

    name_ = "action_check_lost_number"

    async def act(self, turn: Turn) -> Outcome:
        mine = turn.line.msisdn if turn.line.level else None
        given = str(turn.slots["lost_number"])
        number = mine if given == OWN else normalise(given)
        if number is None:
            return again(say("utter_lost_number_wrong"))
        if number == mine:
            return await _own_lost(turn, number)
        if turn.hall.policy.line.lost_others_by != PASSWORD:
            return Outcome("person", (say("utter_lost_by_person"),), {"lost_number": number})
        return proceed(lost_number=number, lost_proof=PASSWORD)


async def _own_lost(turn: Turn, number: str) -> Outcome:
    found = await line.standing(turn.hall, number)
    if found is None:
        return end(say("utter_unknown_line", number=number))
    if found.state == "lost":
        return end(Say("utter_lost_already", {"standing": found}, (NEW_CARD, RESUME)))
    return proceed(lost_number=number, lost_proof=None)


class CheckLostPassword(HallAction):
    """The service password of somebody else's line; who does not know it gets a person at once."""

    name_ = "action_check_lost_password"

    async def act(self, turn: Turn) -> Outcome:
        typed = "".join(filter(str.isdigit, str(turn.slots["lost_password"])))
        if len(typed) != DIGITS:
            return Outcome("person", (say("utter_lost_by_person"),))
        found = await service_password.check(turn.hall, turn.unit, str(turn.slots["lost_number"]), typed)
        if isinstance(found, Right):
            return proceed()
        if isinstance(found, Wrong) and found.left > 1:
            return again(say("utter_password_wrong", left=found.left))
        return Outcome("person", (say("utter_lost_by_person"),))


class AskLost(HallAction):
    """The one confirmation: what is stopped, of which number."""

    name_ = "action_ask_lost"

    async def act(self, turn: Turn) -> Outcome:
        return proceed(Say("utter_lost_confirm", {"number": turn.slots["lost_number"]}, (YES, NO)))


class ReportLost(HallAction):
    """Stops the line; what next, and a warning."""

    name_ = "action_report_lost"

    async def act(self, turn: Turn) -> Outcome:
        number = str(turn.slots["lost_number"])
        await line.report_lost(turn.hall, number, f"{turn.key}:lost")
        return Outcome("done", (Say("utter_lost_done", {"number": number}, (NEW_CARD, PERSON)),))


class CheckSuspend(HallAction):
    """Refuses what is suspended or lost already, or owes; the way on is offered."""

    name_ = "action_check_suspend"

    async def act(self, turn: Turn) -> Outcome:
        if is_others(turn):
            return Outcome("others", (say("utter_not_your_line"),))
        found = await line.standing(turn.hall, turn.line.proved)
        if found is None:
            return end(say("utter_unknown_line", number=turn.line.proved))
        if found.state == "active":
            return proceed()
        return end(_stands(turn, found))


class AskSuspend(HallAction):
    """Fee, from when, how long and what is stopped, before it is confirmed."""

    name_ = "action_ask_suspend"

    async def act(self, turn: Turn) -> Outcome:
        rules, until = turn.hall.policy.line, line.suspended_until(turn.hall)
        facts = {
            "number": turn.line.proved,
            "fee_fen": rules.suspend_fen,
            "until": until,
            "months": rules.suspend_months,
        }
        return proceed(Say("utter_suspend_confirm", facts, (YES, NO)))


class Suspend(HallAction):
    """Suspends the line from now on."""

    name_ = "action_suspend"

    async def act(self, turn: Turn) -> Outcome:
        await line.suspend(turn.hall, turn.line.proved, f"{turn.key}:suspend")
        found = await line.standing(turn.hall, turn.line.proved)
        return proceed(
            Say("utter_suspended", {"standing": found, "fee_fen": turn.hall.policy.line.suspend_fen}, (RESUME,))
        )


class CheckResume(HallAction):
    """What keeps the line from being used: nothing, arrears, or what the holder asked for; and what proves him."""

    name_ = "action_check_resume"

    async def act(self, turn: Turn) -> Outcome:
        if is_others(turn):
            return Outcome("others", (say("utter_not_your_line"),))
        found = await line.standing(turn.hall, turn.line.proved)
        if found is None:
            return end(say("utter_unknown_line", number=turn.line.proved))
        if found.state in ("active", "arrears"):
            return end(_stands(turn, found))
        needed = line.needs_password(turn.hall, found.state)
        return proceed(resume_state=found.state, resume_proof=PASSWORD if needed else None)


class CheckResumePassword(HallAction):
    """Compares the service password, with few tries."""

    name_ = "action_check_resume_password"

    async def act(self, turn: Turn) -> Outcome:
        typed = "".join(filter(str.isdigit, str(turn.slots["resume_password"])))
        if len(typed) != DIGITS:
            return again(say("utter_password_six"))
        found = await service_password.check(turn.hall, turn.unit, turn.line.proved, typed)
        if isinstance(found, Right):
            return proceed()
        if isinstance(found, Wrong):
            return again(say("utter_password_wrong", left=found.left))
        return end(Say("utter_resume_elsewhere", choices=(PERSON,)))


class AskResume(HallAction):
    """What comes back, and what it costs, before it is confirmed."""

    name_ = "action_ask_resume"

    async def act(self, turn: Turn) -> Outcome:
        facts = {"number": turn.line.proved, "state": str(turn.slots["resume_state"])}
        return proceed(Say("utter_resume_confirm", facts, (YES, NO)))


class Resume(HallAction):
    """Takes the line up again."""

    name_ = "action_resume"

    async def act(self, turn: Turn) -> Outcome:
        await line.resume(turn.hall, turn.line.proved, f"{turn.key}:resume")
        found = await line.standing(turn.hall, turn.line.proved)
        return proceed(say("utter_resumed", number=turn.line.proved, arrears_fen=found.arrears_fen if found else 0))


def _stands(turn: Turn, found: Standing) -> Say:
    """How the line stands, with the way on."""
    offers = {"arrears": pay_arrears(turn, found.arrears_fen), "lost": (NEW_CARD, RESUME), "suspended": (RESUME,)}
    return Say("utter_line_stands", {"standing": found}, offers.get(found.state, ()))
