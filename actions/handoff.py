"""A person: into the desk's queue with what an agent needs to go on from here, the place there, out of it again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from prometheus_client import Counter

from actions.base import HallAction, Outcome, Turn, proceed, say
from hall import handoff
from hall.bss.subscriber import Subscribers
from hall.errors import Unavailable
from hall.limiter import Limit, full
from hall.privacy import mask
from hall.text import language_of

URGENT = frozenset({"danger"})  # reasons that go before everybody, and wait also when nobody is there
ASKED = Limit("handoffs", 8, timedelta(hours=1))  # of a conversation
ASKED_THERE = Limit("handoffs_there", 12, timedelta(hours=1))  # of an address, by those who have not proved a line
TOO_MANY = Counter("yingting_handoffs_limited", "Wishes for a person that were one too many")
OFFERED = frozenset({"misunderstood", "wondered"})  # reasons whose offer is of a message when nobody is there


class HandOff(HallAction):
    """Puts the conversation into the queue, where the bot goes on serving; `closed` when nobody is there."""

    name_ = "action_hand_off"

    async def act(self, turn: Turn) -> Outcome:
        reason = turn.slots.get("handoff_reason") or "asked"
        urgent = reason in URGENT
        if not urgent and not turn.queued and not _open(turn):
            return Outcome("closed", slots={"when_closed": "message"} if reason in OFFERED else {})
        if not urgent and not turn.queued and await full(turn.unit, turn.hall.clock.now(), _counted(turn)):
            TOO_MANY.inc()
            return Outcome("queued", (say("utter_handoff_too_many"),))
        before = await handoff.place(turn.hall, turn.conversation) if turn.queued else None
        new = handoff.NewHandoff(turn.conversation, reason, summary(turn), tier=await _tier(turn), urgent=urgent)
        position = await handoff.request(turn.hall, turn.unit, new)
        turn.owner, turn.place_told = handoff.QUEUED, True
        place = handoff.place_at(turn.hall, position)
        if before is not None:
            return Outcome("queued", (say("utter_handoff_waits", place=place),))
        task = (turn.slots.get("open_task") or {}).get("title")
        hours = turn.hall.policy.desk.hours.spans
        return Outcome("queued", (say("utter_handoff_queued", place=place, task=task, hours=hours),))


def _counted(turn: Turn) -> list[tuple[Limit, str]]:
    """A customer asks for a person now and then; who opens one session after the other is counted by address."""
    return [(ASKED, turn.conversation), (ASKED_THERE, "" if turn.line.level else turn.origin)]


class TellPlace(HallAction):
    """Says where in the queue the customer is."""

    name_ = "action_tell_place"

    async def act(self, turn: Turn) -> Outcome:
        place = await handoff.place(turn.hall, turn.conversation)
        turn.place_told = True
        return proceed(say("utter_handoff_waits", place=place) if place else say("utter_no_person"))


class LeaveQueue(HallAction):
    """The customer waits no more."""

    name_ = "action_leave_queue"

    async def act(self, turn: Turn) -> Outcome:
        await handoff.leave(turn.hall, turn.unit, turn.conversation)
        turn.owner, turn.place_told = handoff.BOT, True
        return proceed(say("utter_queue_left"))


class OfferPerson(HallAction):
    """Asks whether a person is wanted, with how long that takes, or that a message can be left."""

    name_ = "action_offer_person"

    async def act(self, turn: Turn) -> Outcome:
        reason = turn.slots.get("handoff_reason")
        why = "misunderstood" if reason == "misunderstood" else "wondered"
        hours = turn.hall.policy.desk.hours.spans
        return proceed(say("utter_offer_person", why=why, place=await handoff.prospect(turn.hall), hours=hours))


class AskWhenClosed(HallAction):
    """Nobody is there: a message for later, or on with the bot."""

    name_ = "action_ask_when_closed"

    async def act(self, turn: Turn) -> Outcome:
        hours = turn.hall.policy.desk.hours
        if turn.slots.get("message_text"):
            return proceed(when_closed="message")
        return proceed(say("utter_person_closed", opens=hours.opens(turn.hall.clock.now()), hours=hours.spans))


class LeaveMessage(HallAction):
    """Keeps a message for later at the desk; a number in it is the one to call."""

    name_ = "action_leave_message"

    async def act(self, turn: Turn) -> Outcome:
        hours, call = turn.hall.policy.desk.hours, turn.slots.get("mentioned_number")
        opens = None if _open(turn) else hours.opens(turn.hall.clock.now())
        new = handoff.NewHandoff(
            conversation=turn.conversation,
            reason=turn.slots.get("handoff_reason") or "asked",
            summary=summary(turn),
            tier=await _tier(turn),
            message=mask(turn.slots["message_text"]),
            callback=call or turn.line.msisdn,
        )
        await handoff.request(turn.hall, turn.unit, new)
        turn.owner, turn.place_told = handoff.BOT, True
        return proceed(say("utter_message_kept", opens=opens, call=call))


class RateService(HallAction):
    """Keeps how the customer found the service of the agent who has just closed."""

    name_ = "action_rate_service"

    async def act(self, turn: Turn) -> Outcome:
        rating = turn.slots["rating"]
        await handoff.rate(turn.hall, turn.unit, turn.conversation, rating)
        return proceed(say("utter_rated", rating=rating), rating=None)


def summary(turn: Turn) -> dict[str, Any]:
    """The open task in people's words, masked: {"task", "title", "slots": [{"name", "value"}], "language"}."""
    task = turn.slots.get("open_task") or {}
    return {
        "task": task.get("flow"),
        "title": task.get("title"),
        "slots": [_in_words(turn, **given) for given in task.get("given") or ()],
        "language": language_of(turn.text or ""),
    }


def _in_words(turn: Turn, slot: str, entity: str, value: Any) -> dict[str, str]:
    shown = mask(value) if isinstance(value, str) else value
    return {
        "name": turn.render("utter_slot_name", slot=slot),
        "value": turn.render("utter_slot_value", slot=slot, entity=entity, value=shown),
    }


def _open(turn: Turn) -> bool:
    return turn.hall.policy.desk.hours.open_at(turn.hall.clock.now())


async def _tier(turn: Turn) -> str:
    """The customer's tier; a system that is down must not keep anybody from a person."""
    if turn.line.msisdn is None:
        return "basic"
    try:
        found = await turn.hall.bss[Subscribers].of(turn.line.msisdn)
    except Unavailable:
        return "basic"
    return found.tier if found else "basic"
