"""Call details of the verified customer: what they add up to, and a link to the list."""

from __future__ import annotations

from actions.base import VERIFIED, Choice, HallAction, Outcome, Say, Turn, end, proceed, say
from actions.guides import AnswerBesides
from actions.look_up import is_others
from hall import call_details, documents, months
from hall.call_details import DetailsRefused
from hall.documents import Wanted


class DetailsMonth(HallAction):
    """Stands where a month would be asked for: who names none means the running one."""

    name_ = "action_details_month"

    async def act(self, turn: Turn) -> Outcome:
        return proceed(month=months.of(turn.hall.clock.now()))


class TellCallDetails(HallAction):
    """Says how much was called, sent and used in a month; the list is behind a link that opens once."""

    name_ = "action_call_details"

    async def act(self, turn: Turn) -> Outcome:
        if is_others(turn):
            return Outcome("others", (say("utter_not_your_line"),))
        found = await call_details.summary(turn.hall, turn.line.verified, turn.slots.get("month"))
        if isinstance(found, DetailsRefused):
            return end(_refused(turn, found))
        rules = turn.hall.policy.verification
        wanted = Wanted("details", turn.line.verified, found.month, turn.conversation, turn.key)
        link = documents.link(turn.hall, turn.unit, wanted, rules.detail_link)
        return proceed(
            say("utter_call_details", found=found, link=link, minutes=_minutes(turn)), details_month=found.month
        )


class DetailsLinkRule(HallAction):
    """How long the link to the list lasts, and of which months there are lists."""

    name_ = "action_details_link_rule"

    async def act(self, turn: Turn) -> Outcome:
        kept = turn.hall.policy.verification.detail_months
        return proceed(say("utter_details_link_rule", minutes=_minutes(turn), kept=kept))


class DetailsMost(HallAction):
    """Who was called most in the month that was told last, only while the customer is verified."""

    name_ = "action_details_most"

    async def act(self, turn: Turn) -> Outcome:
        if turn.line.level < VERIFIED:
            return proceed(say("utter_details_again"))
        found = await call_details.summary(turn.hall, turn.line.verified, turn.slots.get("details_month"))
        if isinstance(found, DetailsRefused):
            return proceed(_refused(turn, found))
        return proceed(say("utter_details_most", found=found))


class AnswerDetails(AnswerBesides):
    """Answers what else is asked about call details, else how the list is opened."""

    name_ = "action_details_fact"
    guide = "check_call_details"
    told = DetailsLinkRule


def _minutes(turn: Turn) -> int:
    return int(turn.hall.policy.verification.detail_link.total_seconds()) // 60


def _refused(turn: Turn, refused: DetailsRefused) -> Say:
    """The refusal with the months that there are: the running one and the one before."""
    now = months.of(turn.hall.clock.now())
    choices = tuple(_of_month(month) for month in (now, months.shift(now, -1)))
    return Say("utter_details_refused", {"refused": refused}, choices)


def _of_month(month: str) -> Choice:
    payload = f'/check_call_details{{"month":"{month}"}}'
    return Choice("utter_choice_month", facts={"month": month}, payload=payload)
