"""How what somebody sees to stands, and what the customer does about it."""

from __future__ import annotations

import re
from typing import Any

from actions.base import Choice, HallAction, Outcome, Say, Turn, again, end, proceed, say
from actions.orders import OPEN, CheckOrder
from actions.topup_number import payer
from hall import privacy, real_name, tickets
from hall.change import Change
from hall.tickets import CLOSED, DONE, Ticket
from hall.topup import orders

_NUMBER = re.compile(r"(?<!\d)(?:GD|gd|Gd)?(\d{8})(?!\d)")
PAPERS = Choice("utter_choice_papers", payload="/register_real_name")
PERSON = Choice("utter_choice_person", payload="/talk_to_human")
SAME = {"price": "cost", "fee": "cost", "who": "handler"}  # topics that are answered alike
KNOWN = (
    "handler",
    "late",
    "notify",
    "cost",
    "compensation",
    "ticket_no",
    "visit",
    "next",
    "bring",
    "in_person",
    "where",
)
KINDS = (tickets.COMPLAINT, tickets.FAULT, tickets.REGISTRATION, tickets.MONEY)  # whose words are cues
WENT_WRONG, _STORY = "complaint_matter", 10  # the cue of a sentence of what went wrong; characters that tell something
_IF_LATE = re.compile(
    r"到期|到时|超时|逾期|过了[^,，。]{0,6}(?:没|不)|要是|如果|万一|不满意|不认可|(?:处理|解决)不(?:了|好)"
)
SHOWN, LONGEST = 3, 200  # tickets in one answer; characters of an addition


class TellTickets(HallAction):
    """Says how the ticket stands that is named, or those that are not settled, or the newest."""

    name_ = "action_tell_tickets"

    async def act(self, turn: Turn) -> Outcome:
        found = await meant(turn)
        if not found and "ticket_of_registration" in turn.cues and turn.line.level >= 1:
            return proceed(await _registration(turn))
        if not found:
            return proceed(say("utter_no_ticket"))
        if len(found) == 1:
            return proceed(say("utter_ticket", ticket=tickets.facts(turn.hall, found[0])))
        told = [tickets.facts(turn.hall, one) for one in found[:SHOWN]]
        choices = (Choice("utter_choice_ticket", facts={"ticket": one}, payload=_look(one)) for one in told)
        return proceed(Say("utter_tickets", {"tickets": told}, tuple(choices)))


class TellPromise(HallAction):
    """Answers how long, and why it takes so long."""

    name_ = "action_ticket_promise"

    async def act(self, turn: Turn) -> Outcome:
        found = await meant(turn)
        return proceed(_told(turn, "utter_ticket", found[0]) if found else say("utter_no_ticket"))


class TellTicketFact(HallAction):
    """Answers what is asked about a ticket, by its kind: who sees to it, what if it is late, what it costs …"""

    name_ = "action_ticket_fact"

    async def act(self, turn: Turn) -> Outcome:
        found = await meant(turn)
        if not found:
            return proceed(Say("utter_no_ticket_to_ask", {}, (PERSON,)))
        topic = str((turn.slots.get("asked") or {}).get("topic") or "any")
        topic = "late" if _IF_LATE.search(turn.text) else SAME.get(topic, topic)
        if topic not in KNOWN:
            return proceed(Say("utter_ticket", {"ticket": tickets.facts(turn.hall, found[0])}, (PERSON,)))
        return proceed(_fact(turn, found[0], topic, await tickets.visit_of(turn.hall.store, found[0])))


class UrgeTicket(HallAction):
    """Urges what is not settled: once a day it moves something, and it is always said how it stands."""

    name_ = "action_urge_ticket"

    async def act(self, turn: Turn) -> Outcome:
        ticket = await _one_unsettled(turn)
        if ticket is not None and _IF_LATE.search(turn.text):  # 到期没人管呢: asked, nothing is urged yet
            return proceed(_fact(turn, ticket, "late", None))
        if ticket is None and WENT_WRONG in turn.cues and len(turn.text) >= _STORY:
            return proceed(
                Say("utter_story_complain", choices=(Choice("utter_choice_story", payload="/file_complaint"),))
            )
        if ticket is None:
            mine = await orders.visible(turn.unit, turn.conversation, payer(turn))
            waits = any(order.state in OPEN for order in mine)  # it is all that can be urged
            return await CheckOrder().act(turn) if waits else proceed(say("utter_nothing_to_urge"))
        change = Change.begin(turn.hall, turn.unit, "customer")
        urged, moved = await tickets.urge(change, ticket, turn.key)
        return proceed(say("utter_ticket_urged", ticket=tickets.facts(turn.hall, urged), moved=moved))


class ReadAddition(HallAction):
    """Takes what the message already adds; a message that only says that one will add is asked for it."""

    name_ = "action_read_addition"

    async def act(self, turn: Turn) -> Outcome:
        if await _one_unsettled(turn) is None:
            return end(say("utter_no_ticket"))
        asked = turn.slots.get("ticket_text")
        said = str(asked or _LEAD.sub("", str(turn.slots.get("ticket_words") or turn.text))).strip()
        if len(said) < _LEAST:
            return again(say("utter_ticket_add_what")) if asked else proceed()
        return proceed(ticket_said=privacy.mask(said)[:LONGEST])


class AddToTicket(HallAction):
    """Writes it down at the ticket."""

    name_ = "action_add_to_ticket"

    async def act(self, turn: Turn) -> Outcome:
        ticket = await _one_unsettled(turn)
        if ticket is None:
            return end(say("utter_no_ticket"))
        change = Change.begin(turn.hall, turn.unit, "customer")
        added = tickets.add(change, ticket, str(turn.slots["ticket_said"]), turn.key)
        return proceed(say("utter_ticket_added", ticket=tickets.facts(turn.hall, added)), ticket_said=None)


class CheckTicketCancel(HallAction):
    """Ends where nothing is to be taken back."""

    name_ = "action_check_ticket_cancel"

    async def act(self, turn: Turn) -> Outcome:
        return proceed() if await _one_unsettled(turn) else end(say("utter_no_ticket"))


class CancelTicket(HallAction):
    """Takes it back."""

    name_ = "action_cancel_ticket"

    async def act(self, turn: Turn) -> Outcome:
        ticket = await _one_unsettled(turn)
        if ticket is None:
            return end(say("utter_no_ticket"))
        moved = tickets.cancel(Change.begin(turn.hall, turn.unit, "customer"), ticket, turn.key)
        return proceed(say("utter_ticket_cancelled", ticket=tickets.facts(turn.hall, moved)))


class SettleTicket(HallAction):
    """Closes a ticket that has its result, or has it worked again, by what the customer says of it."""

    name_ = "action_settle_ticket"

    async def act(self, turn: Turn) -> Outcome:
        line = turn.line.proved if turn.line.level >= 1 else None
        found = await tickets.of_customer(turn.unit, turn.conversation, line)
        unhappy = "ticket_unhappy" in turn.cues
        over = (DONE, CLOSED) if unhappy else (DONE,)
        ticket = next((one for one in found if one.state in over), None)
        if ticket is None:
            waits = next((one for one in found if one.unsettled), None)
            return proceed(_told(turn, "utter_ticket", waits) if waits else say("utter_nothing_to_settle"))
        change = Change.begin(turn.hall, turn.unit, "customer")
        if unhappy:
            return proceed(_told(turn, "utter_ticket_reopened", tickets.reopen(change, ticket, turn.key)))
        return proceed(_told(turn, "utter_ticket_closed", tickets.close(change, ticket, turn.key, "yes")))


def _look(ticket: dict[str, Any]) -> str:
    return f'/check_ticket{{"ticket_named":"{ticket["ticket_no"]}"}}'


async def _registration(turn: Turn) -> Say:
    """我的实名登记好了吗, where there is no ticket: how the line is registered."""
    state = await real_name.registration(turn.hall, turn.line.proved)
    if state is None:
        return say("utter_no_ticket")
    facts = {"number": turn.line.proved, "name": state.name}
    if state.registered:
        return Say("utter_real_name_registered", facts)
    return Say("utter_real_name_not_registered", facts, (PAPERS,))


def _fact(turn: Turn, ticket: Ticket, topic: str, visit: str | None) -> Say:
    steps = [step.to for step in turn.hall.policy.tickets.steps]
    return say("utter_ticket_fact", ticket=tickets.facts(turn.hall, ticket), topic=topic, visit=visit, steps=steps)


def _told(turn: Turn, response: str, ticket: Ticket) -> Say:
    return say(response, ticket=tickets.facts(turn.hall, ticket))


async def meant(turn: Turn) -> tuple[Ticket, ...]:
    """The tickets that are asked about: the one whose number stands there, else the unsettled ones, else the newest."""
    found = await tickets.of_customer(turn.unit, turn.conversation, turn.line.proved if turn.line.level >= 1 else None)
    if named := _NUMBER.search(f"{turn.text} {turn.slots.get('ticket_named') or ''}"):
        return tuple(one for one in found if one.ticket_no.endswith(named[1]))
    open_ = tuple(one for one in found if one.unsettled or one.state == DONE) or found[:1]
    kinds = {kind for kind in KINDS if f"ticket_of_{kind}" in turn.cues}
    return tuple(one for one in open_ if one.kind in kinds) or open_


async def _one_unsettled(turn: Turn) -> Ticket | None:
    """The ticket that is urged, added to or taken back: the one that is named, else the newest that is not settled."""
    return next((one for one in await meant(turn) if one.unsettled), None)


_LEAD = re.compile(r"^.{0,6}?补充(?:一下|一点|几句|两句|情况|说明)*(?:[的是]?[:：,，。\s]|投诉|情况|的?内容)*")
_LEAST = 3  # characters of an addition
