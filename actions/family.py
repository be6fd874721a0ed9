"""Family numbers: added, taken out, told. What is kept of it has the numbers masked."""

from __future__ import annotations

import re
from typing import Any

from actions.base import Choice, HallAction, Outcome, Say, Turn, again, end, proceed, say
from actions.guides import tell_of
from actions.line import NO, YES
from hall import family
from hall.privacy import mask_msisdn

REFUSED = {
    "wrong": "utter_family_wrong", "own": "utter_family_own", "already": "utter_family_already",
    "carrier": "utter_family_carrier", "no_member": "utter_family_no_member",
}  # fmt: skip


_NUMBER = re.compile(r"(?<!\d)1\d{10}(?!\d)")
_PLACE = re.compile(r"第(?P<place>[一二三四五1-5])个")
_PLACES = "一二三四五"
_WHO = re.compile(r"谁|哪些|几个|没(?:有)?加")


class FamilyWish(HallAction):
    """What is wanted, by the words: to take one out, to know them, or to take one in."""

    name_ = "action_family_wish"

    async def act(self, turn: Turn) -> Outcome:
        what = next((what for what in ("remove", "tell") if f"family_{what}" in turn.cues), "add")
        found, rules = await family.members(turn.hall, turn.line.proved), turn.hall.policy.line
        facts = await _family(turn)
        if what == "tell" or (what == "remove" and not found):
            return end(say("utter_family", **facts))
        if what == "add" and len(found) >= rules.family_most:
            return end(say("utter_family_full", **facts))
        return proceed(family_what=what)


class FamilyFact(HallAction):
    """Answers what is wondered of it: who is in it, else what the guide knows."""

    name_ = "action_family_fact"

    async def act(self, turn: Turn) -> Outcome:
        if turn.line.level and _WHO.search(turn.text):
            return proceed(say("utter_family", **await _family(turn)))
        return await tell_of(turn, "family_numbers")


class FamilyWhy(HallAction):
    """Why a number cannot be taken in: the rule, and whose it is."""

    name_ = "action_family_why"

    async def act(self, turn: Turn) -> Outcome:
        return proceed(say("utter_family_why"))


class AssumeFamilyNumber(HallAction):
    """Takes a number that the words name (那加137…呢), and a member by its place (删掉第一个)."""

    name_ = "action_assume_family_number"

    async def act(self, turn: Turn) -> Outcome:
        said = _NUMBER.search(turn.text) or _PLACE.search(turn.text)
        return proceed(family_number=turn.text.strip()) if said else proceed()


class AskFamilyNumber(HallAction):
    """Which number; of who is taken out one of the members."""

    name_ = "action_ask_family_number"

    async def act(self, turn: Turn) -> Outcome:
        if turn.slots.get("family_what") != "remove":
            return proceed(say("utter_ask_family_number", most=turn.hall.policy.line.family_most))
        found = await family.members(turn.hall, turn.line.proved)
        choices = tuple(Choice("", {"family_number": one.number}, text=mask_msisdn(one.number)) for one in found)
        return proceed(Say("utter_ask_family_gone", choices=choices))


class CheckFamilyNumber(HallAction):
    """Takes a number of the same carrier that is not in it yet, or one that is."""

    name_ = "action_check_family_number"

    async def act(self, turn: Turn) -> Outcome:
        said, line = str(turn.slots["family_number"]), turn.line.proved
        number_said, place = _NUMBER.search(said), _PLACE.search(said)
        if number_said is None and place is None and _WHO.search(said):
            return again(say("utter_family", **await _family(turn)))
        what = next(
            (what for what in ("remove", "add") if f"family_{what}" in turn.cues), turn.slots.get("family_what")
        )
        if place is not None and number_said is None:
            what, said = "remove", await _at(turn, place["place"])
        check = family.may_remove if what == "remove" else family.may_add
        number = await check(turn.hall, line, number_said[0] if number_said else said)
        if number == "full":
            return end(say("utter_family_full", members=[], most=turn.hall.policy.line.family_most, fee_fen=0))
        return again(say(REFUSED[number])) if number in REFUSED else proceed(family_number=number, family_what=what)


class AskFamily(HallAction):
    """The confirmation: who, the price, from when."""

    name_ = "action_ask_family"

    async def act(self, turn: Turn) -> Outcome:
        rules, found = turn.hall.policy.line, await family.members(turn.hall, turn.line.proved)
        removes = turn.slots.get("family_what") == "remove"
        facts = {
            "number": str(turn.slots["family_number"]),
            "removes": removes,
            "first": not found,
            "last": len(found) == 1,
        }
        facts |= {"fee_fen": rules.family_fen, "minutes": rules.family_minutes}
        return proceed(Say("utter_family_confirm", facts, (YES, NO)))


class ChangeFamily(HallAction):
    """Does it; says who is in it now."""

    name_ = "action_family"

    async def act(self, turn: Turn) -> Outcome:
        number, removes = str(turn.slots["family_number"]), turn.slots.get("family_what") == "remove"
        change = family.remove if removes else family.add
        found = await change(turn.hall, turn.line.proved, number, f"{turn.key}:family")
        facts = {
            "number": mask_msisdn(number),
            "removes": removes,
            "members": [mask_msisdn(one.number) for one in found],
        }
        return proceed(say("utter_family_done", **facts, most=turn.hall.policy.line.family_most))


async def _family(turn: Turn) -> dict[str, Any]:
    """Who is in it, masked, how many may be, and what it costs."""
    found, rules = await family.members(turn.hall, turn.line.proved), turn.hall.policy.line
    members = [mask_msisdn(one.number) for one in found]
    return {"members": members, "most": rules.family_most, "fee_fen": rules.family_fen}


async def _at(turn: Turn, place: str) -> str:
    """The member at a place, counted from one; "" where there are not so many."""
    found = await family.members(turn.hall, turn.line.proved)
    index = _PLACES.index(place) if place in _PLACES else int(place) - 1
    return found[index].number if index < len(found) else ""
