"""The desk's routes for who a customer is: his card, what happened on his line, his whole number with a reason."""

from __future__ import annotations

from typing import Any

from sanic import Blueprint, HTTPResponse, Request

from channels.desk import view
from channels.desk.desk import MAX_KEY_LENGTH, Desk, answer
from channels.http import Refused, field, json_object
from hall import customer_card
from hall.access_log import READ_CUSTOMER, REVEALED
from hall.agent_roles import SERVE
from hall.bss.bill import Bill
from hall.customer_card import Card, Past
from hall.handoff import notes
from hall.money import short_yuan, yuan
from hall.privacy import mask
from hall.text import readable


def add(bp: Blueprint, desk: Desk) -> None:
    """The card and the number, beside a hand-off's other routes."""

    @bp.get("/api/handoffs/<handoff_id:str>/customer")
    async def card(request: Request[Any, Any], handoff_id: str) -> HTTPResponse:
        agent = await desk.agent(request, SERVE)
        found, reason = await desk.found(handoff_id), readable(str(request.args.get("reason", ""))).strip()
        if not view.may_read(found, agent, reason):
            return answer({"proved": False, "card": None, "past": None, "notes": []})
        await desk.looks(request, agent, READ_CUSTOMER, found.id, reason)
        line = await view.proved_line(desk.hall, found)
        past = await customer_card.past(desk.hall, line, found.conversation)
        records = await customer_card.card(desk.hall, line) if line else None
        written = [_note(one) for one in await notes.of(desk.hall, found)]
        shown = {"proved": line is not None, "past": _past(past, found.id), "notes": written}
        return answer(shown | {"card": _card(records) if records else None})

    @bp.post("/api/handoffs/<handoff_id:str>/reveal")
    async def reveal(request: Request[Any, Any], handoff_id: str) -> HTTPResponse:
        """The number whole, once the look is written down."""
        agent, body = await desk.agent(request, SERVE), json_object(request.body)
        why, key = field(body, "why", 24), f"reveal:{field(body, 'id', MAX_KEY_LENGTH)}"
        words = desk.hall.policy.desk.reveals.get(why)
        if words is None:
            raise Refused(400, "bad_field", "why must be one of the policy's reasons")
        found = await desk.found(handoff_id)
        if not view.may_read(found, agent, words):
            raise Refused(409, "not_yours", "only who has it, or a supervisor, may see the number")
        number = await view.any_line(desk.hall, found)
        if number is None:
            raise Refused(404, "no_number", "no number is known of this customer")
        await desk.looks(request, agent, REVEALED, found.id, words)
        await notes.looked(desk.hall, found, agent.name, words, key)
        return answer({"number": number})


def _card(card: Card) -> dict[str, Any]:
    who, money, plan = card.subscriber, card.balance, card.plan
    return {
        "who": {
            "name": who.name,
            "carrier": who.carrier,
            "city": who.city,
            "tier": who.tier,
            "age": who.age,
            "real_name": who.real_name,
            "flags": sorted(who.flags),
        }
        if who
        else None,
        "state": card.state.state if card.state else None,
        "balance": {"now": yuan(money.balance_fen), "arrears": yuan(money.arrears_fen), "owes": money.arrears_fen > 0}
        if money
        else None,
        "plan": {
            "name": plan.name,
            "fee": short_yuan(plan.fee_fen),
            "since": plan.since,
            "contract": plan.contract_until,
        }
        if plan
        else None,
        "bills": [_bill(bill) for bill in card.bills],
        "services": [
            {
                "name": one.name,
                "fee": short_yuan(one.fee_fen),
                "since": one.since.isoformat(),
                "confirmed": one.confirmed,
            }
            for one in card.services
        ],
        "down": list(card.down),
    }


def _bill(bill: Bill) -> dict[str, Any]:
    return {"month": bill.month, "total": yuan(bill.total_fen), "open": bill.open}


def _past(past: Past, present: str) -> dict[str, Any]:
    return {
        "orders": [view.order(one) for one in past.orders],
        "tickets": [
            {
                "ticket_no": one.ticket_no,
                "kind": one.kind,
                "category": one.category,
                "state": one.state,
                "summary": mask(one.summary),
                "at": one.opened_at.isoformat(),
                "due_at": one.due_at.isoformat(),
            }
            for one in past.tickets
        ],
        "handoffs": [
            {
                "id": one.id,
                "here": one.id == present,
                "channel": one.conversation.partition(":")[0],
                "reason": one.reason,
                "title": one.summary.get("title"),
                "agent": one.agent,
                "state": one.state,
                "code": one.code,
                "rating": one.rating,
                "at": one.requested_at.isoformat(),
            }
            for one in past.handoffs
        ],
        "talks": [
            {
                "channel": one.conversation.partition(":")[0],
                "began_at": one.began_at.isoformat(),
                "at": one.touched_at.isoformat(),
                "messages": one.messages,
            }
            for one in past.talks
        ],
    }


def _note(one: notes.Note) -> dict[str, Any]:
    return {"agent": one.agent, "kind": one.kind, "text": one.text, "at": one.at.isoformat()}
