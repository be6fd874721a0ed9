"""Guidance for what is done in a hall or elsewhere, for the customer's own case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actions.base import Choice, HallAction, Outcome, Say, Turn, proceed
from hall import guides
from hall.policy.guides import SUMMARY, Guide, Told

AWAY = "外地"  # what is said of who is not in his line's city, in the words that guides know
MOST = 2  # facts that one answer tells
PERSON = "talk_to_human"
PAY = "topup_credit"
OWED = ("arrears", "owes")  # what can be paid here
CONDITIONS, WHERE = "conditions", "where"
INSTEAD = {  # topics that are answered by another fact where the guide has none of their own
    "cost": "price", "fee": "cost", "price": SUMMARY,
    "arrival": "from_when", "from_when": "how_long", "deadline": "how_long",
    "who": "in_person", "next": SUMMARY, "how": SUMMARY, "why": CONDITIONS,
    "keeps": "refund", "money_back": "refund", "validity": "from_when", "ways": SUMMARY,
    "how_end": "undo", "cancel": "undo", "stops": "undo", "code": "how", "auto": SUMMARY,
}  # fmt: skip


class TellGuide(HallAction):
    """Tells what the flow's guide says: what was asked for by name, else how it is done, and what the records say."""

    name_ = "action_guide"

    async def act(self, turn: Turn) -> Outcome:
        guide = turn.hall.policy.guides[str(turn.slots["guide"])]
        asked: dict[str, Any] = turn.slots.get("asked") or {}
        topics = [*guides.asked(guide, turn.text), *asked.get("topics", ())]
        return await _tell(turn, guide, [*topics, SUMMARY])


class AnswerGuide(HallAction):
    """Answers a question by its topics, or by the words that the guide knows; says so when it knows nothing."""

    name_ = "action_guide_fact"

    async def act(self, turn: Turn) -> Outcome:
        asked: dict[str, Any] = turn.slots.get("asked") or {}
        known = turn.hall.policy.guides
        guide = known.get(str(asked.get("flow"))) or guides.find(known, turn.text) or known[str(turn.slots["guide"])]
        return await _tell(turn, guide, [*guides.asked(guide, turn.text), *asked.get("topics", ())])


class AnswerBesides(HallAction):
    """Base of what answers any question beside an answer: from the guide of that name, else with what was told."""

    guide = ""
    told: type[HallAction] = AnswerGuide

    async def act(self, turn: Turn) -> Outcome:
        return await by_words(turn, self.guide) or await self.told().act(turn)


async def by_words(turn: Turn, name: str) -> Outcome | None:
    """What the guide of that name says to the words of the message; None where they ask for none of its facts."""
    guide = turn.hall.policy.guides[name]
    found = guides.asked(guide, turn.text)
    return await _tell(turn, guide, found) if found else None


async def tell_of(turn: Turn, name: str, flows: tuple[str, ...] = ()) -> Outcome:
    """Answers from one guide, by its words and, where one of the flows was asked, by the question's topics."""
    guide, asked = turn.hall.policy.guides[name], turn.slots.get("asked") or {}
    topics = asked.get("topics", ()) if asked.get("flow") in (name, *flows) else ()
    return await _tell(turn, guide, [*guides.asked(guide, turn.text), *topics])


async def _tell(turn: Turn, guide: Guide, topics: Sequence[str]) -> Outcome:
    before = turn.slots.get("guide_case") if turn.slots.get("guide") == guide.name else None
    found = await guides.known(turn.hall, turn.line.msisdn if turn.line.level else None)
    said = f"{turn.text} {AWAY}" if found and _elsewhere(turn, found.subscriber.city) else turn.text
    case = guides.case_of(guide, said) or str(before or "")
    if said != turn.text:
        topics = [*guides.asked(guide, said), *topics]
    about = guides.fits(found, case)
    told = _facts(turn, guide, topics, about)
    kept = {"guide": guide.name, "guide_case": case or None}
    if not told and guides.case_of(guide, said):  # only another case was named: 给孩子办呢
        told = _facts(turn, guide, [SUMMARY], about)
    if not told:
        known = guide.fact(SUMMARY, about, guides.rules(turn.hall))
        return proceed(Say("utter_guide_unknown", {"title": guide.title, "known": known}, _choices((PERSON,))), **kept)
    whole = {SUMMARY, CONDITIONS} & set(told)
    own = guides.own(turn.hall, guide, found) if found and (whole or WHERE in told) else None
    if own is not None and not whole and not any(one.fen for one in own.notes):
        own = None  # where it is done is all that was asked; but what is owed can be paid here
    facts = {"told": list(told.values())}
    if own is None:
        return proceed(Say("utter_guide", facts, _choices(guide.next if whole else ())), **kept)
    pays = any(one.fen for one in (*own.fails, *own.notes) if one.check in OWED)
    offers = (PAY, *guide.next) if pays and PAY not in guide.next else guide.next
    return proceed(Say("utter_guide_own", facts | {"title": guide.title, "own": own}, _choices(offers)), **kept)


def _elsewhere(turn: Turn, home: str) -> bool:
    """Whether the words say that the customer is in another city than his line's: 我在北京."""
    rules = turn.hall.policy.stores
    places = (*rules.elsewhere, *rules.provinces, *rules.cities)
    near = [home, *(province for province, cities in rules.provinces.items() if home in cities)]
    return any(f"在{one}" in turn.text and one not in near for one in places)


def _facts(turn: Turn, guide: Guide, topics: Sequence[str], fits: Any) -> dict[str, Told]:
    """What is told, by topic, of the first topics that the guide has a fact for."""
    told, rules = dict[str, Told](), guides.rules(turn.hall)
    for topic in topics:
        tried: str | None = topic
        while tried is not None and (fact := guide.fact(tried, fits, rules)) is None:
            tried = INSTEAD.get(tried)
        if tried is not None and fact is not None and len(told) < MOST and fact not in told.values():
            told.setdefault(tried, fact)
    if "how_long" in told:
        told.pop("visit", None)  # when somebody comes says that somebody comes
    if len(told) > 1:
        told.pop(SUMMARY, None)  # what was asked for by name says enough
    return told


def _choices(intents: Sequence[str]) -> tuple[Choice, ...]:
    return tuple(Choice("utter_choice_guide_next", facts={"intent": one}, payload=f"/{one}") for one in intents)
