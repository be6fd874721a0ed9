"""Another plan for the proved line: which fit, which one, from when, what is lost, ordered and taken back."""

from __future__ import annotations

import re
from typing import Any

from actions.base import Choice, HallAction, Outcome, Say, Turn, again, end, proceed, say
from actions.look_up import is_others
from actions.plan import TellPenalty
from actions.plan_told import ToldFact
from actions.tariffs import TellTariff
from actions.topup_remedies import PERSON, pay_arrears
from hall import plan as plans
from hall import plan_change, plan_match
from hall.bss.plan_change import PlanChanges
from hall.bss.subscriber import Subscribers
from hall.catalogue import Plan
from hall.plan_change import Bound, Change, Refused
from hall.plan_match import Match, Matched
from hall.policy.services import CHEAPER, DEARER

NONE = "none"  # the value of the slot: none of them is wanted
MATCH, LIST, MORE = "match", "list", "more"
MOST = 4  # plans that are listed
PAPERS = Choice("utter_choice_papers", payload="/register_real_name")
_INTO = re.compile(r"(?:换|改|升|降|办|调)(?:成|为|到|个|回)?(?:那个)?(?P<plan>\d{2,3}(?:元|块)?.*)")
_NONE = re.compile(r"(?:不|别|没|算)[^,。]{0,4}(?:换|改|要|用|需要|考虑|兴趣|了)|都不|^none$")
_ORDER = re.compile(r"第?([一二三123])(?:个|款|种)?")
_THIS = re.compile(r"这个|这款|那个|它|推荐的|就换|换吧")
REFUSED = {
    "same": "utter_plan_same",
    "not_for_you": "utter_plan_not_for_you",
    "not_registered": "utter_plan_not_registered",
    "arrears": "utter_plan_arrears",
    "blacklisted": "utter_plan_blacklisted",
    "company": "utter_plan_company",
    "contract": "utter_plan_bound",
}


class CheckPlanLine(HallAction):
    """Refuses what the line alone rules out, before a plan is chosen; advice is free."""

    name_ = "action_check_plan_line"

    async def act(self, turn: Turn) -> Outcome:
        if is_others(turn):
            return Outcome("others", (say("utter_not_your_line"),))
        line = turn.line.proved
        who, old = await turn.hall.bss[Subscribers].of(line), await plans.current(turn.hall, line)
        if who is None or old is None:
            return end(say("utter_unknown_line", number=line))
        refused = await plan_change.refusal(turn.hall, who, None, old)
        if refused is None or (turn.slots["plan_way"] == MATCH and refused.reason == "arrears"):
            return proceed()
        return _refused(turn, refused)


class AssumeNewPlan(HallAction):
    """Who says into which plan, in any words (换成128那个), means it."""

    name_ = "action_assume_new_plan"

    async def act(self, turn: Turn) -> Outcome:
        said, told = _INTO.search(turn.text), _told_before(turn)
        if told is not None:
            return proceed(new_plan=told.name)
        found = plan_change.named(said["plan"], await _open(turn)) if said and turn.slots["plan_way"] == LIST else None
        return proceed(new_plan=found.name) if found else proceed()


class AskNewPlan(HallAction):
    """Tells the plans that fit what the line uses, or those on sale."""

    name_ = "action_ask_new_plan"

    async def act(self, turn: Turn) -> Outcome:
        way = MORE if plan_match.wants_more(turn.text) else turn.slots["plan_way"]
        if way == LIST and not plan_match.wants_advice(turn.text):
            return await _list(turn)
        found = await _matched(turn)
        if not found.months:
            return await _list(turn)
        declined = await plan_match.declined(turn.hall.store, turn.line.proved)
        best = plan_match.larger(found) if way == MORE else found.best
        wanted = tuple(one for one in best if one.name not in declined)
        if not wanted:
            return end(_best_already(found, declined, best))
        offered = tuple(_choice(one) for one in wanted)
        old = await plans.current(turn.hall, turn.line.proved)
        way = DEARER if old is None or wanted[0].fee_fen > old.fee_fen else CHEAPER
        bound = plan_change.bound(turn.hall, old, way) if old else Bound(None, 0, False)
        rows = plan_match.rows(found, wanted)
        names = [one.name for one in wanted]
        if way != MORE and turn.slots.get("plan_offered") == names:  # told a moment ago: only the question comes again
            again_ = Say("utter_match_again", {}, (*offered, Choice("utter_choice_no_plan", {"new_plan": NONE})))
            return proceed(again_)
        facts = {"found": found, "best": list(wanted), "rows": rows, "bound": bound}
        asked = Say("utter_match", facts, (*offered, Choice("utter_choice_no_plan", {"new_plan": NONE})))
        return proceed(asked, plan_offered=names)


class MatchWhy(HallAction):
    """Why a plan is told, or is not: its own figures for the customer's three months."""

    name_ = "action_match_why"

    async def act(self, turn: Turn) -> Outcome:
        line, hall = turn.line.proved, turn.hall
        used, found = await plan_match.used(hall, line), await _matched(turn)
        if not found.months or found.present is None:
            return proceed(say("utter_match_why"))
        known = hall.catalogue.plans
        asked = plan_change.by_name(turn.text, known) or plan_change.named(turn.text, await _open(turn))
        offered = list(turn.slots.get("plan_offered") or ())
        if asked is None and plan_match.wants_advice(turn.text):  # 还有便宜的没, after none was wanted
            declined = await plan_match.declined(hall.store, line)
            if all(one.name in declined for one in found.best):
                return proceed(_best_already(found, declined, found.best))
        name = asked.name if asked else next(iter(offered), found.present.name)
        told = next((one for one in (*found.ranked, found.present) if one.name == name), None)
        if told is None:
            return proceed(say("utter_match_not_yours", name=name))
        plan = next(one for one in known if one.name == name)
        over = plan_match.beyond(plan, used, hall.policy.services.rates)
        facts = {"plan": told, "beyond": over, "found": found, "month_fen": told.cost_fen // len(found.months)}
        return proceed(say("utter_match_figures", **facts))


class MatchPrice(HallAction):
    """What a plan that is named costs and holds, with what it would have cost; without one, how it is counted."""

    name_ = "action_match_price"

    async def act(self, turn: Turn) -> Outcome:
        if plan_change.named(turn.text, await _open(turn)) is None:
            return await TellPlanOptions().act(turn)
        return await MatchWhy().act(turn)


class MatchFact(HallAction):
    """What is wondered while plans are told: broadband, else what a change loses."""

    name_ = "action_match_fact"

    async def act(self, turn: Turn) -> Outcome:
        return await ToldFact().act(turn)


class DeclinePlans(HallAction):
    """None of the plans that were told: remembered."""

    name_ = "action_decline_plans"

    async def act(self, turn: Turn) -> Outcome:
        offered = list(turn.slots.get("plan_offered") or turn.slots.get("told_offered") or ())
        plan_match.decline(turn.hall, turn.unit, turn.line.proved, offered)
        return proceed(say("utter_plan_declined"))


class CheckNewPlan(HallAction):
    """Takes a plan that the line may have; says why not, and what is near."""

    name_ = "action_check_new_plan"

    async def act(self, turn: Turn) -> Outcome:
        given, among = str(turn.slots["new_plan"]), await _open(turn)
        offered = list(turn.slots.get("plan_offered") or ())
        if _NONE.search(given):
            return _declined(turn, offered)
        if plan_match.wants_more(given):
            return again(plan_way=MORE)
        plan = _meant(turn, given, among)
        if plan is None:
            near = plan_change.nearest(given, among)
            return again(say("utter_plan_no_such", wanted=given, near=near) if near else say("utter_plan_unclear"))
        change = await plan_change.of(turn.hall, turn.line.proved, plan)
        return _refused(turn, change) if isinstance(change, Refused) else proceed(new_plan=plan.name)


class ConfirmPlan(HallAction):
    """Says what changes, from when and what is lost, and asks once."""

    name_ = "action_confirm_plan"

    async def act(self, turn: Turn) -> Outcome:
        change = await _change(turn)
        if isinstance(change, Refused):
            return _refused(turn, change)
        choices = (
            Choice("utter_choice_change", payload="/affirm"),
            Choice("utter_choice_keep_plan", payload="/cancel"),
        )
        key = f"{turn.conversation}|{turn.key}"
        return proceed(Say("utter_plan_confirm", {"change": change}, choices), plan_key=key)


class ChangePlan(HallAction):
    """Orders the change that was confirmed."""

    name_ = "action_change_plan"

    async def act(self, turn: Turn) -> Outcome:
        change, key = await _change(turn), turn.slots.get("plan_key")
        if isinstance(change, Refused) or not key:
            return _refused(turn, change) if isinstance(change, Refused) else end(say("utter_plan_again"))
        await plan_change.order(turn.hall, turn.line.proved, change, str(key), turn.channel)
        return proceed(say("utter_plan_changed", change=change), plan_key=None)


class UndoPlanChange(HallAction):
    """Takes back what has not taken effect."""

    name_ = "action_undo_plan_change"

    async def act(self, turn: Turn) -> Outcome:
        key = f"{turn.conversation}|{turn.key}"
        undone = await plan_change.undo(turn.hall, turn.line.proved, key, turn.channel)
        return proceed(say("utter_plan_undone", undone=undone) if undone else say("utter_plan_nothing_to_undo"))


class TellPlanLose(HallAction):
    """What is lost by a change: of the one that is being agreed exactly, else the rules."""

    name_ = "action_plan_lose"

    async def act(self, turn: Turn) -> Outcome:
        if "宽带" in turn.text:
            return await ToldFact().act(turn)
        offered = list(turn.slots.get("plan_offered") or ())
        name = turn.slots.get("new_plan") or (offered[0] if len(offered) == 1 else None)  # the only one that was told
        change = await _change(turn, str(name)) if turn.line.level and name else None
        if isinstance(change, Change):
            return proceed(say("utter_plan_lose", change=change))
        old = await plans.current(turn.hall, turn.line.proved) if turn.line.level else None
        if old is None or old.contract_until is None:
            return proceed(say("utter_plan_lose_rule"))
        return await TellPenalty().act(turn)


class TellPlanOptions(HallAction):
    """What a plan that is named costs and holds; without one, that those which may be chosen are listed."""

    name_ = "action_plan_options"

    async def act(self, turn: Turn) -> Outcome:
        asked = turn.slots.get("asked") or {}
        if asked.get("plan_name"):
            return await TellTariff().act(turn)
        if asked.get("topic") == "price" and "sum" in asked.get("topics", ()):
            return proceed()  # 一年省多少: what it comes to is told already
        chosen = turn.slots.get("new_plan") if turn.line.level else None
        plan = next((one for one in turn.hall.catalogue.plans if one.name == chosen), None)
        if plan is not None:
            return proceed(say("utter_tariff_plan", plan=plan, rules=turn.hall.policy.plan_rules))
        return proceed(say("utter_plan_options"))


class TellPlanWhen(HallAction):
    """From when a change takes effect; of one that is ordered, that."""

    name_ = "action_tell_plan_when"

    async def act(self, turn: Turn) -> Outcome:
        line = turn.line.msisdn
        waits = await turn.hall.bss[PlanChanges].pending(line) if line and turn.line.level else None
        if waits is not None:
            return proceed(say("utter_plan_waits", waits=waits))
        rules = turn.hall.policy.services.takes_effect
        return proceed(say("utter_plan_when", dearer=rules["dearer"], cheaper=rules["cheaper"]))


def _meant(turn: Turn, given: str, among: tuple[Plan, ...]) -> Plan | None:
    """The plan that is meant: of those that were told, by its name, by its price or kind, or the one told last."""
    known = turn.hall.catalogue.plans
    if chosen := _of_offered(given, list(turn.slots.get("plan_offered") or ())):
        return next((one for one in known if one.name == chosen), None)
    if among and "最便宜" in given:
        return min(among, key=lambda plan: plan.fee_fen)
    found = plan_change.by_name(given, known) or plan_change.named(given, among)
    if found is None and given in turn.text:
        found = plan_change.named(turn.text, among)
    return found or _told_before(turn)


def _told_before(turn: Turn) -> Plan | None:
    """换这个: the plan whose price was told last."""
    last = turn.slots.get("tariff_last") if "change_it" in turn.cues else None
    return plan_change.by_name(str(last[-1]), turn.hall.catalogue.plans) if last else None


async def _list(turn: Turn) -> Outcome:
    old, among = await plans.current(turn.hall, turn.line.proved), await _open(turn)
    fee = old.fee_fen if old else 0
    near = sorted(among, key=lambda plan: (abs(plan.fee_fen - fee), plan.fee_fen))
    listed = sorted((plan for plan in near if old is None or plan.name != old.name), key=lambda plan: plan.fee_fen)
    listed = [plan for plan in listed if plan in near[: MOST + 1]][:MOST]
    choices = tuple(Choice("utter_choice_plan", {"new_plan": plan.name}, {"plan": plan}) for plan in listed)
    asked = Say("utter_ask_new_plan", {"present": old.name if old else "", "plans": listed}, choices)
    return proceed(asked, plan_offered=[plan.name for plan in listed])


async def _matched(turn: Turn) -> Matched:
    hall, line = turn.hall, turn.line.proved
    present, used = await plans.current(hall, line), await plan_match.used(hall, line)
    discount = await plan_change.discount(hall, line)
    return plan_match.matched(await _open(turn), present, used, hall.policy.services.rates, discount)


async def _open(turn: Turn) -> tuple[Plan, ...]:
    who = await turn.hall.bss[Subscribers].of(turn.line.proved)
    return plan_match.open_to(turn.hall, who)


async def _change(turn: Turn, name: str = "") -> Change | Refused:
    name = name or str(turn.slots["new_plan"])
    plan = next((one for one in turn.hall.catalogue.plans if one.name == name), None)
    if plan is None:
        return Refused("unknown", name)
    return await plan_change.of(turn.hall, turn.line.proved, plan)


def _choice(one: Match) -> Choice:
    return Choice("utter_choice_match", {"new_plan": one.name}, {"plan": one})


def _best_already(found: Matched, declined: frozenset[str], best: tuple[Match, ...]) -> Say:
    """The present plan is the cheapest for this use; or the others were not wanted."""
    if best:
        return say("utter_match_declined_before", best=[one for one in best if one.name in declined])
    return say("utter_match_best_already", found=found, nearest=list(found.ranked[:1]))


def _declined(turn: Turn, offered: list[str]) -> Outcome:
    if turn.slots["plan_way"] == LIST:
        return end(say("utter_plan_kept"))
    plan_match.decline(turn.hall, turn.unit, turn.line.proved, offered)
    return end(say("utter_plan_declined"))


def _of_offered(given: str, offered: list[str]) -> str | None:
    """第二个, 这个: of the plans that were told."""
    if given in offered:
        return given
    if (place := _ORDER.fullmatch(re.sub(r"我|要|就|那|换|改|选|成|吧|的|了", "", given))) is not None:
        index = "一二三123".index(place[1]) % 3
        return offered[index] if index < len(offered) else None
    return offered[0] if len(offered) == 1 and _THIS.search(given) else None


def _refused(turn: Turn, refused: Refused) -> Outcome:
    facts: dict[str, Any] = {"refused": refused}
    if refused.reason == "unknown":
        return end(say("utter_unknown_line", number=turn.line.proved))
    if refused.reason == "arrears":
        return Outcome("blocked", (Say(REFUSED["arrears"], facts, pay_arrears(turn, refused.owed_fen)),))
    if refused.reason in ("same", "not_for_you"):
        return again(say(REFUSED[refused.reason], **facts))
    told = Say(REFUSED[refused.reason], facts, (PAPERS if refused.reason == "not_registered" else PERSON,))
    about = "register_real_name" if refused.reason == "not_registered" else ""
    answers = {"response": "utter_plan_why_refused", "then": "utter_plan_way_on"}
    return end(told, why=answers | {"facts": {"reason": refused.reason}, "about": about})
