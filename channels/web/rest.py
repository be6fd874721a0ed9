"""Rasa's REST shape, for programs that hold the REST token.

POST /webhooks/rest/webhook {"sender", "message", "metadata"?: {"msisdn", "message_id"}} with
`Authorization: Bearer` → [{"recipient_id", "text", "buttons"?, "image"?, "custom"?}, …] in order. The caller is
trusted: `metadata.msisdn` counts as a verified line. A turn that is not ready in time is 504; its reply is kept and
given to the same `message_id` sent again. Off without YINGTING_REST_TOKEN; the demonstration has a token of its own,
and there, and only there, a one-time code that the conversation waits for is in the last reply's `custom.demo_code`.
"""

from __future__ import annotations

from secrets import token_hex
from typing import TYPE_CHECKING, Any

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import json as json_response

from bot.messages import InboundMessage
from channels.doors import Door, key_of
from channels.http import Refused, field, json_object, read_body
from channels.inbound import answer
from hall import identity, msisdn
from hall.store.prepared import dump_json

if TYPE_CHECKING:
    from bot.app import App

LONGEST_BODY = 64 * 1024  # bytes
LONGEST_MESSAGE = 8000  # characters
WITHIN = 30.0  # seconds


def blueprint(app: App) -> Blueprint:
    """The webhook; no route without a token."""
    routes: Blueprint = Blueprint("rest")
    if not app.settings.rest_token:
        return routes
    door = Door(app, app.settings.rest_token, "bad_token")

    @routes.post("/webhooks/rest/webhook", stream=True)
    async def webhook(request: Request[Any, Any]) -> HTTPResponse:
        await door.check(request, key_of(request))
        inbound = _decoded(json_object(await read_body(request, LONGEST_BODY)))
        response = await answer(app, inbound, WITHIN)
        if response.state == "late":
            raise Refused(504, "not_ready", "no answer in time: send it again with the same metadata.message_id")
        shapes = [{"recipient_id": inbound.sender, **reply.as_dict()} for reply in response.replies]
        if shapes and app.hall.demonstration and (code := identity.DEMO_CODES.get(inbound.conversation)):
            shapes[-1]["custom"] = {"demo_code": code}
        return json_response(shapes, dumps=dump_json)

    return routes


def _decoded(data: dict[str, Any]) -> InboundMessage:
    text, metadata = data.get("message"), data.get("metadata") or {}
    if not isinstance(text, str) or not isinstance(metadata, dict):
        raise Refused(400, "bad_field", "message must be a string and metadata an object")
    if len(text) > LONGEST_MESSAGE:
        raise Refused(413, "too_large", f"a message may have {LONGEST_MESSAGE} characters")
    message_id = field(metadata, "message_id", 100) if "message_id" in metadata else token_hex(16)
    return InboundMessage(
        channel="rest",
        account="rest",
        sender=field(data, "sender", 96),
        message_id=message_id,
        text=text,
        msisdn=_line(metadata.get("msisdn")),
    )


def _line(given: object) -> str | None:
    """The line that the caller vouches for, if any; 400 when it is no mobile number."""
    if given is None:
        return None
    line = msisdn.normalise(given) if isinstance(given, str) else None
    if line is None:
        raise Refused(400, "bad_field", "metadata.msisdn must be an 11-digit mobile number")
    return line
