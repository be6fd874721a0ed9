"""The state of the customer's own line: number, holder (masked), registration, why it is stopped; its PUK."""

from __future__ import annotations

from actions.base import Choice, HallAction, Outcome, Say, Turn, end, proceed, say
from actions.guides import AnswerBesides
from actions.look_up import is_others
from hall import account_status, documents
from hall.account_status import Status
from hall.bss.sim import Sims
from hall.documents import Wanted

# what was asked, by a cue of data/nlu/cues.tsv, and its answer; the first that fits
ASKED = {
    "line_ids": "utter_line_ids",
    "line_manager": "utter_line_manager",
    "line_broadband": "utter_line_broadband",
    "line_stopped": "utter_line_stopped",
    "line_owner": "utter_line_owner",
    "line_home": "utter_line_about",
    "line_tier": "utter_line_about",
    "line_age": "utter_line_about",
}
REOPENED_BY = {  # what opens a line again, as choices
    "lost": ("utter_choice_resume", "/resume_line"),
    "suspended": ("utter_choice_resume", "/resume_line"),
    "arrears": ("utter_choice_pay_owed", '/topup_credit{"phone_number":"own","credit":"clears"}'),
    "not_registered": ("utter_choice_papers", "/register_real_name"),
}


class TellAccountStatus(HallAction):
    """Says what was asked of the line; without a question how it stands."""

    name_ = "action_account_status"
    asked = ""

    async def act(self, turn: Turn) -> Outcome:
        if is_others(turn):
            return Outcome("others", (say("utter_not_your_line"),))
        if "full_name" in turn.cues:
            return proceed(say("utter_owner_masked"))
        found = await account_status.status(turn.hall, turn.line.proved)
        if found is None:
            return end(say("utter_unknown_line", number=turn.line.proved))
        answer = next((ASKED[cue] for cue in ASKED if cue in turn.cues), "utter_account_status")
        return proceed(_told(turn, self.asked or answer, found))


class AnswerAccountStatus(AnswerBesides):
    """Answers what else is asked about the state of a line, else that state."""

    name_ = "action_account_fact"
    guide = "check_account_status"
    told = TellAccountStatus


class WhyStopped(TellAccountStatus):
    """Answers why a line is stopped, after its state was told."""

    name_ = "action_why_stopped"
    asked = "utter_line_stopped"


class OwnNumber(HallAction):
    """Says the proved line in full; who has none is told how to learn his number."""

    name_ = "action_own_number"

    async def act(self, turn: Turn) -> Outcome:
        line = turn.line.msisdn
        return proceed(say("utter_own_number", number=line) if line else say("utter_own_number_unknown"))


class TellPuk(HallAction):
    """A link to the PUK, which opens once: nothing of it stays in the chat."""

    name_ = "action_puk"

    async def act(self, turn: Turn) -> Outcome:
        if is_others(turn):
            return Outcome("others", (say("utter_not_your_line"),))
        line = turn.line.verified
        if await turn.hall.bss[Sims].puk(line) is None:
            return end(say("utter_unknown_line", number=line))
        wanted = Wanted("puk", line, "", turn.conversation, turn.key)
        lasts = turn.hall.policy.verification.detail_link
        link = documents.link(turn.hall, turn.unit, wanted, lasts)
        return proceed(say("utter_puk", link=link, minutes=int(lasts.total_seconds()) // 60))


def _told(turn: Turn, answer: str, found: Status) -> Say:
    facts = {"number": turn.line.proved, "status": found}
    if answer not in ("utter_account_status", "utter_line_stopped") or not found.stopped:
        return Say(answer, facts)
    title, payload = REOPENED_BY[found.stopped]
    return Say(answer, facts, (Choice(title, payload=payload),))
