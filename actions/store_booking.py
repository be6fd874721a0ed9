"""A place in a hall is booked, changed, looked at, given up."""

from __future__ import annotations

import re
from datetime import date, datetime

from actions.base import Choice, HallAction, Outcome, Say, Turn, again, end, proceed, say
from actions.stores import business_of, carrier_of, customer
from hall.clock import SHANGHAI
from hall.policy.stores import Place
from hall.stores import booking, facts, finding, times

DAYS, SLOTS = 4, 6  # choices
_NTH = re.compile(r"第([一二三四五六1-6])(?:家|个)")
CONFIRM = Choice("utter_choice_book", payload="/affirm")
LEAVE = Choice("utter_choice_not_book", payload="/cancel")


class AssumeBookedStore(HallAction):
    """The hall that the words name, the one that is booked, or the one that was spoken of last."""

    name_ = "action_assume_booked_store"

    async def act(self, turn: Turn) -> Outcome:
        rules = turn.hall.policy.stores
        carrier, city = await customer(turn)
        found = finding.find(rules, turn.text, carrier_of(turn, carrier), city)
        former = await booking.mine(turn.hall, turn.line.proved)
        kept = {"booking_former": former.no if former else None}
        if found and found.how not in (finding.CITY, finding.DISTRICT):
            return proceed(booked_store=found.places[0].id, **kept)
        if former and "store_rebook" in turn.cues:
            return proceed(booked_store=next(p.id for p in rules.places if p.name == former.store.name), **kept)
        if last := str(turn.slots.get("store_last") or "").split(",")[0]:
            return proceed(booked_store=last, **kept)
        return proceed(**kept)


class AskBookedStore(HallAction):
    """Offers the halls of the customer's city."""

    name_ = "action_ask_booked_store"

    async def act(self, turn: Turn) -> Outcome:
        carrier, city = await customer(turn)
        rules = turn.hall.policy.stores
        found = finding.find(rules, turn.text, carrier, city) or finding.within(rules, city, carrier)
        places = found.places if found else ()
        choices = tuple(Choice("", {"booked_store": place.id}, text=place.name) for place in places[:SLOTS])
        return proceed(Say("utter_ask_booked_store", {"stores": [place.name for place in places]}, choices))


class CheckBookedStore(HallAction):
    """Takes the hall that is meant."""

    name_ = "action_check_booked_store"

    async def act(self, turn: Turn) -> Outcome:
        rules, given = turn.hall.policy.stores, str(turn.slots["booked_store"])
        if rules.place(given):
            business = business_of(turn) or turn.slots.get("store_business")
            return proceed(store_last=given, store_business=business)
        carrier, city = await customer(turn)
        if (nth := _NTH.search(given)) and (
            place := _nth(turn, "一二三四五六123456".index(nth[1]) % SLOTS, city, carrier)
        ):
            return proceed(booked_store=place.id)
        if _NTH.search(given) and (last := rules.place(str(turn.slots.get("store_last") or "").split(",")[0])):
            return proceed(say("utter_booked_store_no_more", store=last.name), booked_store=last.id)
        found = finding.find(rules, given, carrier_of(turn, carrier), city)
        if found is None:
            return again(say("utter_booked_store_unknown"))
        return proceed(booked_store=found.places[0].id, store_last=found.places[0].id)


class AssumeBookedDay(HallAction):
    """The day that the words name."""

    name_ = "action_assume_booked_day"

    async def act(self, turn: Turn) -> Outcome:
        said = f"{turn.text} {turn.slots.get('booking_words') or ''}"
        found = times.days_in(turn.hall.policy.stores, said, _today(turn))
        return proceed(booked_day=found[0].isoformat()) if found else proceed()


class AskBookedDay(HallAction):
    """Offers the next days on which a place is left."""

    name_ = "action_ask_booked_day"

    async def act(self, turn: Turn) -> Outcome:
        place = _place(turn)
        days = await booking.days(turn.hall, place)
        if not days:
            return end(say("utter_booking_none"))
        choices = (Choice("utter_choice_day", {"booked_day": day.isoformat()}, {"day": day}) for day in days[:DAYS])
        return proceed(Say("utter_ask_booked_day", {"store": place.name, "days": days}, tuple(choices)))


class CheckBookedDay(HallAction):
    """Takes a day within the rules on which a place is left."""

    name_ = "action_check_booked_day"

    async def act(self, turn: Turn) -> Outcome:
        rules, given, place = turn.hall.policy.stores, str(turn.slots["booked_day"]), _place(turn)
        day = _day(given) or next(iter(times.days_in(rules, given, _today(turn))), None)
        if day is None:
            return again(say("utter_booking_day_unclear"))
        if not 0 <= (day - _today(turn)).days <= rules.ahead_days:
            return again(say("utter_booking_day_far", days=rules.ahead_days))
        if not await booking.slots(turn.hall, place, day):
            return again(say("utter_booking_day_closed", store=place.name, day=day))
        return proceed(booked_day=day.isoformat())


class AssumeBookedSlot(HallAction):
    """The time that the words name."""

    name_ = "action_assume_booked_slot"

    async def act(self, turn: Turn) -> Outcome:
        said = (turn.text, str(turn.slots.get("booking_words") or ""))
        found = next((one for one in said if booking.names_time(one)), None)
        return proceed(booked_slot=found) if found else proceed()


class AskBookedSlot(HallAction):
    """Offers the times that are left, the quiet ones first."""

    name_ = "action_ask_booked_slot"

    async def act(self, turn: Turn) -> Outcome:
        place, day = _place(turn), _day(str(turn.slots["booked_day"]))
        assert day is not None
        left = await booking.slots(turn.hall, place, day)
        chosen = left if len(left) <= SLOTS else [left[i * len(left) // SLOTS] for i in range(SLOTS)]
        choices = (
            Choice("", {"booked_slot": at.isoformat()}, text=f"{at.astimezone(SHANGHAI):%H:%M}") for at in chosen
        )
        return proceed(Say("utter_ask_booked_slot", {"store": place.name, "day": day}, tuple(choices)))


class CheckBookedSlot(HallAction):
    """Takes a time that is left on that day."""

    name_ = "action_check_booked_slot"

    async def act(self, turn: Turn) -> Outcome:
        day = _day(str(turn.slots["booked_day"]))
        assert day is not None
        left = await booking.slots(turn.hall, _place(turn), day)
        at = booking.meant(str(turn.slots["booked_slot"]), left)
        return proceed(booked_slot=at.isoformat()) if at else again(say("utter_booking_full", day=day))


class ConfirmBooking(HallAction):
    """Says hall, day and time, and what it replaces; asks once."""

    name_ = "action_confirm_booking"

    async def act(self, turn: Turn) -> Outcome:
        rules, place = turn.hall.policy.stores, _place(turn)
        business = rules.business(str(turn.slots.get("store_business") or ""))
        told = {
            "store": facts.store(rules, place, turn.hall.clock.now()),
            "at": datetime.fromisoformat(str(turn.slots["booked_slot"])),
            "former": turn.slots.get("booking_former"),
            "business": business.name if business else None,
        }
        key = f"{turn.conversation}|{turn.key}"
        return proceed(Say("utter_booking_confirm", told, (CONFIRM, LEAVE)), booking_key=key)


class BookStore(HallAction):
    """Books what was confirmed."""

    name_ = "action_book_store"

    async def act(self, turn: Turn) -> Outcome:
        place, rules = _place(turn), turn.hall.policy.stores
        at = datetime.fromisoformat(str(turn.slots["booked_slot"]))
        business = str(turn.slots.get("store_business") or "")
        key = str(turn.slots.get("booking_key") or turn.key)
        made = await booking.book(turn.hall, turn.line.proved, place, at, business, key)
        if made is None:
            return end(say("utter_booking_full", day=at.astimezone(SHANGHAI).date()))
        known = rules.business(business)
        bring = facts.bring(turn.hall, known, place.carrier) if known else None
        return proceed(say("utter_booked", booking=made, bring=bring), booking_key=None)


class MyBooking(HallAction):
    """Tells the booking of the line, or gives it up where the words say so."""

    name_ = "action_store_booking"

    async def act(self, turn: Turn) -> Outcome:
        line = turn.line.proved
        if "store_give_up" in turn.cues:
            given_up = await booking.give_up(turn.hall, line, turn.key)
            return proceed(say("utter_booking_cancelled", booking=given_up) if given_up else say("utter_no_booking"))
        found = await booking.mine(turn.hall, line)
        return proceed(say("utter_my_booking", booking=found) if found else say("utter_no_booking"))


class BookingWhere(HallAction):
    """Where the hall is that is being booked."""

    name_ = "action_booking_where"

    async def act(self, turn: Turn) -> Outcome:
        place = turn.hall.policy.stores.place(str(turn.slots.get("booked_store") or ""))
        if place is None:
            return proceed(say("utter_ask_booked_store", stores=[]))
        told = facts.store(turn.hall.policy.stores, place, turn.hall.clock.now())
        return proceed(say("utter_booking_where", store=told))


def _nth(turn: Turn, place: int, city: str, carrier: str) -> Place | None:
    """That one of the halls as they were told: from the one that was spoken of outwards, else those of the city."""
    rules = turn.hall.policy.stores
    last = rules.place(str(turn.slots.get("store_last") or "").split(",")[0])
    told = finding.find(rules, last.name, carrier, city) if last else finding.within(rules, city, carrier)
    return told.places[place] if told and place < len(told.places) else None


def _place(turn: Turn) -> Place:
    place = turn.hall.policy.stores.place(str(turn.slots["booked_store"]))
    assert place is not None
    return place


def _today(turn: Turn) -> date:
    return turn.hall.clock.local().date()


def _day(given: str) -> date | None:
    try:
        return date.fromisoformat(given)
    except ValueError:
        return None
