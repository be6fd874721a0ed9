"""The desk's routes for people: who one is, who is there, and how the desk stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sanic import Blueprint, HTTPResponse, Request

from channels.desk import view
from channels.desk.desk import Desk, answer
from channels.desk.queue import Pages, Queue
from channels.http import Refused, field, json_object
from hall import agent_presence, desk_figures
from hall.agent_presence import BadPresence, Person
from hall.agent_roles import MONEY, PEOPLE, REVIEW, SERVE, SUPERVISE, may
from hall.agents import Agent
from hall.desk_figures import Figures, OfAgent
from hall.handoff import routing


def add(bp: Blueprint, desk: Desk) -> None:
    """Everything about agents on the desk's blueprint."""

    @bp.get("/api/me")
    async def me(request: Request[Any, Any]) -> HTTPResponse:
        return answer(await _me(desk, await desk.agent(request)))

    reader, pages = Queue(desk.hall), Pages()

    @bp.get("/api/queue")
    async def queue(request: Request[Any, Any]) -> HTTPResponse:
        agent = await desk.agent(request)
        if not may(agent.role, SERVE):
            return answer({"agent": agent.name, "handoffs": [], "alarms": [], "presence": "off"})
        now = await reader.read()
        state = routing.pressure(desk.hall, now.handoffs, now.people)
        mine = next((one.presence for one in now.people if one.name == agent.name), "off")
        shown = {"agent": agent.name, "presence": mine, "alarms": list(state.alarms), "online": state.online}
        shown["now"] = desk.hall.clock.now().isoformat()
        rows = view.shown(desk.hall, now.handoffs, now.known, agent)
        return answer(shown | pages.news(agent.name, str(request.args.get("since", ""))[:16], rows))

    @bp.post("/api/presence")
    async def presence(request: Request[Any, Any]) -> HTTPResponse:
        agent, body = await desk.agent(request, SERVE), json_object(request.body)
        try:
            await agent_presence.set_presence(desk.hall, agent.name, field(body, "presence", 8))
        except BadPresence:
            raise Refused(400, "bad_field", f"presence is one of {', '.join(agent_presence.PRESENCES)}") from None
        return answer({})

    @bp.get("/api/colleagues")
    async def colleagues(request: Request[Any, Any]) -> HTTPResponse:
        agent = await desk.agent(request, SERVE)
        found = await agent_presence.people(desk.hall)
        return answer({"colleagues": [_person(one) for one in found if one.name != agent.name]})

    @bp.get("/api/live")
    async def live(request: Request[Any, Any]) -> HTTPResponse:
        agent = await desk.agent(request, SUPERVISE)
        found = await desk_figures.figures(desk.hall)
        return answer(_figures(found) | {"bad": await view.items(desk.hall, found.bad, agent)})


async def _me(desk: Desk, agent: Agent) -> dict[str, Any]:
    rules, found = desk.hall.policy.desk, await agent_presence.person(desk.hall, agent.name)
    acts = {act: may(agent.role, act) for act in (SERVE, REVIEW, MONEY, SUPERVISE, PEOPLE)}
    return {
        "me": _person(found) if found else {"name": agent.name},
        "role": agent.role,
        "may": acts,
        "hall": desk.hall.brand.name,
        "skills": {name: one.title for name, one in rules.skills.items()},
        "languages": dict(rules.languages),
        "codes": dict(rules.codes),
        "reveals": dict(rules.reveals),
        "labels": dict(rules.labels),
        "replies": [{"title": one.title, "text": one.text, "then": one.then} for one in rules.replies],
        "idle_after": int(rules.serving.idle_after.total_seconds()),
    }


def _person(one: Person) -> dict[str, Any]:
    return {
        "name": one.name,
        "called": one.called,
        "number": one.work_number,
        "skills": list(one.skills),
        "languages": list(one.languages),
        "presence": one.presence,
        "since": _iso(one.presence_at),
        "load": one.load,
        "at_once": one.at_once,
    }


def _figures(found: Figures) -> dict[str, Any]:
    state = found.pressure
    now = {"waiting": state.waiting, "longest": int(state.longest.total_seconds()), "online": state.online}
    day = {name: getattr(found, name) for name in ("serving", "closed", "left", "waited", "first_reply", "ratings")}
    skills = [{name: getattr(one, name) for name in ("skill", "waiting", "longest", "online")} for one in found.skills]
    return now | day | {"alarms": list(state.alarms), "skills": skills, "agents": [_of(one) for one in found.agents]}


def _of(one: OfAgent) -> dict[str, Any]:
    figures = {name: getattr(one, name) for name in ("taken", "closed", "first_reply", "good", "rated")}
    return _person(one.person) | figures


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
