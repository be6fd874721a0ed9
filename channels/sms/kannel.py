"""Kannel, the reference gateway: messages come in by its post-url, the answer goes out in the response.

Kannel calls again with the same id when an answer is not 200 or late. A turn that is not ready within the
limit is answered empty and pushed through sendsms; where no sendsms is set, Kannel is asked to come again.
"""

from __future__ import annotations

import codecs
import re
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import text as text_response

from bot.messages import InboundMessage
from channels.doors import Door, key_of
from channels.http import Refused, count_refused, read_body
from channels.inbound import line_of
from channels.sms import push
from channels.sms.inline_reply import answer
from hall import msisdn
from hall.clock import moment
from hall.errors import Conflict, NotFound
from hall.store.outbox import Report
from hall.text import is_name

if TYPE_CHECKING:
    from bot.app import App

LONGEST_BODY = 4096  # bytes of UTF-8; eight parts have 536 characters
TEXT = "text/plain; charset=UTF-8"
UCS2 = {"X-Kannel-Coding": "2"}  # else the handset shows question marks
ANSWERS = {"too_large": "utter_sms_too_long", "bad_charset": "utter_sms_unreadable"}  # by the reason of a refusal
CHARSETS = {  # as gateways name them, in small letters and digits
    **dict.fromkeys(("utf8", "usascii", "ascii"), "utf-8"),
    **dict.fromkeys(("utf16be", "utf16", "ucs2", "iso10646ucs2", "ucs2be"), "utf-16-be"),
    **dict.fromkeys(("utf16le", "ucs2le"), "utf-16-le"),
    **dict.fromkeys(("gb18030", "gbk", "gb2312", "cp936", "euccn"), "gb18030"),
    **dict.fromkeys(("big5", "big5hkscs", "cp950"), "big5hkscs"),
    **dict.fromkeys(("iso88591", "latin1", "windows1252", "cp1252"), "cp1252"),
}
BYTE_ORDERS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
OLDEST, CLOCKS_DIFFER = timedelta(hours=24), timedelta(minutes=10)  # of what a gateway brings late, or early
REPORTS = [str(report.value) for report in Report]


def blueprint(app: App) -> Blueprint:
    """POST /sms/kannel and GET /sms/kannel/dlr; no routes without YINGTING_SMS_KANNEL_KEY."""
    routes: Blueprint = Blueprint("kannel")
    if not app.settings.sms_kannel_key:
        return routes
    door = Door(app, app.settings.sms_kannel_key, "bad_key")

    @routes.post("/sms/kannel", stream=True)
    async def message(request: Request[Any, Any]) -> HTTPResponse:
        given = await _verified(request, door)
        try:
            _check_age(app, given.get("ts", ""))
            inbound = _decoded(given, await _text(request, given))
        except Refused as refused:
            return _final(app, given, refused)
        pushes = bool(app.settings.sms_kannel_sendsms_url)
        texts = await answer(app, inbound, pushes=pushes, most=1)
        if texts is None and not pushes:
            raise Refused(503, "not_ready", "the answer is not ready: come again with the same id", retry_after=2)
        return text_response(texts[0] if texts else "", content_type=TEXT, headers=UCS2)

    @routes.get("/sms/kannel/dlr")
    async def report(request: Request[Any, Any]) -> HTTPResponse:
        given = await _verified(request, door)
        name, said = given.get("id", ""), given.get("d", "")
        if said not in REPORTS:
            raise Refused(400, "bad_field", f"d must be one of {', '.join(REPORTS)}")
        try:
            await push.report(app, name, int(said))
        except Conflict:
            raise Refused(503, "busy", "other reports of this text are being stored", retry_after=1) from None
        except ValueError:
            raise Refused(400, "bad_field", "id names no text") from None
        except NotFound:
            raise Refused(404, "unknown", "id names a text that was not sent") from None
        return text_response("")

    return routes


async def _text(request: Request[Any, Any], given: dict[str, str]) -> str:
    """The body in the character set that the address (`charset=%C`) or else the header declares, else UTF-8."""
    header = (request.headers.get("content-type") or "").lower().partition("charset=")[2].partition(";")[0]
    declared = re.sub(r"[^a-z0-9]", "", given.get("charset", "").lower() or header)
    codec = CHARSETS.get(declared, "utf-8")
    body = await read_body(request, LONGEST_BODY)
    if codec.startswith("utf-16") and body[:2] in BYTE_ORDERS:
        codec = "utf-16"  # which the mark at the beginning tells
    try:
        return body.decode(codec)
    except UnicodeDecodeError:
        raise Refused(400, "bad_charset", f"the body is not {codec}") from None


def _final(app: App, given: dict[str, str], refused: Refused) -> HTTPResponse:
    """What will never be taken is answered as taken: at any other status Kannel brings it again for an hour.

    Who can be answered is told what was wrong with the text.
    """
    if refused.status_code >= 500:
        raise refused
    count_refused(refused.code)
    answer = ANSWERS.get(refused.code)
    said = answer and app.engine.answers.text(answer, "sms") if msisdn.normalise(given.get("from", "")) else None
    return text_response(said or "", content_type=TEXT, headers=UCS2)


async def _verified(request: Request[Any, Any], door: Door) -> dict[str, str]:
    """The address's fields, read once; 401 without the right key, 403 from a foreign address."""
    given = {name: values[0] for name, values in request.get_args(keep_blank_values=True).items()}
    await door.check(request, given.get("key") or key_of(request))
    return given


def _check_age(app: App, sent: str) -> None:
    """Refuse what was sent long ago: whoever read a proxy's log could send it again. Demonstrations have any clock."""
    at = moment(sent) if sent and not app.settings.demonstration else None
    if at is not None and not -CLOCKS_DIFFER <= app.hall.clock.now() - at <= OLDEST:
        raise Refused(400, "stale", "ts is not of today")


def _decoded(given: dict[str, str], text: str) -> InboundMessage:
    for name in ("id", "from", "to"):
        if name not in given or (name != "id" and not given[name]):
            raise Refused(400, "bad_field", f"{name} is missing")
    line, to, sent = line_of(given["from"]), given["to"], given.get("ts", "")
    message_id = given["id"] or sha256(f"{line}\n{to}\n{sent}\n{text}".encode()).hexdigest()
    if len(message_id) > 100 or len(to) > 32 or not is_name(message_id + to):
        raise Refused(400, "bad_field", "id or to is longer than any that Kannel gives")
    return InboundMessage(
        channel="sms",
        account="kannel",
        sender=line,
        msisdn=line,
        message_id=message_id,
        to=to,
        text=text,
    )
