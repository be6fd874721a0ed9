"""The desk's routes for files: those of customers, for who may read what was said, as a download and nothing else; and
those that agents send, which are checked alike and of which the customer gets a link that ends.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from urllib.parse import quote, unquote

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import raw

from channels.desk import view
from channels.desk.desk import Desk
from channels.http import Refused, read_body
from channels.web import frames
from hall import documents, file_check, files, handoff, security_log
from hall.access_log import READ_FILE
from hall.agent_roles import SERVE
from hall.agents import Agent
from hall.documents import Wanted
from hall.errors import NotFound
from hall.file_check import MOST_BYTES, BadFile
from hall.files import File, Sent, TooMany
from hall.handoff import Handoff
from hall.store.unit import Unit
from hall.text import readable

LASTS = timedelta(days=7)  # a link to what an agent sent
LONGEST_NAME = 800  # characters, encoded
STATUS = {"too_large": 413, "bad_type": 415, "bad_content": 415}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def add(bp: Blueprint, desk: Desk) -> None:
    """A hand-off's files, and a ticket's."""

    @bp.get("/api/handoffs/<handoff_id:str>/files/<file_id:str>")
    async def of_handoff(request: Request[Any, Any], handoff_id: str, file_id: str) -> HTTPResponse:
        agent = await desk.agent(request, SERVE)
        found, reason = await desk.found(handoff_id), readable(str(request.args.get("reason", ""))).strip()
        if not view.may_read(found, agent, reason):
            raise Refused(409, "not_yours", "only who has it, or a supervisor who says why, may see files")
        await desk.looks(request, agent, READ_FILE, f"{found.id}:{file_id}", reason)
        return await _file(desk, file_id, conversation=found.conversation)

    @bp.post("/api/handoffs/<handoff_id:str>/files", stream=True)
    async def send(request: Request[Any, Any], handoff_id: str) -> HTTPResponse:
        agent = await desk.agent(request, SERVE)
        found, cid = await desk.found(handoff_id), request.headers.get("x-cid", "")
        if not frames.is_client_id(cid):
            raise Refused(400, "bad_field", "X-Cid must be the page's id of the file")
        if request.stream is not None:
            request.stream.request_max_size = MOST_BYTES + 1024  # type: ignore[union-attr]
        content = await read_body(request, MOST_BYTES)
        name = unquote(request.headers.get("x-name", "")[:LONGEST_NAME])
        return await _sent(desk, agent, found, Sent(found.conversation, cid, name, content))

    @bp.get("/api/tickets/<ticket_no:str>/files/<file_id:str>")
    async def of_ticket(request: Request[Any, Any], ticket_no: str, file_id: str) -> HTTPResponse:
        agent = await desk.agent(request, SERVE)
        await desk.looks(request, agent, READ_FILE, f"{ticket_no}:{file_id}")
        return await _file(desk, file_id, ticket_no=ticket_no)


def shown(one: File) -> dict[str, Any]:
    """A file in a list."""
    return {"id": one.id, "name": one.name, "type": one.kind, "size": one.size, "at": one.at.isoformat()}


async def _sent(desk: Desk, agent: Agent, found: Handoff, sent: Sent) -> HTTPResponse:
    """Check it, keep it, and tell the customer where it is; the same again sends nothing."""
    try:
        kind, content = await asyncio.to_thread(file_check.checked, sent.content)
    except BadFile as error:
        security_log.event("file_refused", why=error.code, agent=agent.name)
        raise Refused(STATUS[error.code], error.code, "a picture (JPEG, PNG, WebP) or a plain PDF") from None
    hall, line = desk.hall, await view.proved_line(desk.hall, found)

    async def say(unit: Unit, conversation: str, author: str, _text: str) -> None:
        kept = await files.given(unit, sent, kind, content, hall.clock.now())
        wanted = Wanted("file", line or "", kept.id, conversation, sent.cid)
        facts = {"file": kept.name, "link": documents.link(hall, unit, wanted, LASTS), "days": LASTS.days}
        answers, channel = desk.app.conversations.engine.answers, conversation.partition(":")[0]
        said = answers.render("utter_agent_file", channel, facts)
        card = (said.get("card") or {}) | {"file": kept.card}
        await desk.app.conversations.post(unit, conversation, author, said["text"], card)

    try:
        reply = handoff.AgentReply(agent.name, f"file:{sent.cid}", sent.name)
        return await desk.act(found.id, handoff.reply(hall, found.id, reply, say))
    except TooMany:
        raise Refused(409, "enough", f"a conversation has at most {files.MOST} files") from None


async def _file(desk: Desk, file_id: str, **whose: str) -> HTTPResponse:
    try:
        found, content = await files.content(desk.hall, file_id, **whose)
    except NotFound:
        raise Refused(404, "no_file", "there is no such file") from None
    named = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}"}
    return raw(content, headers=HEADERS | named, content_type=found.kind)
