"""Subscribing to a service for the proved line."""

from __future__ import annotations

from typing import Any

from actions.base import Choice, HallAction, Outcome, Say, Turn, again, end, proceed, say
from actions.guides import AnswerBesides
from actions.look_up import is_others
from actions.topup_remedies import PERSON, pay_arrears
from hall import held, subscribing
from hall.subscribing import Refused, Terms

MOST = 5  # services that are listed
PAPERS = Choice("utter_choice_papers", payload="/register_real_name")
CREDIT = Choice("utter_choice_credit_instead", payload='/topup_credit{"phone_number":"own"}')
DATA = Choice("utter_choice_data_instead", payload="/topup_data")
REFUSED = {
    "unknown": "utter_unknown_line",
    "not_sold": "utter_subscribe_not_sold",
    "had": "utter_subscribe_had",
    "not_registered": "utter_subscribe_not_registered",
    "arrears": "utter_subscribe_arrears",
    "blacklisted": "utter_subscribe_blacklisted",
    "company": "utter_subscribe_company",
    "minor": "utter_subscribe_minor",
    "in_plan": "utter_subscribe_in_plan",
    "balance": "utter_subscribe_balance",
}


class AssumeNewService(HallAction):
    """Who describes a service means it; somebody else's line is refused before anything is asked."""

    name_ = "action_assume_new_service"

    async def act(self, turn: Turn) -> Outcome:
        if is_others(turn):
            return Outcome("others", (say("utter_not_your_line"),))
        found = subscribing.wanted(turn.hall, turn.text)
        last = turn.slots.get("tariff_last") if "open_it" in turn.cues else None  # 那开吧: whose price was told
        if last is None and "open_it" in turn.cues and (asked := turn.slots.get("plan_service")):  # 我有没有来电显示
            last = [asked]
        last = turn.slots.get("ended_last") if "want_again" in turn.cues else last  # 又想要了, right after it was ended
        if found is None and last:
            found = subscribing.wanted(turn.hall, str(last[-1]))
        return proceed(new_service=found.code) if found else proceed()


class SeveralServices(HallAction):
    """Says that several services are opened, one after the other: each has its own price and confirmation."""

    name_ = "action_several_services"

    async def act(self, turn: Turn) -> Outcome:
        several = turn.slots["several"]
        known = [(str(one), subscribing.wanted(turn.hall, str(one))) for one in several["values"]]
        names = list(dict.fromkeys(found.name if found else said for said, found in known))
        return proceed(say("utter_several_services", names=names), several=several)


class AskNewService(HallAction):
    """Lists what is sold, with its price."""

    name_ = "action_ask_new_service"

    async def act(self, turn: Turn) -> Outcome:
        listed = subscribing.sold(turn.hall)[:MOST]
        choices = (Choice("utter_choice_new_service", {"new_service": one.code}, {"service": one}) for one in listed)
        return proceed(Say("utter_ask_new_service", choices=tuple(choices)))


class CheckNewService(HallAction):
    """Takes a service of the catalogue; what is done elsewhere is said."""

    name_ = "action_check_new_service"

    async def act(self, turn: Turn) -> Outcome:
        given = str(turn.slots["new_service"])
        found = subscribing.wanted(turn.hall, given)
        if found is not None:
            return proceed(new_service=found.code)
        if given == turn.text.strip():
            return again(say("utter_subscribe_unclear"))
        remedies = (DATA, PERSON) if "流量" in given else (PERSON,)
        return end(Say("utter_subscribe_elsewhere", {"name": given}, remedies))


class CheckSubscribe(HallAction):
    """Refuses with the reason and what next."""

    name_ = "action_check_subscribe"

    async def act(self, turn: Turn) -> Outcome:
        found = await _terms(turn)
        return _refused(turn, found) if isinstance(found, Refused) else proceed()


class ConfirmSubscribe(HallAction):
    """Says what it costs, from when, how it goes on and how it ends."""

    name_ = "action_confirm_subscribe"

    async def act(self, turn: Turn) -> Outcome:
        found = await _terms(turn)
        choices = (
            Choice("utter_choice_open", payload="/affirm"),
            Choice("utter_choice_leave_closed", payload="/cancel"),
        )
        key = f"{turn.conversation}|{turn.key}"
        return proceed(Say("utter_subscribe_confirm", {"terms": found}, choices), subscribe_key=key)


class Subscribe(HallAction):
    """Starts what was confirmed."""

    name_ = "action_subscribe"

    async def act(self, turn: Turn) -> Outcome:
        found, key = await _terms(turn), turn.slots.get("subscribe_key")
        if isinstance(found, Refused) or not key:
            return _refused(turn, found) if isinstance(found, Refused) else end(say("utter_subscribe_again"))
        await subscribing.start(turn.hall, turn.line.proved, found, str(key), turn.channel)
        return proceed(say("utter_subscribed", terms=found), subscribe_key=None, tariff_last=[found.name])


class TellTerms(HallAction):
    """What the service that is spoken of costs; without one, what there is."""

    name_ = "action_tell_terms"

    async def act(self, turn: Turn) -> Outcome:
        named = (turn.slots.get("asked") or {}).get("service_name") or [turn.slots.get("new_service") or ""]
        found = subscribing.wanted(turn.hall, str(named[-1]))
        if found is None:
            return proceed(say("utter_services_sold", services=list(subscribing.sold(turn.hall)[:MOST])))
        return proceed(say("utter_service_price", service=found), tariff_last=[found.name])


class TellSold(HallAction):
    """What there is."""

    name_ = "action_tell_sold"

    async def act(self, turn: Turn) -> Outcome:
        return proceed(say("utter_services_sold", services=list(subscribing.sold(turn.hall)[:MOST])))


class TellSubscribeWhen(HallAction):
    """When it works: at once; while arrears are in the way, once they are paid."""

    name_ = "action_subscribe_when"

    async def act(self, turn: Turn) -> Outcome:
        found = await _terms(turn) if turn.line.level and turn.slots.get("new_service") else None
        waits = isinstance(found, Refused) and found.reason == "arrears"
        return proceed(say("utter_subscribe_after_paying" if waits else "utter_subscribe_at_once"))


class AnswerSubscribing(AnswerBesides):
    """Answers what else is asked of a service that may be subscribed to, else what it costs."""

    name_ = "action_subscribe_fact"
    guide = "subscribe_service"
    told = TellTerms


async def _terms(turn: Turn) -> Terms | Refused:
    given = str(turn.slots["new_service"])
    found = subscribing.wanted(turn.hall, given)
    if found is None:
        return Refused("not_sold", given)
    return await subscribing.terms(turn.hall, turn.line.proved, found)


def _refused(turn: Turn, refused: Refused) -> Outcome:
    if refused.reason == "unknown":
        return end(say("utter_unknown_line", number=turn.line.proved))
    facts = {"refused": refused}
    if refused.reason == "arrears":
        told = Say(REFUSED["arrears"], facts, pay_arrears(turn, refused.owed_fen))
        return Outcome("blocked", (told,), _explained(refused.reason))
    remedies = {"not_registered": (PAPERS,), "balance": (CREDIT,), "had": _ending(turn, refused), "in_plan": ()}
    told = Say(REFUSED[refused.reason], facts, remedies.get(refused.reason, (PERSON,)))
    had = {"tariff_last": [refused.name], "charge": None} if refused.reason == "had" else {}
    return end(told, **had, **_explained(refused.reason))


def _ending(turn: Turn, refused: Refused) -> tuple[Choice, ...]:
    """Who names only a service that he has may want it ended: 退订, 彩铃."""
    found = subscribing.wanted(turn.hall, refused.name)
    if found is None:
        return ()
    payload = f'/cancel_service{{"ended_service":"{found.code}"}}'
    return (Choice("utter_choice_end_charge", facts={"name": found.name}, payload=payload),)


def _explained(reason: str) -> dict[str, Any]:
    """What answers 为什么 and 那怎么办 after a refusal."""
    about = {"not_registered": "register_real_name"}.get(reason, "")
    answers = {"response": "utter_subscribe_why_refused", "then": "utter_subscribe_way_on"}
    return {"why": answers | {"facts": {"reason": reason}, "about": about}}


class SubscribeState(HallAction):
    """Whether what was spoken of was opened after all: by the records."""

    name_ = "action_subscribe_state"

    async def act(self, turn: Turn) -> Outcome:
        named = turn.slots.get("new_service") or next(iter(turn.slots.get("tariff_last") or ()), None)
        found = subscribing.wanted(turn.hall, str(named)) if named else None
        held_ = await held.services(turn.hall, turn.line.proved, found.name if found else None)
        if held_ is None:
            return proceed(say("utter_unknown_line", number=turn.line.proved))
        return proceed(say("utter_subscribe_state", name=found.name if found else None, has=held_.has, found=held_))
