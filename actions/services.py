"""Services of the proved line: listed, ended, and given back where they were never ordered."""

from __future__ import annotations

import re

from actions.base import Choice, HallAction, Outcome, Say, Turn, again, end, proceed, say
from actions.charges import fact_of
from actions.guides import AnswerBesides
from actions.look_up import is_others
from hall import services, tariffs
from hall.books import fee_refund
from hall.services import Held, Returning

_THIS = re.compile(r"这个|那个|这项|那项|它|该")
YES, NO = "yes", "no"
MONEY = {"sum", "money_back", "refund"}  # topics that the rule of what comes back answers
PERSON = Choice("utter_choice_person", payload="/talk_to_human")


class CheckServices(HallAction):
    """Whether there is anything to end, or to be given back."""

    name_ = "action_check_services"

    async def act(self, turn: Turn) -> Outcome:
        if is_others(turn):
            return Outcome("others", (say("utter_not_your_line"),))
        line = turn.line.proved
        if await services.held(turn.hall, line):
            return proceed()
        if turn.slots.get("unwanted") and await services.ended(turn.hall, line):
            return proceed()
        return end(say("utter_no_services"))


class AssumeWanted(HallAction):
    """Who does not say otherwise has ordered what he has."""

    name_ = "action_assume_wanted"

    async def act(self, turn: Turn) -> Outcome:
        return proceed(unwanted=YES if "not_mine" in turn.cues else NO)


class AssumeService(HallAction):
    """The only service there is, or the only one that nobody confirmed, where that is what it is about."""

    name_ = "action_assume_service"

    async def act(self, turn: Turn) -> Outcome:
        found = await _among(turn)
        if spoken := _spoken_of(turn, found):
            return proceed(ended_service=_codes(spoken))
        if _unwanted(turn):
            doubtful = [one for one in found if not one.confirmed]
            found = tuple(doubtful) or found
            return proceed(ended_service=_codes(found)) if len(found) == 1 else proceed()
        if said := services.meant(turn.text, found):
            return proceed(ended_service=_codes(said))
        listed = services.names_nothing(turn.text)
        return proceed(ended_service=_codes(found)) if len(found) == 1 and not listed else proceed()


class AskEndedService(HallAction):
    """Lists the services with their price, by number."""

    name_ = "action_ask_ended_service"

    async def act(self, turn: Turn) -> Outcome:
        found = await _among(turn)
        choices = (Choice("utter_choice_service", {"ended_service": one.code}, {"service": one}) for one in found)
        total = sum(one.fee_fen for one in found)
        return proceed(Say("utter_ask_ended_service", {"services": list(found), "total_fen": total}, tuple(choices)))


class CheckEndedService(HallAction):
    """Takes what names services that the line has; says which it does not have, and what only the hall can end."""

    name_ = "action_check_ended_service"

    async def act(self, turn: Turn) -> Outcome:
        given, among = str(turn.slots["ended_service"]), await _among(turn)
        found = services.meant(given, among)
        said = services.meant(turn.text, among)
        found = said if set(found) < set(said) else found
        if not found:
            return again() if services.names_nothing(given) else _not_had(turn, given, among)
        if fixed := [one for one in found if one.ends == services.HALL]:
            return _only_in_hall(turn, fixed[0], found)
        return proceed(ended_service=_codes(found))


class ConfirmEnd(HallAction):
    """Says what is ended, lost and given back, and asks once."""

    name_ = "action_confirm_end"

    async def act(self, turn: Turn) -> Outcome:
        found = await _chosen(turn)
        if _unwanted(turn):
            return await _confirm_unwanted(turn, found)
        ending = services.ending(turn.hall, found)
        doubtful = [one for one in found if not one.confirmed and one.fee_fen]
        choices = [_CONFIRM, _LEAVE]
        if doubtful:
            choices.insert(1, Choice("utter_choice_unwanted", {"unwanted": YES}))
        return proceed(Say("utter_end_confirm", {"ending": ending}, tuple(choices)), ending_key=_key(turn))


class EndService(HallAction):
    """Ends what was confirmed, and asks for the refund of what was never ordered."""

    name_ = "action_end_service"

    async def act(self, turn: Turn) -> Outcome:
        found, line = await _chosen(turn), turn.line.proved
        key = str(turn.slots.get("ending_key") or _key(turn))
        running = await services.held(turn.hall, line)
        await services.end(turn.hall, line, [one for one in found if one in running], key, turn.channel)
        if _unwanted(turn):
            return proceed(*[await _given_back(turn, one) for one in found], ending_key=None)
        left = [one for one in running if one not in found]
        return proceed(
            say("utter_ended", ending=services.ending(turn.hall, found), left=left),
            ending_key=None,
            ended_last=[one.name for one in found],
        )


class TellServices(HallAction):
    """The services of the line with their price."""

    name_ = "action_tell_services"

    async def act(self, turn: Turn) -> Outcome:
        found = await services.held(turn.hall, turn.line.proved) if turn.line.msisdn else ()
        return proceed(say("utter_services", services=list(found), total_fen=sum(one.fee_fen for one in found)))


class TellEndWhen(HallAction):
    """When it stops; of a refund that was asked for, how it stands and when it is there."""

    name_ = "action_end_when"

    async def act(self, turn: Turn) -> Outcome:
        if _unwanted(turn) and turn.slots.get("ended_service"):  # what is asked about is the money that comes back
            told = MONEY & set((turn.slots.get("asked") or {}).get("topics") or ())  # by another of its topics
            return proceed() if told else await TellUnwantedRule().act(turn)
        line = turn.line.msisdn if turn.line.level else None
        asked = await fee_refund.of_line(turn.hall.store, line) if line else []
        if not asked or turn.slots.get("ended_service"):
            return proceed(say("utter_end_when"))
        return proceed(say("utter_refund_stands", refund=fee_refund.facts(turn.hall, asked[0])))


class TellEndWhy(HallAction):
    """Why a refund waits for a person, where one does; else why what is paid for the month does not come back."""

    name_ = "action_end_why"

    async def act(self, turn: Turn) -> Outcome:
        line = turn.line.msisdn if turn.line.level else None
        asked = await fee_refund.of_line(turn.hall.store, line) if line else []
        rules = turn.hall.policy.refunds
        if not any(one.state == "waiting" for one in asked[:1]):
            return proceed(say("utter_end_why"))
        return proceed(say("utter_refund_why", limit_fen=rules.approve_above_fen, days=rules.approval_days))


class TellEndKeeps(HallAction):
    """What becomes of what is kept with the service, by the price list; else when it stops."""

    name_ = "action_end_keeps"

    async def act(self, turn: Turn) -> Outcome:
        named = turn.slots.get("ended_service") or ",".join(turn.slots.get("ended_last") or ())
        found = (tariffs.item(turn.hall, one) for one in str(named).split(",") if one)
        told = next((one for one in found if one is not None and one.end), None)
        return proceed(say("utter_end_keeps", item=told) if told else say("utter_end_when"))


class TellUnwantedRule(HallAction):
    """What comes back of a service that was not ordered, by the policy."""

    name_ = "action_tell_unwanted_rule"

    async def act(self, turn: Turn) -> Outcome:
        rules = turn.hall.policy.refunds
        rule = rules.kinds.get(services.UNWANTED)
        if rule is None:
            return proceed(say("utter_unwanted_no_rule"))
        facts = {"double": rule.double, "back": rule.months_back, "hours": rules.arrives_hours}
        return proceed(say("utter_unwanted_rule", **facts))


class TellEndedService(HallAction):
    """What the service that is being ended, or was ended last, is for, since when it is paid, who took the order."""

    name_ = "action_end_fact"

    async def act(self, turn: Turn) -> Outcome:
        names = turn.slots.get("ended_last") or ()
        if turn.slots.get("ended_service"):
            names = [one.name for one in await _chosen(turn)]
        if not names or turn.line.msisdn is None:
            return await TellServices().act(turn)
        return await fact_of(turn, str(names[-1])) or await TellServices().act(turn)


class AnswerEnding(AnswerBesides):
    """Answers what else is asked while a service is ended, else which services there are."""

    name_ = "action_ending_fact"
    guide = "cancel_service"
    told = TellServices


_CONFIRM = Choice("utter_choice_end", payload="/affirm")
_LEAVE = Choice("utter_choice_leave_it", payload="/cancel")


async def _confirm_unwanted(turn: Turn, found: tuple[Held, ...]) -> Outcome:
    """The refund with its sum; where the line confirmed the order, that, and that it can be ended all the same."""
    refused = next((one for one in found if one.confirmed), None)
    if refused is not None:
        running = refused in await services.held(turn.hall, turn.line.proved)
        facts = {"service": refused, "running": running, "by": refused.ordered_by}
        if not running:
            return end(Say("utter_unwanted_was_ordered", facts, (PERSON,)))
        only_end = Choice("utter_choice_only_end", {"unwanted": NO})
        return proceed(Say("utter_unwanted_was_ordered", facts, (only_end, PERSON, _LEAVE)))
    line = turn.line.proved
    back = [await services.returning(turn.hall, line, one) for one in found]
    returned = [one for one in back if one is not None]
    if not returned:
        before = await services.given_back(turn.hall, line, found[0].name)
        if before is not None:
            return end(say("utter_given_back_before", refund=fee_refund.facts(turn.hall, before)))
        return proceed(Say("utter_end_confirm", {"ending": services.ending(turn.hall, found)}, (_CONFIRM, _LEAVE)))
    running = bool(set(found) & set(await services.held(turn.hall, line)))
    facts = _sum_of(turn, returned) | {"running": running}
    return proceed(Say("utter_unwanted_confirm", facts, (_CONFIRM_BACK, _LEAVE)), ending_key=_key(turn))


_CONFIRM_BACK = Choice("utter_choice_give_back", payload="/affirm")


async def _given_back(turn: Turn, service: Held) -> Say:
    line = turn.line.proved
    back = await services.returning(turn.hall, line, service)
    if back is None:
        return say("utter_ended", ending=services.ending(turn.hall, (service,)), left=[])
    found = await services.give_back(turn.hall, turn.unit, line, turn.conversation, back)
    return say("utter_unwanted_done", refund=fee_refund.facts(turn.hall, found))


def _sum_of(turn: Turn, back: list[Returning]) -> dict[str, object]:
    rules = turn.hall.policy.refunds
    return {
        "names": [one.service.name for one in back],
        "first": min(one.first for one in back),
        "last": max(one.last for one in back),
        "refund_fen": sum(one.refund_fen for one in back),
        "compensation_fen": sum(one.compensation_fen for one in back),
        "total_fen": sum(one.total_fen for one in back),
        "approval": any(one.approval for one in back),
        "limit_fen": rules.approve_above_fen,
        "hours": rules.arrives_hours,
        "days": rules.approval_days,
    }


def _spoken_of(turn: Turn, found: tuple[Held, ...]) -> tuple[Held, ...]:
    """The service whose charge or price was told last, where the message names none: 我没开过这个."""
    charge, told = turn.slots.get("charge") or {}, turn.slots.get("tariff_last") or ()
    this = {"not_mine", "drop_it", "unwanted"} & turn.cues or _THIS.search(turn.text)
    if not (charge or told) or not this or services.meant(turn.text, found):
        return ()
    return tuple(one for one in found if charge.get("code") == f"service:{one.code}" or one.name in told)[:1]


def _not_had(turn: Turn, given: str, among: tuple[Held, ...]) -> Outcome:
    """A service by name that the line does not have; free words that name none are unclear."""
    named = services.offered(turn.hall, given) or services.named_in(turn.hall, given)
    if named is None and given == turn.text.strip():
        return again(say("utter_service_unclear"))
    told = say("utter_service_not_had", name=named.name if named else given)
    return again(told) if len(among) > 1 else end(told)


def _only_in_hall(turn: Turn, fixed: Held, found: tuple[Held, ...]) -> Outcome:
    others = tuple(one for one in found if one.ends != services.HALL)
    told = say("utter_service_ends_in_hall", service=fixed)
    if others:
        return proceed(told, ended_service=_codes(others))
    return end(Say(told.response, told.facts, (PERSON,)))


async def _among(turn: Turn) -> tuple[Held, ...]:
    """What may be meant: the services that run, and of those that were not ordered also what has ended."""
    line = turn.line.proved
    running = await services.held(turn.hall, line)
    return running + (await services.ended(turn.hall, line) if _unwanted(turn) else ())


async def _chosen(turn: Turn) -> tuple[Held, ...]:
    return services.meant(str(turn.slots["ended_service"]), await _among(turn))


def _unwanted(turn: Turn) -> bool:
    return turn.slots.get("unwanted") not in (None, NO)


def _codes(found: tuple[Held, ...]) -> str:
    return ",".join(one.code for one in found)


def _key(turn: Turn) -> str:
    return f"{turn.conversation}|{turn.key}"
