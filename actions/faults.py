"""Faults: what is known first, then a short tree of questions and things to try, else a repair ticket."""

from __future__ import annotations

import re
from datetime import datetime

from actions.account_status import WhyStopped
from actions.base import Choice, HallAction, Outcome, Say, Turn, again, end, proceed, say
from actions.guides import by_words
from actions.tickets import TellTicketFact
from hall import faults, privacy, tickets
from hall.bss.line_check import Outage
from hall.change import Change
from hall.faults import END, REPAIR
from hall.policy.faults import Kind, Node

_HALF = re.compile(r"\d{4}-\d\d-\d\d [上下]午")
PERSON = Choice("utter_choice_person", payload="/talk_to_human")
REMEDY = {  # what the hall can do about a cause: the intent and its choice
    "arrears": ("topup_credit", "utter_choice_fault_pay"),
    "used_up": ("topup_data", "utter_choice_fault_data"),
    "throttled": ("topup_data", "utter_choice_fault_data"),
    "suspended": ("resume_line", "utter_choice_fault_resume"),
    "lost": ("resume_line", "utter_choice_fault_resume"),
}
SKIPS = {"port_down": REPAIR, "apn": "apn"}  # findings after which the tree goes on somewhere else
COUNTRY = ("村", "镇", "乡", "农村", "山上", "山里", "田里", "寨")
TOWN = ("城", "市", "区", "街", "路", "楼", "小区", "街道", "县里")
LINE = "check_account_status"  # the guide of what a line's state means
ON = "!"  # after a kind: its known cause is not what is wrong, the questions begin


class AssumeFaultKind(HallAction):
    """The kinds that the words name."""

    name_ = "action_assume_fault_kind"

    async def act(self, turn: Turn) -> Outcome:
        return proceed(fault_kind=",".join(turn.hall.policy.faults.named(_words(turn))) or None, fault_tried="")


class AskFaultKind(HallAction):
    """Asks what does not work."""

    name_ = "action_ask_fault_kind"

    async def act(self, turn: Turn) -> Outcome:
        kinds = turn.hall.policy.faults.kinds
        choices = tuple(Choice("", {"fault_kind": kind.key}, text=kind.name) for kind in kinds)
        return proceed(Say("utter_ask_fault_kind", choices=choices))


class CheckFaultKind(HallAction):
    """Says what is known of it: an outage, or a cause with the way out; otherwise the questions begin."""

    name_ = "action_check_fault_kind"

    async def act(self, turn: Turn) -> Outcome:
        if (other := turn.slots.get("mentioned_number")) and other != turn.line.proved:
            return Outcome("others", (say("utter_fault_others", number=turn.line.proved),))
        rules, given = turn.hall.policy.faults, str(turn.slots["fault_kind"]).removesuffix(ON)
        keys = [key for key in given.split(",") if rules.kind(key)] or list(rules.named(given))
        if not keys:
            return again(say("utter_fault_kind_unclear"))
        kinds = [kind for key in keys if (kind := rules.kind(key))]
        name = kinds[0].name
        found = await faults.known(turn.hall, turn.line.proved, kinds[0], f"{_words(turn)} {turn.text}")
        if found.outage:
            told = {"outage": found.outage, "name": name}
            return end(Say("utter_fault_outage", told, (PERSON,)), fault_outage=_kept(found.outage, name))
        result = found.check.result if found.check else "unknown"
        if result in REMEDY and not str(turn.slots["fault_kind"]).endswith(ON):
            intent, title = REMEDY[result]
            on = Choice("utter_choice_fault_on", payload=f'/report_fault{{"fault_kind":"{keys[0]}{ON}"}}')
            choices = (Choice(title, payload=f"/{intent}"), on, PERSON)
            return end(
                Say("utter_fault_cause", {"cause": result, "name": name}, choices), fault_outage={"cause": result}
            )
        step = SKIPS.get(result, kinds[0].first)
        result = "fine" if result in REMEDY else result
        kept: dict[str, str | None] = {"fault_kind": ",".join(keys), "fault_step": step, "fault_check": result}
        kept["fault_answer"] = REPAIR if step == REPAIR else None
        kept["fault_visits"] = "yes" if any(kind.visit for kind in kinds) else None
        names = [kind.name for kind in kinds]
        return proceed(say("utter_fault_begin", names=names, cause=result, checked=found.checked), **kept)


class AskFaultAnswer(HallAction):
    """The question of the tree at hand, or what is to be tried."""

    name_ = "action_ask_fault_answer"

    async def act(self, turn: Turn) -> Outcome:
        node = _node(turn)
        titles = ("utter_choice_yes_it_is", "utter_choice_no_it_is_not")
        titles = titles if node.asks else ("utter_choice_works", "utter_choice_fails")
        choices = (Choice(titles[0], {"fault_answer": "yes"}), Choice(titles[1], {"fault_answer": "no"}))
        return proceed(Say("utter_ask_fault_answer", {"says": node.text}, choices))


class CheckFaultAnswer(HallAction):
    """Goes on in the tree: to the next question, to a repair, or to a glad end."""

    name_ = "action_check_fault_answer"

    async def act(self, turn: Turn) -> Outcome:
        said, step = str(turn.slots["fault_answer"]), str(turn.slots["fault_step"])
        if said != "yes" and faults.solved(said):  # it works again, even while a repair is being agreed
            return end(say("utter_fault_solved"))
        if step == REPAIR or said == REPAIR or faults.wants_repair(said):
            return proceed(fault_step=REPAIR)
        node = _node(turn)
        to = {"yes": node.yes, "no": node.no}.get(said) or faults.answered(node, said)
        tried = f"{turn.slots.get('fault_tried') or ''}{node.text}"[:200]
        if to == END:
            return end(say("utter_fault_solved"))
        if to is None and (place := _place(turn, said)):  # noted for the ticket; the question stays
            return again(say("utter_fault_place_noted", country=place == "country"), fault_place=place)
        if to is None:
            return again(say("utter_fault_answer_unclear"))
        to = faults.untried(_kind(turn), to, f"{_words(turn)}，{turn.text}")
        if to == REPAIR:
            return proceed(fault_step=to, fault_tried=tried)
        return again(fault_step=to, fault_tried=tried)


class AssumeFaultPlace(HallAction):
    """Country where the words say so; who has named a city's district or nothing is asked."""

    name_ = "action_assume_fault_place"

    async def act(self, turn: Turn) -> Outcome:
        said = any(word in f"{_words(turn)} {turn.text}" for word in COUNTRY)
        return proceed(fault_place="country") if said else proceed()


class CheckFaultPlace(HallAction):
    """Town or country: the promise differs."""

    name_ = "action_check_fault_place"

    async def act(self, turn: Turn) -> Outcome:
        said = str(turn.slots["fault_place"])
        if faults.solved(said):
            return end(say("utter_fault_solved"))
        found = await faults.known(turn.hall, turn.line.proved, _kind(turn), said)
        if found.outage:  # a district that is only named now
            told = {"outage": found.outage, "name": _kind(turn).name}
            return end(Say("utter_fault_outage", told, (PERSON,)), fault_outage=_kept(found.outage, _kind(turn).name))
        place = said if said in ("town", "country") else _place(turn, said)
        visit = faults.visit(turn.hall, said)
        when = {"fault_visit": visit} if visit and turn.slots.get("fault_visits") == "yes" else {}
        if place:
            return proceed(fault_place=place, **when)
        if visit is None and not faults.tried(said):
            return again(say("utter_fault_place_unclear"))
        tried = f"{turn.slots.get('fault_tried') or ''}{privacy.mask(said)}"[:200]
        return again(say("utter_fault_noted"), fault_tried=tried, **when)


class AskFaultVisit(HallAction):
    """Offers half days on which a fitter may come."""

    name_ = "action_ask_fault_visit"
    slot = "fault_visit"

    async def act(self, turn: Turn) -> Outcome:
        halves = faults.half_days(turn.hall)
        choices = (Choice("utter_choice_half_day", {self.slot: one}, {"half": one}) for one in halves)
        return proceed(Say("utter_ask_fault_visit", choices=tuple(choices)))


class AskVisitHalf(AskFaultVisit):
    """The same, for a visit that is changed."""

    name_, slot = "action_ask_visit_half", "visit_half"


class CheckFaultVisit(HallAction):
    """Takes a half day."""

    name_ = "action_check_fault_visit"

    async def act(self, turn: Turn) -> Outcome:
        said = str(turn.slots["fault_visit"])
        halves = faults.half_days(turn.hall)
        found = said if said in halves else faults.visit(turn.hall, said)
        return proceed(fault_visit=found) if found else again(say("utter_fault_visit_unclear"))


class ReportFault(HallAction):
    """Opens the repair ticket, once."""

    name_ = "action_report_fault"

    async def act(self, turn: Turn) -> Outcome:
        rules, slots = turn.hall.policy.faults, turn.slots
        kinds = [kind for key in str(slots["fault_kind"]).split(",") if (kind := rules.kind(key))]
        names, when = "、".join(kind.name for kind in kinds), str(slots.get("fault_visit") or "")
        check, tried = str(slots.get("fault_check") or ""), str(slots.get("fault_tried") or "")
        new = faults.Report(kinds[0], names, check, tried, when, slots.get("fault_place") == "country")
        change = Change.begin(turn.hall, turn.unit, "customer")
        ticket, fresh = await faults.report(change, turn.conversation, turn.line.proved, new)
        facts = tickets.facts(turn.hall, ticket)
        hours = 72 if new.country else 48
        return proceed(
            say("utter_fault_reported", ticket=facts, fresh=fresh, visit=when or None, hours=hours, name=names)
        )


class FaultWhen(HallAction):
    """When it works again: of the outage that was told, of the ticket, else by the rules."""

    name_ = "action_fault_when"

    async def act(self, turn: Turn) -> Outcome:
        known = turn.slots.get("fault_outage") or {}
        if "until" in known:
            return proceed(_until(known))
        if named := turn.hall.policy.faults.named(turn.text):
            kind = turn.hall.policy.faults.kind(named[0])
            seen = (
                await faults.known(turn.hall, turn.line.proved, kind, turn.text) if kind and turn.line.msisdn else None
            )
            if seen and kind and seen.outage:
                return proceed(_until(_kept(seen.outage, kind.name)))
        if found := await _repair(turn):
            late = (turn.slots.get("asked") or {}).get("topic") == "late"
            return (
                await TellTicketFact().act(turn)
                if late
                else proceed(say("utter_ticket", ticket=tickets.facts(turn.hall, found)))
            )
        return proceed(say("utter_fault_deadline"))


class FaultWhy(HallAction):
    """Why it does not work, where that is known; else why something is tried first."""

    name_ = "action_fault_why"

    async def act(self, turn: Turn) -> Outcome:
        known = turn.slots.get("fault_outage") or {}
        if "until" in known:
            return proceed(_until(known))
        if "cause" in known:
            return proceed(say("utter_fault_because", cause=known["cause"]))
        return proceed(say("utter_fault_why"))


class FaultCost(HallAction):
    """What a repair costs: nothing; where arrears are the cause, what is owed."""

    name_ = "action_fault_cost"

    async def act(self, turn: Turn) -> Outcome:
        owes = (turn.slots.get("fault_outage") or {}).get("cause") == "arrears"
        return await WhyStopped().act(turn) if owes else proceed(say("utter_fault_free"))


class FaultFact(HallAction):
    """Of an outage that was told, how it goes on; else of the repair."""

    name_ = "action_fault_fact"

    async def act(self, turn: Turn) -> Outcome:
        known, topic = turn.slots.get("fault_outage") or {}, (turn.slots.get("asked") or {}).get("topic")
        if "cause" in known:  # the line itself is stopped: what still works then
            return await by_words(turn, LINE) or proceed(say("utter_fault_because", cause=known["cause"]))
        if topic == "any" and _place(turn, turn.text) == "country":
            return proceed(say("utter_fault_deadline"))
        repair = await _repair(turn)
        if "until" not in known and repair is None:
            return proceed(say("utter_fault_next" if topic == "any" else "utter_fault_who"))
        if "until" not in known or repair is not None:
            return await TellTicketFact().act(turn)
        if topic != "notify":
            return proceed(_until(known))
        return proceed(say("utter_fault_outage_notify", until=datetime.fromisoformat(known["until"])))


class FaultVisitTold(HallAction):
    """Whether and when a fitter comes."""

    name_ = "action_fault_visit_told"

    async def act(self, turn: Turn) -> Outcome:
        if await _repair(turn) is not None:
            return await TellTicketFact().act(turn)
        return proceed(say("utter_fault_visit"))


class CheckVisitChange(HallAction):
    """A repair with a visit is looked for, and the time that the words name."""

    name_ = "action_check_visit_change"

    async def act(self, turn: Turn) -> Outcome:
        ticket = await _repair(turn)
        if ticket is None or await tickets.visit_of(turn.hall.store, ticket) is None:
            return end(say("utter_no_visit"))
        return proceed(visit_half=faults.visit(turn.hall, str(turn.slots.get("visit_words") or turn.text)))


class CheckVisitHalf(HallAction):
    """Takes a half day."""

    name_ = "action_check_visit_half"

    async def act(self, turn: Turn) -> Outcome:
        said = str(turn.slots["visit_half"])
        found = said if _HALF.fullmatch(said) else faults.visit(turn.hall, said)
        return proceed(visit_half=found) if found else again(say("utter_fault_visit_unclear"))


class ChangeVisit(HallAction):
    """Writes it down at the ticket."""

    name_ = "action_change_visit"

    async def act(self, turn: Turn) -> Outcome:
        ticket = await _repair(turn)
        if ticket is None:
            return end(say("utter_no_visit"))
        half = str(turn.slots["visit_half"])
        change = Change.begin(turn.hall, turn.unit, "customer")
        moved = tickets.change_visit(change, ticket, half, turn.key)
        return proceed(say("utter_visit_changed", visit=half, ticket=tickets.facts(turn.hall, moved)))


async def _repair(turn: Turn) -> tickets.Ticket | None:
    """The repair that is not settled."""
    if not turn.line.msisdn:
        return None
    found = await tickets.of_customer(turn.unit, turn.conversation, turn.line.proved)
    return next((one for one in found if one.kind == tickets.FAULT and one.unsettled), None)


def _place(turn: Turn, said: str) -> str | None:
    """Town or country, where the words tell it."""
    if any(word in said for word in COUNTRY):
        return "country"
    return "town" if any(word in said for word in (*TOWN, *turn.hall.policy.stores.cities)) else None


def _words(turn: Turn) -> str:
    return str(turn.slots.get("fault_words") or turn.text)


def _until(known: dict[str, str]) -> Say:
    return say("utter_fault_outage_until", **(known | {"until": datetime.fromisoformat(known["until"])}))


def _kept(outage: Outage, name: str) -> dict[str, str]:
    """An outage as plain data, for what is asked of it later."""
    return {
        "where": outage.city + outage.district,
        "what": outage.what,
        "until": outage.until.isoformat(),
        "name": name,
    }


def _kind(turn: Turn) -> Kind:
    kind = turn.hall.policy.faults.kind(str(turn.slots["fault_kind"]).split(",")[0])
    assert kind is not None
    return kind


def _node(turn: Turn) -> Node:
    kind = _kind(turn)
    return kind.nodes.get(str(turn.slots["fault_step"]), kind.nodes[kind.first])
