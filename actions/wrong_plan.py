"""Another plan was booked than the customer applied for: the evidence, the sum, the correction."""

from __future__ import annotations

import re
from typing import Any

from actions.base import Choice, HallAction, Outcome, Say, Turn, end, proceed, say
from actions.tickets import TellTicketFact
from hall import months, tickets, wrong_plan
from hall.books import fee_refund
from hall.wrong_plan import Finding

_LATER = re.compile(
    r"以后|往后|今后|之后|接下来|下个?月|这个?月|本月|当月|按(?:多少|几|什么|哪个)|(?:哪天|几号|什么时候|啥时候?|哪个月)[^,。]{0,4}(?:起|开始|改|按|变)"
    r"|改(?:过来|好|回来|成)|还(?:会|要|是)?(?:再)?(?:多)?(?:扣|收)"
)
_WHERE_TO = re.compile(r"退(?:到|给|去|回)?(?:到)?(?:哪|什么|话费|现金|银行|微信|卡)|(?:打|返|还)到哪|现金|银行卡|微信")
_KEEPS = re.compile(r"号码|积分|流量|分钟|变少|影响|宽带|合约")
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
        choices = (Choice("utter_choice_wrong_plan", payload="/affirm"), PERSON, _LEAVE)
        if turn.slots.get("wrong_plan_told"):
            return proceed(Say("utter_wrong_plan_short", {}, choices))
        return proceed(Say("utter_wrong_plan_confirm", _of(turn, found), choices), wrong_plan_told="yes")


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
        too_much = re.search(r"多[收扣交付]|差|退|一共|总共|算|几个月", turn.text)
        return await WrongPlanEvidence().act(turn) if too_much else proceed(say("utter_wrong_plan_free"))


class WrongPlanFact(HallAction):
    """What is wondered of it: what is paid from now on, where the money goes, what stays, else how it stands."""

    name_ = "action_wrong_plan_fact"

    async def act(self, turn: Turn) -> Outcome:
        entry = await wrong_plan.entry_of(turn.hall, turn.line.proved) if turn.line.msisdn else None
        if entry is None or not entry.wrong:
            return await WrongPlanEvidence().act(turn)
        if _LATER.search(turn.text):
            now = months.of(turn.hall.clock.now())
            return proceed(say("utter_wrong_plan_later", entry=entry, month=now, corrected=months.shift(now, 1)))
        if _WHERE_TO.search(turn.text):
            return proceed(say("utter_wrong_plan_where"))
        if _KEEPS.search(turn.text):
            return proceed(say("utter_wrong_plan_keeps", entry=entry))
        topic = (turn.slots.get("asked") or {}).get("topic")
        if topic in ("since", "sum", "cost", "fee", "price"):
            return await (WrongPlanEvidence() if topic in ("since", "sum") else WrongPlanCost()).act(turn)
        return await TellTicketFact().act(turn)


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
