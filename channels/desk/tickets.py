"""The desk's page of tickets, and its API. Who may work them is in hall/agent_roles.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sanic import Blueprint, HTTPResponse, Request

from channels.desk import files
from channels.desk.desk import Desk, answer
from channels.http import Refused, field, json_object
from channels.web.assets import Asset
from hall import files as hall_files
from hall import tickets
from hall.access_log import READ_TICKET
from hall.agent_roles import SERVE
from hall.errors import Conflict, NotFound
from hall.privacy import mask, mask_msisdn
from hall.text import readable
from hall.tickets import NotNow, Ticket
from hall.tickets import desk as work

PAGE_SIZE = 30
MAX_TEXT_LENGTH = 500  # characters
MAX_KEY_LENGTH = 64  # characters
SHOWN = (
    "ticket_no",
    "kind",
    "category",
    "state",
    "summary",
    "priority",
    "escalated",
    "agent",
    "result",
    "satisfied",
    "version",
)


def add(bp: Blueprint, desk: Desk) -> None:
    """The page and its API, on the desk's blueprint."""
    shown = Asset.page(Path(__file__).parent / "static" / "tickets.html", desk.hall.brand)

    @bp.get("/tickets")
    async def tickets_page(request: Request[Any, Any]) -> HTTPResponse:
        return shown.response(request)

    @bp.get("/api/tickets")
    async def listed(request: Request[Any, Any]) -> HTTPResponse:
        agent = await desk.agent(request, SERVE)
        state, kind, page = _state(request), _kind(request, desk), _page(request)
        found = await work.listed(desk.hall, state, kind, PAGE_SIZE, page * PAGE_SIZE)
        shown = {"agent": agent.name, "state": state, "kind": kind, "page": page, "page_size": PAGE_SIZE}
        known = {"kinds": list(desk.hall.policy.tickets.kinds), "counts": await work.counts(desk.hall)}
        return answer(shown | known | {"tickets": [_item(desk, one) for one in found]})

    @bp.get("/api/tickets/<ticket_no:str>")
    async def one(request: Request[Any, Any], ticket_no: str) -> HTTPResponse:
        agent = await desk.agent(request, SERVE)
        try:
            ticket = await work.found(desk.hall, ticket_no)
            await desk.looks(request, agent, READ_TICKET, ticket.ticket_no)
            return answer(await _detail(desk, ticket))
        except NotFound:
            raise Refused(404, "no_ticket", "there is no such ticket") from None

    @bp.post("/api/tickets/<ticket_no:str>/<act:str>")
    async def act(request: Request[Any, Any], ticket_no: str, act: str) -> HTTPResponse:
        agent, body = await desk.agent(request, SERVE), json_object(request.body)
        if act not in work.ACTS:
            raise Refused(404, "no_route", f"acts are {', '.join(work.ACTS)}")
        text = readable(field(body, "text", MAX_TEXT_LENGTH)).strip() if act in work.WORDED else ""
        if act in work.WORDED and not text:
            raise Refused(400, "bad_field", "text must have 1 to 500 characters")
        done = work.Work(agent.name, field(body, "id", MAX_KEY_LENGTH), _version(body), mask(text))
        try:
            return answer(await _detail(desk, await work.work(desk.hall, ticket_no, act, done)))
        except NotFound:
            raise Refused(404, "no_ticket", "there is no such ticket") from None
        except NotNow as error:
            raise Refused(409, "not_now", str(error)) from None
        except Conflict:
            raise Refused(409, "changed", "it has changed meanwhile: look again") from None


def _item(desk: Desk, ticket: Ticket) -> dict[str, Any]:
    late = ticket.unsettled and ticket.due_at < desk.hall.clock.now()
    steps = desk.hall.policy.tickets.steps
    return {name: getattr(ticket, name) for name in SHOWN} | {
        "who": mask_msisdn(ticket.msisdn) if ticket.msisdn else None,
        "channel": ticket.conversation.partition(":")[0],
        "late": late,
        "with_whom": steps[ticket.escalated - 1].to if ticket.escalated else "",
        "may_escalate": ticket.unsettled and ticket.escalated < len(steps),
        "opened_at": ticket.opened_at.isoformat(),
        "due_at": ticket.due_at.isoformat(),
    }


async def _detail(desk: Desk, ticket: Ticket) -> dict[str, Any]:
    history = await tickets.history(desk.hall.store, ticket)
    lines = [{"act": one.act, "actor": one.actor, "text": one.text, "at": one.at.isoformat()} for one in history]
    facts = [{"name": one.name, "value": one.value} for one in ticket.facts]
    sent = [files.shown(one) for one in await hall_files.of_ticket(desk.hall, ticket.ticket_no)]
    return _item(desk, ticket) | {"facts": facts, "history": lines, "files": sent}


def _state(request: Request[Any, Any]) -> str:
    state = str(request.args.get("state", "open"))
    if state not in (*work.STATES, work.LATE):
        raise Refused(400, "bad_field", "state must be open, late, done or over")
    return state


def _kind(request: Request[Any, Any], desk: Desk) -> str:
    kind = str(request.args.get("kind", ""))
    if kind and kind not in desk.hall.policy.tickets.kinds:
        raise Refused(400, "bad_field", "kind must be one of the policy's")
    return kind


def _page(request: Request[Any, Any]) -> int:
    page = str(request.args.get("page", "0"))
    if not (page.isascii() and page.isdecimal() and len(page) <= 6):
        raise Refused(400, "bad_field", "page must be a number from 0 on")
    return int(page)


def _version(body: dict[str, Any]) -> int:
    version = body.get("version")
    if not isinstance(version, int) or isinstance(version, bool):
        raise Refused(400, "bad_field", "version must be the number that was read with the ticket")
    return version
