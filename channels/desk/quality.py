"""The supervisors' page of how customers were served: checks, follow-ups of the dissatisfied, reports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sanic import Blueprint, HTTPResponse, Request

from channels.desk import view
from channels.desk.desk import Desk, answer
from channels.http import Refused, field, json_object
from channels.web.assets import Asset
from hall import agent_presence, desk_quality
from hall.agent_roles import SUPERVISE
from hall.agents import Agent
from hall.desk_quality import BadVerdict, Remark, Served
from hall.handoff import notes

DAYS = ("7", "30")
MOST = 100  # conversations on the page


def add(bp: Blueprint, desk: Desk) -> None:
    """The page and its API, on the desk's blueprint."""
    shown = Asset.page(Path(__file__).parent / "static" / "quality.html", desk.hall.brand)

    @bp.get("/quality")
    async def quality_page(request: Request[Any, Any]) -> HTTPResponse:
        return shown.response(request)

    @bp.get("/api/quality")
    async def quality(request: Request[Any, Any]) -> HTTPResponse:
        agent, days = await desk.agent(request, SUPERVISE), str(request.args.get("days", DAYS[0]))
        if days not in DAYS:
            raise Refused(400, "bad_field", f"days is one of {', '.join(DAYS)}")
        found = await desk_quality.served(desk.hall, int(days))
        lists = {name: [one for one in found if wanted(one)][:MOST] for name, wanted in _LISTS.items()}
        told = {name: await _items(desk, some, agent) for name, some in lists.items()}
        people = {one.name: one.called for one in await agent_presence.people(desk.hall)}
        agents = desk_quality.report(found, lambda item: people.get(item.agent or "", item.agent or ""))
        skills = desk_quality.report(found, lambda item: item.skill)
        reports = {"agents": [asdict(one) for one in agents], "skills": [asdict(one) for one in skills]}
        rules = desk.hall.policy.desk
        named = {"skills": {name: one.title for name, one in rules.skills.items()}, "codes": dict(rules.codes)}
        return answer({"agent": agent.name, "days": int(days), "lists": told, "reports": reports, "words": named})

    for act, keep in (("check", desk_quality.check), ("follow_up", desk_quality.follow_up)):
        _add_act(bp, desk, act, keep)


_LISTS: dict[str, Callable[[Served], bool]] = {
    "todo": lambda one: one.check is None and bool(one.picked or one.failed or one.item.rating == "bad"),
    "bad": lambda one: one.item.rating == "bad" and one.follow_up is None,
    "done": lambda one: one.check is not None or one.follow_up is not None,
}


def _add_act(bp: Blueprint, desk: Desk, act: str, keep: Any) -> None:
    @bp.post(f"/api/handoffs/<handoff_id:str>/{act}", name=f"handoff_{act}")
    async def remark(request: Request[Any, Any], handoff_id: str) -> HTTPResponse:
        agent, body = await desk.agent(request, SUPERVISE), json_object(request.body)
        what, text = field(body, "what", 16), body.get("text", "")
        if not isinstance(text, str) or len(text) > notes.MAX_NOTE - 20:
            raise Refused(400, "bad_field", f"text has at most {notes.MAX_NOTE - 20} characters")
        found = await desk.found(handoff_id)
        if act == "check" and found.agent == agent.name:
            raise Refused(409, "yourself", "nobody checks himself")
        try:
            await keep(desk.hall, found, agent.name, what, text.strip())
        except BadVerdict:
            raise Refused(400, "bad_field", "what is none, or the conversation is not over") from None
        return answer({})


async def _items(desk: Desk, found: Sequence[Served], agent: Agent) -> list[dict[str, Any]]:
    shown = await view.items(desk.hall, [one.item for one in found], agent)
    return [item | _judged(one) for item, one in zip(shown, found, strict=True)]


def _judged(one: Served) -> dict[str, Any]:
    remarks = {"check": _remark(one.check), "follow_up": _remark(one.follow_up)}
    return {"failed": list(one.failed), "picked": one.picked} | remarks


def _remark(one: Remark | None) -> dict[str, Any] | None:
    return {"what": one.what, "text": one.text, "by": one.by, "at": one.at.isoformat()} if one else None
