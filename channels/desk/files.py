"""The desk's routes for files that customers sent: for who may read what was said, as a download and nothing else."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import raw

from channels.desk import view
from channels.desk.desk import Desk
from channels.http import Refused
from hall import files
from hall.access_log import READ_FILE
from hall.agent_roles import SERVE
from hall.errors import NotFound
from hall.files import File
from hall.text import readable

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

    @bp.get("/api/tickets/<ticket_no:str>/files/<file_id:str>")
    async def of_ticket(request: Request[Any, Any], ticket_no: str, file_id: str) -> HTTPResponse:
        agent = await desk.agent(request, SERVE)
        await desk.looks(request, agent, READ_FILE, f"{ticket_no}:{file_id}")
        return await _file(desk, file_id, ticket_no=ticket_no)


def shown(one: File) -> dict[str, Any]:
    """A file in a list."""
    return {"id": one.id, "name": one.name, "type": one.kind, "size": one.size, "at": one.at.isoformat()}


async def _file(desk: Desk, file_id: str, **whose: str) -> HTTPResponse:
    try:
        found, content = await files.content(desk.hall, file_id, **whose)
    except NotFound:
        raise Refused(404, "no_file", "there is no such file") from None
    named = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}"}
    return raw(content, headers=HEADERS | named, content_type=found.kind)
