"""What Chatwoot publishes of the calls that the hall makes, as JSON Schema in our own words; and who does not keep it.

Read from its OpenAPI description (chatwoot/chatwoot, swagger/tag_groups/client_swagger.json of commit 019a596a3e9a and
swagger/paths/application/conversation, API 1.1.0, MIT License). It forbids no further fields; here one that is not
described is a fault, but for those in UNDESCRIBED.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import httpx
from jsonschema import Draft202012Validator

Schema = dict[str, Any]
TEXT, NUMBER, FLAG, THING = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}, {"type": "object"}
UNDESCRIBED = {
    "source_id"
}  # of a contact: taken all the same (app/controllers/public/api/v1/inboxes/contacts_controller.rb)


def _body(*needed: str, **fields: Schema) -> Schema:
    return {"type": "object", "properties": fields, "required": list(needed), "additionalProperties": False}


def _answer(**fields: Schema) -> Schema:
    return {"type": "object", "properties": fields}


CONTACT = _answer(id=NUMBER, source_id=TEXT, name=TEXT, email={"type": ["string", "null"]}, pubsub_token=TEXT)
CONVERSATION = _answer(id=NUMBER, inbox_id={}, messages={"type": "array"}, contact=THING)
MESSAGE = _answer(id={}, content=TEXT, message_type={}, conversation_id={}, attachments={"type": "array"}, sender=THING)
NAMED: dict[str, Schema] = {
    "identifier": TEXT,
    "identifier_hash": TEXT,
    "email": TEXT,
    "name": TEXT,
    "phone_number": TEXT,
}
SAID: dict[str, Schema] = {
    "content": TEXT,
    "message_type": {"enum": ["outgoing", "incoming"]},
    "private": FLAG,
    "content_type": {"enum": ["text", "input_email", "cards", "input_select", "form", "article"]},
    "content_attributes": THING,
    "campaign_id": NUMBER,
    "template_params": THING,
}
STATUS: dict[str, Schema] = {
    "status": {"enum": ["open", "resolved", "pending", "snoozed"]},
    "snoozed_until": NUMBER,
}
TOGGLED = _answer(meta=THING, payload=_answer(success=FLAG, current_status=STATUS["status"], conversation_id=NUMBER))


@dataclass(frozen=True, slots=True)
class Call:
    """One of them: its path, whether it needs the bot's key, its body (None: none) and its answer."""

    method: str
    path: re.Pattern[str]
    keyed: bool
    body: Schema | None
    answer: Schema


_INBOX, _TALK = r"/public/api/v1/inboxes/[^/]+", r"/api/v1/accounts/\d+/conversations/\d+"
_THEIRS = rf"{_INBOX}/contacts/[^/]+/conversations"
_ATTRIBUTES = {"custom_attributes": THING}
CALLS = (
    Call("GET", re.compile(_INBOX), keyed=False, body=None, answer=_answer(identifier=TEXT, name=TEXT)),
    Call(
        "POST", re.compile(f"{_INBOX}/contacts"), False, _body(**NAMED, avatar=TEXT, custom_attributes=THING), CONTACT
    ),
    Call(
        "GET",
        re.compile(_THEIRS),
        False,
        None,
        {"type": "array", "items": CONVERSATION},
    ),
    Call(
        "POST",
        re.compile(_THEIRS),
        False,
        _body(custom_attributes=THING),
        CONVERSATION,
    ),
    Call(
        "POST",
        re.compile(rf"{_THEIRS}/\d+/messages"),
        keyed=False,
        body=_body(content=TEXT, echo_id=TEXT),
        answer=MESSAGE,
    ),
    Call("GET", re.compile(f"{_TALK}/messages"), True, None, _answer(meta=THING, payload={"type": "array"})),
    Call("POST", re.compile(f"{_TALK}/messages"), True, _body("content", **SAID), MESSAGE),
    Call("POST", re.compile(f"{_TALK}/toggle_status"), True, _body("status", **STATUS), TOGGLED),
)


class Broken(AssertionError):
    """A call, or an answer of the tests' own Chatwoot, that the description does not have."""


def call_of(request: httpx.Request) -> Call:
    """The described call that a request makes; raises Broken for one that is none, or has something else in it."""
    method, path = request.method, request.url.path
    found = next((one for one in CALLS if one.method == method and one.path.fullmatch(path)), None)
    if found is None:
        raise Broken(f"{method} {path} is not described")
    if found.keyed != ("api_access_token" in request.headers):
        raise Broken(f"{method} {path}: the bot's key {'is missing' if found.keyed else 'has no place here'}")
    body = json.loads(request.content) if request.content else None
    if found.body is None:
        if body is not None:
            raise Broken(f"{method} {path} has no body")
        return found
    if request.headers.get("content-type") != "application/json":
        raise Broken(f"{method} {path}: the body must be application/json")
    given = {name: value for name, value in (body or {}).items() if name not in UNDESCRIBED}
    _keep(found.body, given, f"{method} {path}")
    return found


def keep_answer(call: Call, answer: Any) -> None:
    """Raise Broken where an answer is not of the described form."""
    _keep(call.answer, answer, f"the answer of {call.method} {call.path.pattern}")


def _keep(schema: Schema, value: Any, where: str) -> None:
    if faults := [fault.message for fault in Draft202012Validator(schema).iter_errors(value)]:
        raise Broken(f"{where}: {'; '.join(faults)}")
