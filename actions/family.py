"""Family numbers: added, taken out, told. What is kept of it has the numbers masked."""

from __future__ import annotations

from actions.base import Choice, HallAction, Outcome, Say, Turn, again, end, proceed, say
from actions.line import NO, YES
from hall import family
from hall.privacy import mask_msisdn

REFUSED = {
    "wrong": "utter_family_wrong", "own": "utter_family_own", "already": "utter_family_already",
    "carrier": "utter_family_carrier", "no_member": "utter_family_no_member",
}  # fmt: skip


class FamilyWish(HallAction):
    """What is wanted, by the words: to take one out, to know them, or to take one in."""

    name_ = "action_family_wish"

    async def act(self, turn: Turn) -> Outcome:
        what = next((what for what in ("remove", "tell") if f"family_{what}" in turn.cues), "add")
        found, rules = await family.members(turn.hall, turn.line.proved), turn.hall.policy.line
        facts = {
            "members": [mask_msisdn(one.number) for one in found],
            "most": rules.family_most,
            "fee_fen": rules.family_fen,
        }
        if what == "tell" or (what == "remove" and not found):
            return end(say("utter_family", **facts))
        if what == "add" and len(found) >= rules.family_most:
            return end(say("utter_family_full", **facts))
        return proceed(family_what=what)


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
        what = next(
            (what for what in ("remove", "add") if f"family_{what}" in turn.cues), turn.slots.get("family_what")
        )
        check = family.may_remove if what == "remove" else family.may_add
        number = await check(turn.hall, line, said)
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
