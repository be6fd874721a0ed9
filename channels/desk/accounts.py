"""The pages of accounts: everybody's, for who manages them, and one's own with its sessions.

An account is named in the body, never in the address: names may be of any script.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from sanic import Blueprint, HTTPResponse, Request

from channels.desk import login
from channels.desk.desk import Desk, answer
from channels.http import Refused, field, json_object
from channels.web.assets import Asset
from hall import agent_accounts, agent_sessions
from hall.agent_accounts import Account, BadAccount
from hall.agent_roles import PEOPLE, ROLES, SUPERVISE, may
from hall.agent_sessions import Session
from hall.agents import Agent
from hall.errors import NotFound

STATIC = Path(__file__).parent / "static"
MOST_LISTED = 12  # skills or languages of one account
Body = Mapping[str, Any]


def add(bp: Blueprint, desk: Desk) -> None:
    """The pages and their API, on the desk's blueprint."""
    for name in ("people", "account"):
        _add_page(bp, name, Asset.page(STATIC / f"{name}.html", desk.hall.brand))
    _add_people(bp, desk)
    _add_sessions(bp, desk)


def _add_page(bp: Blueprint, name: str, shown: Asset) -> None:
    @bp.get(f"/{name}", name=f"{name}_page")
    async def page(request: Request[Any, Any]) -> HTTPResponse:
        return shown.response(request)


def _add_people(bp: Blueprint, desk: Desk) -> None:
    acts: dict[str, Callable[[Desk, str, Body], Awaitable[dict[str, Any]]]] = {
        "add": _add, "role": _role, "password": _password, "disable": _disable, "enable": _enable, "profile": _profile,
    }  # fmt: skip

    @bp.get("/api/people")
    async def people(request: Request[Any, Any]) -> HTTPResponse:
        agent = await _manager(desk, request)
        found = [_account(desk, one) for one in await agent_accounts.listed(desk.hall)]
        rules = desk.hall.policy.desk
        titles = {name: one.title for name, one in rules.skills.items()}
        told = {"agent": agent.name, "may_manage": may(agent.role, PEOPLE), "roles": list(ROLES), "skills": titles}
        return answer(told | {"languages": dict(rules.languages), "at_once": rules.serving.at_once, "people": found})

    async def change(request: Request[Any, Any], act: str) -> HTTPResponse:
        agent, body = await _manager(desk, request), json_object(request.body)
        name = field(body, "name", 64)
        _check_may(agent, act, name)
        try:
            return answer({"name": name} | await acts[act](desk, name, body))
        except BadAccount as error:
            raise Refused(400, "bad_account", str(error)) from None
        except NotFound:
            raise Refused(404, "no_account", "there is no such account") from None

    for act in acts:
        bp.add_route(partial(change, act=act), f"/api/people/{act}", methods=["POST"], name=f"people_{act}")


async def _manager(desk: Desk, request: Request[Any, Any]) -> Agent:
    """Who manages accounts, or supervises and so may change what somebody serves."""
    agent = await desk.agent(request)
    if not may(agent.role, PEOPLE) and not may(agent.role, SUPERVISE):
        raise Refused(403, "no_role", "the role may not do that")
    return agent


def _check_may(agent: Agent, act: str, name: str) -> None:
    if act != "profile" and not may(agent.role, PEOPLE):
        raise Refused(403, "no_role", "the role may not do that")
    if act not in ("profile", "add") and name == agent.name:
        raise Refused(409, "yourself", "nobody takes his own account away")
    if act in ("role", "password") and name.startswith(agent_accounts.BY_PROVIDER):
        raise Refused(409, "by_provider", "the identity provider says that")


async def _add(desk: Desk, name: str, body: Body) -> dict[str, Any]:
    hall, values = desk.hall, _values(body)
    made = Account(name, field(body, "role", 16), "", (), True, None, hall.clock.now())
    agent_accounts.check_profile(hall, values)
    password = await agent_accounts.add(hall, made)
    await agent_accounts.set_profile(hall, name, values)
    return {"password": password}


async def _profile(desk: Desk, name: str, body: Body) -> dict[str, Any]:
    await agent_accounts.set_profile(desk.hall, name, _values(body))
    return {}


async def _role(desk: Desk, name: str, body: Body) -> dict[str, Any]:
    await agent_accounts.set_role(desk.hall, name, field(body, "role", 16))
    return {}


async def _password(desk: Desk, name: str, _body: Body) -> dict[str, Any]:
    return {"password": await agent_accounts.reset_password(desk.hall, name)}


async def _disable(desk: Desk, name: str, _body: Body) -> dict[str, Any]:
    await agent_accounts.set_disabled(desk.hall, name, disabled=True)
    return {}


async def _enable(desk: Desk, name: str, _body: Body) -> dict[str, Any]:
    await agent_accounts.set_disabled(desk.hall, name, disabled=False)
    return {}


def _values(body: Body) -> dict[str, Any]:
    """A profile as the page sends it: all of it."""
    at_once = body.get("at_once")
    if at_once is not None and (not isinstance(at_once, int) or isinstance(at_once, bool)):
        raise Refused(400, "bad_field", "at_once must be a number, or null for the policy's")
    texts = {to: field(body, name, 32) if body.get(name) else "" for name, to in _TEXTS.items()}
    return texts | {name: _words(body, name) for name in ("skills", "languages")} | {"at_once": at_once}


_TEXTS = {"called": "display_name", "number": "work_number"}


def _words(body: Body, name: str) -> list[str]:
    words = body.get(name)
    if not isinstance(words, list) or len(words) > MOST_LISTED or not all(isinstance(one, str) for one in words):
        raise Refused(400, "bad_field", f"{name} must be a list of at most {MOST_LISTED} names")
    return list(dict.fromkeys(words))


def _account(desk: Desk, one: Account) -> dict[str, Any]:
    state = "disabled" if one.disabled_at else "new" if one.must_change else "active"
    named = {"name": one.name, "called": one.display_name, "number": one.work_number, "role": one.role}
    knows = {"skills": list(one.skills), "languages": list(one.languages), "at_once": one.at_once}
    return named | knows | {"state": state, "second_factor": one.second_factor, "by_provider": one.by_provider}


def _add_sessions(bp: Blueprint, desk: Desk) -> None:
    @bp.get("/api/sessions")
    async def sessions(request: Request[Any, Any]) -> HTTPResponse:
        agent = await desk.agent(request)
        found = await agent_sessions.going_on(desk.hall, agent.name, login.token(request))
        provider = agent.name.startswith(agent_accounts.BY_PROVIDER)
        return answer({"agent": agent.name, "by_provider": provider, "sessions": [_session(one) for one in found]})

    @bp.post("/api/sessions/end")
    async def end(request: Request[Any, Any]) -> HTTPResponse:
        """The one of `key`, else all but this one."""
        agent, body = await desk.agent(request), json_object(request.body)
        key = field(body, "key", 64) if body.get("key") else ""
        await agent_sessions.revoke(desk.hall, agent.name, key=key, but=login.token(request))
        return answer({})


def _session(one: Session) -> dict[str, Any]:
    times = {"began_at": one.began_at.isoformat(), "seen_at": one.seen_at.isoformat()}
    return {"key": one.key, "address": one.address, "here": one.here} | times
