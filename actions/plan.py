"""The plan of the customer's own line, and what hangs on it: services, rebates, the contract."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from actions.base import Choice, HallAction, Outcome, Say, Turn, proceed, say
from actions.guides import AnswerBesides
from actions.look_up import LookUp
from actions.tariffs import TellTariff
from hall import held, plan, plan_change
from hall.bss.plan import Plan
from hall.bss.plan_change import PlanChanges
from hall.held import Contract, Dues, Subscribed
from hall.policy.services import CHEAPER

_PENALTY = re.compile(r"赔|罚|违约金")  # 合约没到期走了罚多少
_GOES_ON = re.compile(r"自动|续|到期|完了")
END = Choice("utter_choice_end_service", payload="/cancel_service")


class TellPlan(LookUp):
    """Says what it is called and costs, what is included, since when it runs and until when the contract.

    Asked about services, rebates or the contract, it tells those.
    """

    name_ = "action_plan"
    penalties = True  # whether a question about what ending the contract costs is told that
    tells = {
        Plan: "utter_plan",
        Subscribed: "utter_plan_services",
        Dues: "utter_plan_rebates",
        Contract: "utter_plan_contract",
    }

    async def read(self, turn: Turn) -> Plan | Subscribed | Dues | Contract | None:
        line = turn.line.proved
        last = turn.slots.get("plan_last") if "plan_more" in turn.cues else None  # 还剩几个月, of what was told last
        if "plan_rebates" in turn.cues or last == "rebates":
            return await held.rebates(turn.hall, line)
        if {"plan_services", "own_services", "services_left"} & turn.cues or turn.slots.get("plan_service"):
            return await held.services(turn.hall, line, turn.slots.get("plan_service"))
        if "plan_contract" in turn.cues or last == "contract":
            return await held.contract(turn.hall, line)
        return await plan.current(turn.hall, line)

    async def act(self, turn: Turn) -> Outcome:
        if await self._others(turn):
            return await TellTariff().act(turn)
        if type(self) is TellPlan and "plan_origin" in turn.cues:
            return await TellPlanOrigin().act(turn)
        if (
            type(self) is TellPlan
            and "plan_terms" in turn.cues
            and not _PENALTY.search(turn.text)
            and turn.slots.get("follow_up")
        ):
            return await TellPlanTerms().act(turn)
        if self.penalties and "plan_contract" in turn.cues and _PENALTY.search(turn.text):
            return await TellPenalty().act(turn)
        outcome = await super().act(turn)
        ends = (END,) if any(_some(one.facts) for one in outcome.says) else ()
        says = [Say(one.response, one.facts, ends) for one in outcome.says]
        if says and says[0].response == "utter_plan":  # and the change that waits for its month
            waits = await turn.hall.bss[PlanChanges].pending(turn.line.proved)
            says += [say("utter_plan_waits", waits=waits)] if waits else []
        told = says[0].response.removeprefix("utter_plan").removeprefix("_") if says else ""
        named = [one.facts["found"].asked for one in says if isinstance(one.facts.get("found"), Subscribed)]
        asked = {"tariff_last": named} if any(named) else {}
        return replace(outcome, says=tuple(says), slots=outcome.slots | {"plan_last": told} | asked)

    @staticmethod
    async def _others(turn: Turn) -> bool:
        """Whether another plan than one's own is named: 那个套餐是啥样, with its name."""
        named = (turn.slots.get("asked") or {}).get("plan_name") or [turn.slots.get("plan_named")]
        if not named[-1] or turn.line.msisdn is None:
            return False
        own = await plan.current(turn.hall, turn.line.proved)
        known = any(one.name == named[-1] for one in turn.hall.catalogue.plans)
        return known and own is not None and own.name != named[-1]

    def facts(self, turn: Turn, found: Any) -> dict[str, Any]:
        """The plan under its name, everything else as what was found."""
        if isinstance(found, Plan):
            return super().facts(turn, found)
        return {"number": turn.line.proved, "found": found}


class TellPlanItself(TellPlan):
    """Says the plan with what it contains, whatever else the question sounds like."""

    name_ = "action_plan_itself"
    penalties = False

    async def act(self, turn: Turn) -> Outcome:
        return await super().act(turn) if turn.line.msisdn else proceed(say("utter_plan_prove"))

    async def read(self, turn: Turn) -> Plan | Subscribed | None:
        named = (turn.slots.get("asked") or {}).get("service_name")
        if named:
            return await held.services(turn.hall, turn.line.proved, str(named[0]))
        return await plan.current(turn.hall, turn.line.proved)


class AnswerPlan(AnswerBesides):
    """Answers what else is asked about one's own plan, else what it is."""

    name_ = "action_plan_fact"
    guide = "check_plan"
    told = TellPlan


class TellPlanOrigin(HallAction):
    """Who booked the plan and its contract, and what goes on when it ends: by the records."""

    name_ = "action_plan_origin"

    async def act(self, turn: Turn) -> Outcome:
        if _GOES_ON.search(turn.text):
            return await TellPlanContract().act(turn)
        old = await plan.current(turn.hall, turn.line.proved)
        return proceed(say("utter_plan_origin", since=old.since) if old and old.since else say("utter_plan_is_why"))


class TellPlanContract(TellPlan):
    """Says until when the contract runs, and what comes after it."""

    name_ = "action_plan_contract"

    async def act(self, turn: Turn) -> Outcome:
        return await super().act(turn) if turn.line.msisdn else proceed(say("utter_plan_prove"))

    async def read(self, turn: Turn) -> Contract | None:
        return await held.contract(turn.hall, turn.line.proved)


class TellPlanTerms(HallAction):
    """On which conditions the plan may be changed or left, for the customer's own line."""

    name_ = "action_plan_terms"

    async def act(self, turn: Turn) -> Outcome:
        line = turn.line.msisdn if turn.line.level else None
        old = await plan.current(turn.hall, line) if line else None
        if line is None or old is None:
            return proceed(say("utter_plan_penalty_rule", per_cent=turn.hall.policy.services.penalty_per_cent))
        found, penalty = await held.contract(turn.hall, line), plan_change.penalty(turn.hall, old)
        bound = plan_change.bound(turn.hall, old, CHEAPER)
        return proceed(say("utter_plan_terms", found=found, penalty_fen=penalty, refuses=bound.refuses))


class TellPenalty(HallAction):
    """Says until when the contract runs, and what ending it now would cost."""

    name_ = "action_plan_penalty"

    async def act(self, turn: Turn) -> Outcome:
        line = turn.line.msisdn if turn.line.level else None
        old = await plan.current(turn.hall, line) if line else None
        if line is None or old is None:
            return proceed(say("utter_plan_penalty_rule", per_cent=turn.hall.policy.services.penalty_per_cent))
        found, penalty = await held.contract(turn.hall, line), plan_change.penalty(turn.hall, old)
        return proceed(say("utter_plan_penalty", found=found, penalty_fen=penalty))


def _some(facts: dict[str, Any]) -> bool:
    found = facts.get("found")
    return isinstance(found, Subscribed) and bool(found.services)
