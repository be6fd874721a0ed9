"""`/helpdesk/<name>`: what another help desk reports, signed. Answered in less than the five seconds that it waits.

Each report is done before it is answered: one that cannot be done is refused, and its agent sees that it was not sent.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import json as json_response

from channels.doors import Guessing, wait_of_wrong
from channels.http import Refused, read_body
from hall.errors import Conflict, StoreUnavailable
from hall.helpdesk import reports
from hall.helpdesk.port import BadReport

if TYPE_CHECKING:
    from bot.app import App

LONGEST_BODY = 256 * 1024  # bytes
WITHIN = 4.0  # seconds


def blueprint(app: App) -> Blueprint:
    """The route of the desk that is set; none where people answer at ours only."""
    routes: Blueprint = Blueprint("helpdesk")
    if not app.hall.helpdesk.elsewhere:
        return routes
    guessing = Guessing()

    @routes.post(f"/helpdesk/{app.hall.helpdesk.name}", stream=True)
    async def report(request: Request[Any, Any]) -> HTTPResponse:
        body = await read_body(request, LONGEST_BODY)
        try:
            found = app.hall.helpdesk.heard(request.headers, body, app.hall.clock.now())
        except BadReport as error:
            await wait_of_wrong(guessing, request)
            raise Refused(401, "bad_signature", str(error)) from None
        if found is None:
            return json_response({"done": False})
        try:
            async with asyncio.timeout(WITHIN):
                done = await reports.done(app.hall, found, app.conversations.post)
        except (TimeoutError, StoreUnavailable, Conflict):
            raise Refused(503, "unavailable", "it could not be done now; nothing was sent", retry_after=5) from None
        if not done and found.what == "said":
            raise Refused(409, "not_yours", "the customer is not there any more: it was not sent")
        return json_response({"done": done})

    return routes
