"""What the desk's routes share: who is signed in, hand-offs, and the errors that they answer."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sanic import HTTPResponse, Request
from sanic.response import json as json_response

from channels.address import client_address
from channels.desk import login
from channels.http import Refused, field, json_object
from channels.web.assets import HEADERS
from hall import access_log, agent_accounts, agent_presence, agents, handoff
from hall.access_log import Look
from hall.agent_roles import SERVE, may
from hall.errors import Conflict, NotFound
from hall.text import readable

if TYPE_CHECKING:
    from bot.app import App

MAX_REPLY_LENGTH = 1000  # characters
MAX_KEY_LENGTH = 64  # characters
LOOK_LASTS, MOST_LOOKS = timedelta(minutes=10), 5000  # of the same look; what is remembered of them
_NO_STORE = HEADERS | {"Cache-Control": "no-store"}


class Desk:
    """What the routes do, with the errors that they answer."""

    def __init__(self, app: App) -> None:
        self.app, self.hall = app, app.hall
        self._looks: dict[tuple[str, ...], datetime] = {}  # that were noted lately, and when

    async def agent(self, request: Request[Any, Any], act: str = "") -> agents.Agent:
        """Who is signed in, else 401; 403 where the role may not do `act`, or the first password was not changed."""
        agent = await login.agent_of(request, self.hall)
        if agent is None:
            raise Refused(401, "sign_in", "sign in first")
        if agent.must_change:
            raise Refused(403, "change_password", "change the first password")
        if act and not may(agent.role, act):
            raise Refused(403, "no_role", "the role may not do that")
        return agent

    async def looks(
        self, request: Request[Any, Any], agent: agents.Agent, act: str, subject: str, reason: str = ""
    ) -> None:
        """Note that an agent looks at a customer's data, before it is shown; a page that renews itself looks once."""
        now, seen = self.hall.clock.now(), (agent.name, act, subject, reason)
        if (before := self._looks.get(seen)) is not None and now - before < LOOK_LASTS:
            return
        if len(self._looks) > MOST_LOOKS:
            self._looks.clear()
        await access_log.noted(self.hall, Look(agent.name, act, subject, client_address(request), reason))
        self._looks[seen] = now

    async def found(self, handoff_id: str) -> handoff.Handoff:
        """The hand-off, else 404."""
        try:
            return await handoff.get(self.hall, handoff_id)
        except NotFound:
            raise Refused(404, "no_handoff", "there is no such hand-off") from None

    async def sign_in(self, request: Request[Any, Any]) -> HTTPResponse:
        body = json_object(request.body)
        name, password = field(body, "name", 64), field(body, "password", 200)
        code = field(body, "code", 12) if body.get("code") else ""
        try:
            agent = await agents.sign_in(self.hall, name, password, client_address(request), code)
        except agents.CodeNeeded:
            raise Refused(401, "code_needed", "the code of the second factor is missing") from None
        except agents.SignInRefused:
            raise Refused(401, "wrong", "wrong name or password") from None
        except agents.SignInLocked:
            wait = int(agents.WINDOW.total_seconds())
            raise Refused(429, "locked", "too many tries", retry_after=wait) from None
        response = answer({"agent": agent.name, "must_change": agent.must_change})
        await login.start(request, agent, response, self.hall)
        await self._arrive(agent)
        return response

    async def _arrive(self, agent: agents.Agent) -> None:
        """Whoever signs in to serve customers is there."""
        if may(agent.role, SERVE) and not agent.must_change:
            await agent_presence.set_presence(self.hall, agent.name, agent_presence.ONLINE)

    async def change_password(self, request: Request[Any, Any]) -> HTTPResponse:
        """Change one's own password; this session goes on, others end."""
        agent, body = await login.agent_of(request, self.hall), json_object(request.body)
        if agent is None:
            raise Refused(401, "sign_in", "sign in first")
        old, new = field(body, "old", 200), field(body, "new", 200)
        try:
            await agent_accounts.change_password(self.hall, agent.name, old, new)
        except agent_accounts.BadAccount as error:
            raise Refused(400, "bad_password", str(error)) from None
        changed = await agents.find(self.hall, agent.name)
        response = answer({"agent": agent.name})
        if changed is not None:
            await login.start(request, changed, response, self.hall)
            await self._arrive(changed)
        return response

    async def act(self, handoff_id: str, work: Awaitable[handoff.Handoff]) -> HTTPResponse:
        """The hand-off after `work`; 404 when there is none, 409 when it is somebody else's."""
        try:
            found = await work
        except NotFound:
            raise Refused(404, "no_handoff", f"there is no hand-off {handoff_id}") from None
        except handoff.NotYours:
            raise Refused(409, "not_yours", "somebody else has it, or it is not open") from None
        except Conflict:
            raise Refused(409, "busy", "it is changing right now: try again") from None
        return answer({"id": found.id, "state": found.state, "agent": found.agent})


def answer_text(body: dict[str, Any]) -> str:
    """The text of an answer, which must have some; raises Refused."""
    text = body.get("text")
    if not isinstance(text, str) or not text.strip() or len(text) > MAX_REPLY_LENGTH:
        raise Refused(400, "bad_field", f"text must have 1 to {MAX_REPLY_LENGTH} characters")
    return readable(text).strip()


def answer(body: dict[str, Any]) -> HTTPResponse:
    """JSON that nobody keeps."""
    return json_response(body, headers=dict(_NO_STORE), ensure_ascii=False)
