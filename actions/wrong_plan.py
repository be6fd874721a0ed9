"""Another plan was booked than the customer applied for: the evidence, the sum, the correction."""

from __future__ import annotations

import re
from typing import Any

from actions.base import Choice, HallAction, Outcome, Say, Turn, end, proceed, say
from hall import tickets, wrong_plan
from hall.books import fee_refund
from hall.wrong_plan import Finding

_LATER = re.compile(r"以后|往后|下个?月|之后|将来")
PERSON = Choice("utter_choice_person", payload="/talk_to_human")
_LEAVE = Choice("utter_choice_wrong_plan_leave", payload="/cancel")


class CheckWrongPlan(HallAction):
    """Whether the records show another plan than was applied for, and whether it goes back already."""

    name_ = "action_check_wrong_plan"

    async def act(self, turn: Turn) -> Outcome:
        line, complain = turn.line.proved, Choice("utter_choice_complain_all_the_same", payload="/file_complaint")
        if known := await wrong_plan.claimed(turn.hall, line):
            return end(say("utter_wrong_plan_known", refund=fee_refund.facts(turn.hall, known)))
        entry = await wrong_plan.entry_of(turn.hall, line)
        if entry is None:
            return end(Say("utter_wrong_plan_no_entry", {}, (complain, PERSON)))
        if not entry.wrong:
            return end(Say("utter_wrong_plan_right", {"entry": entry}, (complain, PERSON)))
        return proceed()


class ConfirmWrongPlan(HallAction):
    """The evidence, the sum, the correction; asks once."""

    name_ = "action_confirm_wrong_plan"

    async def act(self, turn: Turn) -> Outcome:
        found = await wrong_plan.finding(turn.hall, turn.line.proved)
        if found is None or not found.charges:
            return end(say("utter_wrong_plan_no_entry"))
        yes = Choice("utter_choice_wrong_plan", payload="/affirm")
        return proceed(Say("utter_wrong_plan_confirm", _of(turn, found), (yes, PERSON, _LEAVE)))


class ClaimWrongPlan(HallAction):
    """Asks for the refund, and has the plan put right."""

    name_ = "action_claim_wrong_plan"

    async def act(self, turn: Turn) -> Outcome:
        found = await wrong_plan.finding(turn.hall, turn.line.proved)
        if found is None or not found.charges:
            return end(say("utter_wrong_plan_no_entry"))
        claimed = await wrong_plan.claim(turn.hall, turn.unit, turn.line.proved, turn.conversation, found)
        facts = {"refund": fee_refund.facts(turn.hall, claimed.refund)}
        facts["ticket"] = tickets.facts(turn.hall, claimed.ticket)
        return proceed(say("utter_wrong_plan_done", finding=found, **facts))


class WrongPlanEvidence(HallAction):
    """What the form of the entry says."""

    name_ = "action_wrong_plan_evidence"

    async def act(self, turn: Turn) -> Outcome:
        entry = await wrong_plan.entry_of(turn.hall, turn.line.proved) if turn.line.msisdn else None
        if entry is None:
            return proceed(say("utter_wrong_plan_no_entry"))
        if not entry.wrong:
            return proceed(say("utter_wrong_plan_right", entry=entry))
        found = await wrong_plan.finding(turn.hall, turn.line.proved)
        charges = found.charges if found else ()
        facts = {"entry": entry, "count": len(charges), "total_fen": found.refund_fen if found else 0}
        return proceed(say("utter_wrong_plan_evidence", **facts))


class WrongPlanCost(HallAction):
    """What it costs: nothing. What was paid too much, where that is asked: 一共多扣多少钱."""

    name_ = "action_wrong_plan_cost"

    async def act(self, turn: Turn) -> Outcome:
        if _LATER.search(turn.text) and turn.line.msisdn:
            entry = await wrong_plan.entry_of(turn.hall, turn.line.proved)
            return proceed(say("utter_wrong_plan_later", entry=entry))
        too_much = re.search(r"多[收扣交付]|差|退|一共|总共|算|几个月", turn.text)
        return await WrongPlanEvidence().act(turn) if too_much else proceed(say("utter_wrong_plan_free"))


class WrongPlanWhen(HallAction):
    """When it goes back and is put right, by the policy."""

    name_ = "action_wrong_plan_when"

    async def act(self, turn: Turn) -> Outcome:
        return proceed(say("utter_wrong_plan_when", **_rules(turn)))


def _of(turn: Turn, found: Finding) -> dict[str, Any]:
    return {"finding": found, "count": len(found.charges)} | _rules(turn)


def _rules(turn: Turn) -> dict[str, Any]:
    rules = turn.hall.policy.refunds
    return {"limit_fen": rules.approve_above_fen, "days": rules.approval_days, "hours": rules.arrives_hours}
