"""Roaming: prices by country or region; one that is not on the list is said to be unknown."""

from __future__ import annotations

import re

from actions.base import Choice, HallAction, Outcome, Say, Turn, again, end, proceed, say
from hall import roaming

MOST = 2  # countries that one answer tells
ROAMING = "国际漫游"  # the service that 那开吧 means after a price of roaming
_TO = re.compile(
    r"[去到在](?P<place>[\u4e00-\u9fff]{2,4}?)(?=的|漫游|旅游|旅行|出差|玩|上网|打|用|能|可以|要|怎|多少|$)"
)
_NOWHERE = re.compile(r"国外|外国|境外|出国|那边|那里|哪|外地|其他|别的|海外|家|什么")
OFTEN = 4  # countries that are offered
PERSON = Choice("utter_choice_guide_next", facts={"intent": "talk_to_human"}, payload="/talk_to_human")


_CUES = ("call", "data", "sms", "switch", "off", "dial", "most", "receive", "share", "day")  # roam_…
_AT_MOST = frozenset({"roam_off", "roam_dial", "roam_most", "roam_receive", "roam_share", "roam_day"})  # say enough


class RoamingPlace(HallAction):
    """The country is in the words that began it, or is asked for."""

    name_ = "action_roaming_place"

    async def act(self, turn: Turn) -> Outcome:
        found = roaming.countries(turn.hall.policy, turn.text)
        rules = turn.hall.policy.stores
        if not found and any(one in turn.text for one in (*rules.provinces, *rules.cities, *rules.elsewhere)):
            return end(say("utter_roaming_at_home"))
        place = found[0].name if found else _before(turn)
        return proceed(roam_place=place or _unlisted(turn.text))


class AskRoamPlace(HallAction):
    """Asks where one is going; the first of the list are offered."""

    name_ = "action_ask_roam_place"

    async def act(self, turn: Turn) -> Outcome:
        names = [one.name for one in turn.hall.policy.roaming if one.name not in ("澳门", "台湾")][: OFTEN + 1]
        choices = tuple(Choice("", {"roam_place": name}, text=name) for name in names[:OFTEN])
        return proceed(Say("utter_ask_roam_place", choices=choices))


class CheckRoamPlace(HallAction):
    """Takes a country of the list. An unknown one is said so, and a person offered."""

    name_ = "action_check_roam_place"

    async def act(self, turn: Turn) -> Outcome:
        said = str(turn.slots["roam_place"])
        found = roaming.countries(turn.hall.policy, said)
        if found:
            return proceed(roam_place=found[0].name)
        return again(Say("utter_roaming_unknown", {"place": said[:10]}, (PERSON,)))


class TellRoaming(HallAction):
    """Says what the country costs; asked for one thing, that."""

    name_ = "action_roaming"

    async def act(self, turn: Turn) -> Outcome:
        named = roaming.countries(turn.hall.policy, turn.text)
        before = roaming.countries(
            turn.hall.policy, str(turn.slots.get("roam_place") or turn.slots.get("roam_last") or "")
        )
        found = (named or before)[:MOST]
        if not found:
            place = (turn.slots.get("asked") or {}).get("place")
            if place:
                return proceed(Say("utter_roaming_unknown", {"place": str(place[0])}, (PERSON,)))
            return proceed(say("utter_roaming_where"))
        told = (say(_answer(turn), country=one) for one in found)
        return proceed(*told, roam_last=found[-1].name, tariff_last=[ROAMING])


class RoamingFact(HallAction):
    """Answers what is wondered after a price: of another country that; else that a person has to say it."""

    name_ = "action_roaming_fact"

    async def act(self, turn: Turn) -> Outcome:
        if roaming.countries(turn.hall.policy, turn.text) or _answer(turn) != "utter_roaming":
            return await TellRoaming().act(turn)
        return proceed(Say("utter_roaming_not_known", {}, (PERSON,)))


def _before(turn: Turn) -> str | None:
    """What the understanding took for a place; for a question about the last answer, that one's."""
    place = turn.slots.get("roam_named") or (turn.slots.get("roam_last") if turn.slots.get("follow_up") else None)
    return str(place) if place else None


def _unlisted(text: str) -> str | None:
    """A place that the words go to, though no list has it."""
    said = _TO.search(text)
    return said["place"] if said and not _NOWHERE.search(said["place"]) else None


def _answer(turn: Turn) -> str:
    cues = turn.cues & {f"roam_{one}" for one in _CUES}
    cues = cues & _AT_MOST or cues
    return f"utter_roaming_{next(iter(cues)).removeprefix('roam_')}" if len(cues) == 1 else "utter_roaming"
