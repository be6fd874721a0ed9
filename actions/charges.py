"""Why something was charged on the customer's own line, questions about it, and that it is not accepted."""

from __future__ import annotations

import json
from typing import Any

from actions.base import Choice, HallAction, Outcome, Say, Turn, proceed, say
from actions.look_up import LookUp
from hall import charges, services, tickets
from hall.bill import Comparison
from hall.bss.bill import Category
from hall.change import Change
from hall.charges import Explained, Made, NoBills, Question, Several, Unfound
from hall.services import Held

KINDS: dict[str, Category] = {  # by cue
    "charge_plan": "plan",
    "charge_calls": "calls",
    "charge_sms": "sms",
    "charge_data": "data",
    "charge_vas": "vas",
}
NAMES = frozenset({"amount_fen", "service_name"})  # entities that name an item
DISPUTE = Choice("utter_choice_dispute", payload="/dispute_charge")


class ExplainCharge(LookUp):
    """Finds what is meant in the bills and explains it; without an item, what a month's sum is made of."""

    name_ = "action_explain_charge"
    tells = {
        Explained: "utter_charge",
        Several: "utter_charge_several",
        Unfound: "utter_charge_unfound",
        Made: "utter_charge_made",
        Comparison: "utter_bill_changes",
        NoBills: "utter_charge_no_bills",
    }

    async def read(self, turn: Turn) -> charges.Answer | None:
        return await charges.explain(turn.hall, turn.line.proved, _question(turn))

    async def act(self, turn: Turn) -> Outcome:
        outcome = await super().act(turn)
        found = next((one.facts["found"] for one in outcome.says if "found" in one.facts), None)
        says = tuple(Say(one.response, one.facts, _choices(found)) for one in outcome.says)
        return Outcome(outcome.result, says, outcome.slots | {"charge": _kept(found), "tariff_last": None})

    def facts(self, turn: Turn, found: Any) -> dict[str, Any]:
        return {"found": found}


class TellChargeFact(HallAction):
    """Answers a question about the item that was explained last: what, since when, how it ends, money back."""

    name_ = "action_charge_fact"

    async def act(self, turn: Turn) -> Outcome:
        kept, asked = turn.slots.get("charge"), turn.slots.get("asked") or {}
        if turn.line.msisdn is None:
            return proceed(say("utter_charge_which"))
        if NAMES & asked.keys():
            return await ExplainCharge().act(turn)
        if not kept:
            return await _of_the_last_price(turn) or await _of_none(turn)
        found = await charges.explained(turn.hall, turn.line.proved, kept["month"], kept["code"])
        if found is None:
            return proceed(say("utter_charge_which"))
        if _asked(turn) == "opened_by" and (one := await _held(turn, kept["code"])):
            return proceed(Say("utter_charge_opened_by", {"service": one}, _choices(found)))
        return proceed(say("utter_charge_fact", topic=_topic(turn), found=found))


class AskDispute(HallAction):
    """Asks whether a charge shall be looked into, the one that was explained last if there is one."""

    name_ = "action_ask_dispute"

    async def act(self, turn: Turn) -> Outcome:
        found = await _last(turn)
        yes, no = (
            Choice("utter_choice_dispute_yes", payload="/affirm"),
            Choice("utter_choice_dispute_no", payload="/deny"),
        )
        return proceed(Say("utter_dispute", {"found": found}, (yes, no)))


class DisputeCharge(HallAction):
    """Opens a ticket about the charge, with what the bill says of it."""

    name_ = "action_dispute_charge"

    async def act(self, turn: Turn) -> Outcome:
        found = await _last(turn)
        of_bill = {"found": found}
        fact = tickets.Fact(turn.render("utter_dispute_month", **of_bill), turn.render("utter_dispute_item", **of_bill))
        said, facts = turn.render("utter_dispute_summary", **of_bill), (fact,) if found else ()
        key, line = f"dispute:{turn.key}", turn.line.proved
        wish = tickets.NewTicket(key, tickets.COMPLAINT, "fee", turn.conversation, line, said, facts)
        ticket = await tickets.open_ticket(Change.begin(turn.hall, turn.unit, "customer"), wish)
        return proceed(say("utter_disputed", ticket=tickets.facts(turn.hall, ticket)))


async def _of_the_last_price(turn: Turn) -> Outcome | None:
    """The same of the service whose price was told last, as far as the line pays for it."""
    names = turn.slots.get("tariff_last") or ()
    if not names:
        return None
    return await fact_of(turn, str(names[-1])) or proceed(say("utter_charge_not_paid", name=str(names[-1])))


async def fact_of(turn: Turn, name: str) -> Outcome | None:
    """What is asked of a charge by its name; None where the line's bills have none of it."""
    found = await charges.explain(turn.hall, turn.line.proved, Question(name=name, words=name))
    if not isinstance(found, Explained):
        return None
    if _asked(turn) == "opened_by" and (one := await _held(turn, found.item.code)):
        return proceed(say("utter_charge_opened_by", service=one), charge=_kept(found))
    return proceed(say("utter_charge_fact", topic=_topic(turn), found=found), charge=_kept(found))


async def _of_none(turn: Turn) -> Outcome:
    """Asked how something ends, or since when, while only a month's sum was spoken of: which of its items is meant."""
    if _topic(turn) not in ("how_end", "since", "money_back"):
        return await ExplainCharge().act(turn)
    found = await charges.lasting(turn.hall, turn.line.proved)
    return proceed(Say("utter_charge_which", choices=tuple(_of_item(item.name) for item in found)))


async def _held(turn: Turn, code: str) -> Held | None:
    """The service of the line that an item is for."""
    found = await services.held(turn.hall, turn.line.proved)
    return next((one for one in found if f"{charges.SERVICE}{one.code}" == code), None)


def _asked(turn: Turn) -> str:
    return str((turn.slots.get("asked") or {}).get("topic", "what_is"))


def _topic(turn: Turn) -> str:
    topic = _asked(turn)
    return {"what_then": "how_end", "refund": "money_back", "opened_by": "since"}.get(topic, topic)


async def _last(turn: Turn) -> Explained | None:
    """The item that was explained last."""
    kept = turn.slots.get("charge")
    return await charges.explained(turn.hall, turn.line.proved, kept["month"], kept["code"]) if kept else None


def _question(turn: Turn) -> Question:
    """What is asked, by the message that began the flow, or by a question that names its item itself."""
    asked = turn.slots.get("asked") or {}
    fen, name, month = (
        (asked.get(entity) or [turn.slots.get(slot)])[0]
        for slot, entity in (("charge_fen", "amount_fen"), ("charge_name", "service_name"), ("charge_month", "month"))
    )
    kinds = tuple(kind for cue, kind in KINDS.items() if cue in turn.cues)
    return Question(fen if isinstance(fen, int) else None, name, month, turn.text, kinds)


def _kept(found: Any) -> dict[str, str] | None:
    return {"month": found.month, "code": found.item.code} if isinstance(found, Explained) else None


def _choices(found: Any) -> tuple[Choice, ...]:
    if isinstance(found, Several):
        return tuple(_of_item(item.name) for item in found.items)
    if not isinstance(found, Explained):
        return (DISPUTE,) if isinstance(found, (Made, Unfound, Comparison)) else ()
    if found.way != "cancel":
        more = {"data": (Choice("utter_choice_more_data", payload="/topup_data"),)}.get(found.item.category, ())
        return (*more, DISPUTE)
    return (
        Choice("utter_choice_end_charge", facts={"name": found.item.name}, payload=_end(found.item.code)),
        Choice("utter_choice_not_mine", payload=_end(found.item.code, unwanted="yes")),
    )


def _of_item(name: str) -> Choice:
    return Choice("", payload=f"/explain_charge{json.dumps({'charge_name': name}, ensure_ascii=False)}", text=name)


def _end(code: str, **more: str) -> str:
    slots = {"ended_service": code.removeprefix(charges.SERVICE), **more}
    return f"/cancel_service{json.dumps(slots, ensure_ascii=False, separators=(',', ':'))}"
