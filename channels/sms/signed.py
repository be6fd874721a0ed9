"""The open SMS contract for any gateway that can sign: JSON in, JSON out.

`X-Timestamp` is in seconds since 1970 and may be 300 s off; `X-Signature` is `sha256=` and the hex
HMAC-SHA256 of timestamp + "." + body. The answer is 200 `{"messages": ["…"]}`; 202 with none when the turn
takes longer than the limit: the reply is pushed where there is a road (YINGTING_SMS_KANNEL_SENDSMS_URL), and
where there is none it is kept and given to the same message sent again.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import json as json_response

from bot.messages import InboundMessage
from channels.doors import Door, both
from channels.http import Refused, field, json_object, read_body, same_secret
from channels.inbound import line_of
from channels.sms.inline_reply import answer
from hall.clock import moment

if TYPE_CHECKING:
    from bot.app import App

LONGEST_BODY = 16 * 1024  # bytes
WINDOW = 300  # seconds that the sender's clock may be off


def blueprint(app: App) -> Blueprint:
    """POST /sms/signed; no route without YINGTING_SMS_SIGNED_SECRET."""
    routes: Blueprint = Blueprint("signed")
    secrets = both(app.settings.sms_signed_secret or "")
    if not secrets:
        return routes
    door = Door(app, app.settings.sms_signed_secret, "bad_signature")

    @routes.post("/sms/signed", stream=True)
    async def message(request: Request[Any, Any]) -> HTTPResponse:
        door.check_address(request)
        stamp = request.headers.get("x-timestamp", "")
        _in_time(stamp, app.hall.clock.now().timestamp())
        body = await read_body(request, LONGEST_BODY)
        given = request.headers.get("x-signature", "")
        if not any(same_secret(given, signature(secret, stamp, body)) for secret in secrets):
            await door.refuse(request, "the signature is missing or wrong")
        pushes = bool(app.settings.sms_kannel_sendsms_url)
        texts = await answer(app, _decoded(json_object(body)), pushes=pushes)
        return json_response({"messages": texts or []}, status=202 if texts is None else 200, ensure_ascii=False)

    return routes


def signature(secret: str, stamp: str, body: bytes) -> str:
    """What `X-Signature` must be."""
    digest = hmac.new(secret.encode(), stamp.encode("utf-8", "replace") + b"." + body, sha256)
    return f"sha256={digest.hexdigest()}"


def _in_time(stamp: str, now: float) -> None:
    # digits only: float() would take "nan", which is in every window
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12 and abs(now - int(stamp)) <= WINDOW):
        raise Refused(401, "bad_timestamp", f"X-Timestamp is missing or more than {WINDOW} s off")


def _decoded(data: dict[str, Any]) -> InboundMessage:
    line, text = line_of(field(data, "from", 32)), data.get("text")
    if not isinstance(text, str):
        raise Refused(400, "bad_field", "text must be a string")
    if moment(data.get("time")) is None:
        raise Refused(400, "bad_field", "time must be ISO 8601 or seconds since 1970")
    return InboundMessage(
        channel="sms",
        account="signed",
        sender=line,
        msisdn=line,
        message_id=field(data, "id", 100),
        to=field(data, "to", 32),
        text=text,
    )
