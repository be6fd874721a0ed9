"""Business halls: where, when open, what is done there, when few people come, what to bring."""

from __future__ import annotations

import re
from typing import Any

from actions.base import Choice, HallAction, Outcome, Say, Turn, again, proceed, say
from hall import stores
from hall.bss.subscriber import Subscribers
from hall.errors import Unavailable
from hall.policy.stores import KINDS_OF_DAY, Place, StoreRules
from hall.stores import facts, finding, times

ANY = "any"  # the topic of a question that has none
PERSON = Choice("utter_choice_person", payload="/talk_to_human")
HERE = "here"  # the value of a place that is taken from elsewhere: the words, the last hall, the line's city
WITHIN = "within"  # the topic of a question in the middle of a booking
_SEARCHES = re.compile(
    r"最近|附近|近的|地址|哪里|哪儿|在哪|有没有|哪有"
)  # 我现在青岛，最近的厅地址: no question about today
MOST = 3  # halls that are listed at once
_COST = re.compile(r"多少钱|收费|收钱|要钱|花钱|费用|好多钱|几块|免费|不收|收不收")
ABOUT_ONE = {f"store_{one}" for one in ("hours", "now", "busy", "phone", "way", "bring", "does", "more", "day", "near")}


class AssumePlace(HallAction):
    """The place that the words name, the hall that was spoken of last, or the city of the line."""

    name_ = "action_assume_place"

    async def act(self, turn: Turn) -> Outcome:
        told_of = bool(turn.slots.get("store_last")) and bool(turn.cues & ABOUT_ONE)
        _, city = await customer(turn)
        away = await far_from_home(turn)
        guess = city in _rules(turn).cities and not away and not _elsewhere(turn)
        said_before = away and bool(turn.slots.get("store_last")) and not _elsewhere(turn)  # where he is
        known = finding.find(_rules(turn), turn.text, city=city) or told_of or guess or said_before
        there = str(turn.slots.get("real_name_place") or "")  # who registers far from home has said where he is
        if not known and there and finding.find(_rules(turn), there):
            return proceed(store_place=there)
        return proceed(store_place=HERE) if known or _hotline(turn) else proceed(store_business=business_of(turn))


class AskPlace(HallAction):
    """Asks where the customer is, with the cities that have halls."""

    name_ = "action_ask_store_place"

    async def act(self, turn: Turn) -> Outcome:
        cities = _rules(turn).cities
        choices = tuple(Choice("", {"store_place": city}, text=city) for city in cities)
        return proceed(Say("utter_ask_store_place", {"cities": list(cities)}, choices))


class CheckPlace(HallAction):
    """Finds the halls that are meant; a place where there is none is said, with those where there are."""

    name_ = "action_check_place"

    async def act(self, turn: Turn) -> Outcome:
        given, rules = str(turn.slots["store_place"]), _rules(turn)
        carrier, city = await customer(turn)
        said = turn.text if given in (HERE, *turn.text.split()) or given in turn.text else f"{turn.text} {given}"
        found = None if _elsewhere(turn) else finding.find(rules, said, carrier_of(turn, carrier), city)
        asked = business_of(turn) or (str(turn.slots.get("store_business") or "") if given != HERE else "")
        if found is not None:
            return proceed(**_kept(turn, found, asked))
        strange = given != HERE and not _elsewhere(turn) and city in rules.cities and not await far_from_home(turn)
        if given != HERE and not (strange and given not in rules.provinces):
            near = [one for one in rules.near(turn.text + given) if one in rules.cities]
            return again(
                say("utter_store_unknown", cities=near or list(rules.cities), near=bool(near)), store_place=None
            )
        last = [place for key in str(turn.slots.get("store_last") or "").split(",") if (place := rules.place(key))]
        if last and not strange and (turn.cues & ABOUT_ONE or not city or await far_from_home(turn)):
            return proceed(store_how="last", store_business=asked or turn.slots.get("store_business"))
        guess = finding.within(rules, city, carrier_of(turn, carrier))
        return proceed(**(_kept(turn, guess, asked) | {"store_how": "guess"})) if guess else proceed()


class TellStores(HallAction):
    """Answers what is asked of the halls that are meant."""

    name_ = "action_stores"

    async def act(self, turn: Turn) -> Outcome:
        rules = _rules(turn)
        if _hotline(turn):
            carrier, _ = await customer(turn)
            named = carrier_of(turn, carrier)
            return proceed(
                say(
                    "utter_hotlines",
                    own=rules.hotlines.get(named),
                    lines=[stores.Hotline(*one) for one in rules.hotlines.items()],
                )
            )
        places = _places(turn)
        if "store_more" in turn.cues:
            places = places[1:]
            if not places:
                return proceed(say("utter_store_no_more", city=_rules_city(turn)))
        topic = "busy" if "store_busy" in turn.cues else turn.slots.get("store_topic") if _day_only(turn) else None
        said = _answers(turn, places, busy=topic == "busy")
        return proceed(*said, store_last=",".join(place.id for place in places), store_topic=topic)


class AnswerStore(HallAction):
    """What to bring to the hall that was spoken of last."""

    name_ = "action_store_answer"

    async def act(self, turn: Turn) -> Outcome:
        rules, topic = _rules(turn), (turn.slots.get("asked") or {}).get("topic")
        business = rules.business(business_of(turn) or str(turn.slots.get("store_business") or ""))
        if topic == "in_person":
            return proceed(say("utter_store_in_person"))
        if topic == "chop" and business is not None:
            return proceed(_bring(turn, business, (_places(turn) or list(rules.places))[0]))
        if topic == ANY:
            place = next(iter(_places(turn)), None)
            return proceed(Say("utter_store_ask", {"store": _store(turn, place) if place else None}, (PERSON,)))
        if topic == WITHIN and (place := _booked(turn)) and turn.cues & {"store_busy", "store_hours"}:
            return proceed(_busy(turn, place) if "store_busy" in turn.cues else _hours(turn, place))
        if business is None:
            return proceed(say("utter_store_bring_what"))
        return proceed(_bring(turn, business, (_places(turn) or list(rules.places))[0]))


def _booked(turn: Turn) -> Place | None:
    """The hall of the booking that is being made."""
    return _rules(turn).place(str(turn.slots.get("booked_store") or ""))


def _answers(turn: Turn, places: list[Place], *, busy: bool) -> list[Say]:
    """What is said: the question's own answer, else the halls themselves."""
    if not places:
        return [say("utter_ask_store_place", cities=list(_rules(turn).cities))]
    first = places[0]
    business = _rules(turn).business(str(turn.slots.get("store_business") or ""))
    bring = "store_bring" in turn.cues
    if bring and not (business and turn.slots.get("store_how") != "last"):
        told = [_bring(turn, business, first) if business else say("utter_store_bring_what")]
        return told if turn.slots.get("store_how") in ("last", "guess") else [_list(turn, places), *told]
    if business and (business_of(turn) or turn.slots.get("store_how") != "last"):
        return [*_does(turn, places, business), *([_busy(turn, first)] if busy else ())]
    if busy:
        return [_busy(turn, first)]
    days = times.days_in(_rules(turn), turn.text, turn.hall.clock.local().date())
    if "store_hours" in turn.cues or (days and not _SEARCHES.search(turn.text)):
        return [_hours(turn, first)]
    if turn.slots.get("store_how") == "last" and turn.cues & {"store_phone", "store_way"}:
        word = "utter_store_phone" if "store_phone" in turn.cues else "utter_store_way"
        return [say(word, store=_store(turn, first))]
    return [_list(turn, places)]


def _list(turn: Turn, places: list[Place]) -> Say:
    told = [_store(turn, place) for place in places[:MOST]]
    how = "more" if "store_more" in turn.cues else str(turn.slots.get("store_how") or finding.CITY)
    quiet = times.crowd(_rules(turn), turn.hall.clock.local().date())
    given = str(turn.slots.get("store_place") or HERE)
    unknown = (finding.unplaced(turn.text) or (given if given != HERE else "")) if how == "guess" else ""
    return say("utter_stores", stores=told, how=how, left=len(places) - 1, crowd=quiet, unknown=unknown or None)


def _does(turn: Turn, places: list[Place], business: Any) -> list[Say]:
    """Whether the hall that is meant does it; otherwise the nearest one that does."""
    able = [place for place in places if facts.does(place, business)]
    bring = facts.bring(turn.hall, business, places[0].carrier)
    chosen = places[0] if turn.slots.get("store_how") in ("hall", "near", "last") else (able or places)[0]
    other = next((place for place in able if place != chosen), None)
    can = chosen in able
    told = {"store": _store(turn, chosen), "business": business.name, "can": can, "bring": bring}
    instead = _store(turn, other) if other and not can else None
    return [say("utter_store_does", **told, other=instead, guess=turn.slots.get("store_how") == "guess")]


def _bring(turn: Turn, business: Any, place: Place) -> Say:
    told = facts.bring(turn.hall, business, place.carrier)
    cost = facts.price(turn.hall, business, place.carrier) if _COST.search(turn.text) else None
    return say("utter_store_bring", business=business.name, bring=told, price=cost)


def _busy(turn: Turn, place: Place) -> Say:
    today = turn.hall.clock.local().date()
    days = times.days_in(_rules(turn), turn.text, today) or (today,)
    store = _store(turn, place)
    day = times.day_of(_rules(turn), place, days[0], turn.hall.clock.now())
    crowd = times.crowd(_rules(turn), days[0])
    return say("utter_store_busy", crowd=crowd, day=day, today=today, store=store, opens=store.opens)


def _hours(turn: Turn, place: Place) -> Say:
    now, rules = turn.hall.clock.now(), _rules(turn)
    days = times.days_in(rules, turn.text, turn.hall.clock.local().date())
    told = [times.day_of(rules, place, day, now) for day in days]
    week = stores.Week(*("-".join(rules.hours[place.hours][kind] or ()) for kind in KINDS_OF_DAY))
    open_now = "store_now" in turn.cues
    return say("utter_store_hours", store=_store(turn, place), days=told, week=week, asks_now=open_now)


def _day_only(turn: Turn) -> bool:
    """那12月3号呢: the last question once more, for another day."""
    return "store_day" in turn.cues


def _kept(turn: Turn, found: finding.Found, business: str) -> dict[str, Any]:
    return {
        "store_last": ",".join(place.id for place in found.places),
        "store_how": found.how,
        "store_business": business or None,
    }


def _elsewhere(turn: Turn) -> bool:
    """Whether the words name a province or city without halls, and no city that has one, nor a street called so."""
    rules = _rules(turn)
    named = next((one for one in rules.elsewhere if one in turn.text), "")
    street = any(f"{named}{tail}" in place.address for place in rules.places for tail in ("路", "街", "东路", "西路"))
    landmark = finding.unplaced(turn.text)
    if named and named in landmark and not landmark.startswith(named):
        return False  # 千佛山 is not 佛山
    if street and any(f"{named}{tail}" in turn.text for tail in ("路", "街", "东路", "西路")):
        return False
    return bool(named) and not any(city in turn.text for city in rules.cities)


async def far_from_home(turn: Turn) -> bool:
    """Whether the line's customer is known to live far from its city, so that its halls are no guess."""
    if turn.line.level < 1:
        return False
    try:
        line = await turn.hall.bss[Subscribers].of(turn.line.proved)
    except Unavailable:
        return False
    return line is not None and "far_from_home" in line.flags


def _places(turn: Turn) -> list[Place]:
    return [place for key in str(turn.slots.get("store_last") or "").split(",") if (place := _rules(turn).place(key))]


def _rules_city(turn: Turn) -> str:
    places = _places(turn)
    return places[0].city if places else ""


def _store(turn: Turn, place: Place) -> stores.Store:
    return facts.store(_rules(turn), place, turn.hall.clock.now())


def _rules(turn: Turn) -> StoreRules:
    return turn.hall.policy.stores


def business_of(turn: Turn) -> str:
    return finding.business_in(_rules(turn), turn.text)


def carrier_of(turn: Turn, own: str) -> str:
    """The carrier that the words name, else the line's."""
    return next((name for name in _rules(turn).hotlines if name in turn.text), own)


def _hotline(turn: Turn) -> bool:
    return "store_hotline" in turn.cues


async def customer(turn: Turn) -> tuple[str, str]:
    """Carrier and city of the proved line; nothing where none is proved or the records do not answer."""
    if turn.line.level < 1:
        return "", ""
    try:
        line = await turn.hall.bss[Subscribers].of(turn.line.proved)
    except Unavailable:
        return "", ""
    return (line.carrier, line.city) if line else ("", "")
