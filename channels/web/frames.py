"""The widget's frames (docs/contracts/widget.md): checks what a browser sends, builds what it is sent."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeGuard

from channels.web.vouched import User
from hall.text import readable

if TYPE_CHECKING:
    from bot.conversations.service import LogLine
    from hall.handoff import Status

VERSION = 1
MAX_TEXT, MAX_PAYLOAD = 4000, 2000
_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class BadFrame(ValueError):
    """A frame that is refused. `code` is one of bad_frame, bad_version, too_long, empty; `cid` its message."""

    def __init__(self, code: str, cid: str | None = None) -> None:
        super().__init__(code)
        self.code, self.cid = code, cid


@dataclass(frozen=True, slots=True)
class Hello:
    """The first frame: the token of an earlier visit, the last message seen, and for whom the page vouches, if any."""

    token: str | None
    last: int
    user: User | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A message, or a pressed button: then `payload` is the button's and `text` its title."""

    cid: str
    text: str
    payload: str | None


@dataclass(frozen=True, slots=True)
class Ping:
    """The browser checks the connection."""


def is_client_id(text: object) -> TypeGuard[str]:
    """Whether it can be a page's own id of what it sends."""
    return isinstance(text, str) and _CLIENT_ID.fullmatch(text) is not None


def read(raw: str | bytes) -> Hello | Message | Ping:
    """Decode and check one frame; raises BadFrame."""
    try:
        data = json.loads(raw) if isinstance(raw, str) else None
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise BadFrame("bad_frame")
    kind = data.get("type")
    if kind == "msg":
        return _message(data)
    if kind == "hello":
        return _hello(data)
    if kind == "ping":
        return Ping()
    raise BadFrame("bad_frame")


def _hello(data: dict[str, Any]) -> Hello:
    if data.get("v") != VERSION:
        raise BadFrame("bad_version")
    token, last = data.get("token"), data.get("last", 0)
    if not isinstance(last, int) or isinstance(last, bool) or not 0 <= last < 2**31:
        raise BadFrame("bad_frame")
    return Hello(token if isinstance(token, str) else None, last, User.of(data.get("user")))


def _message(data: dict[str, Any]) -> Message:
    cid, text, payload = data.get("cid"), data.get("text"), data.get("payload")
    if not is_client_id(cid):
        raise BadFrame("bad_frame")
    if not isinstance(text, str) or not (payload is None or isinstance(payload, str)):
        raise BadFrame("bad_frame", cid)
    if len(text) > MAX_TEXT or len(payload or "") > MAX_PAYLOAD:
        raise BadFrame("too_long", cid)
    text, payload = readable(text), payload and readable(payload)
    if not text.strip() and not payload:
        raise BadFrame("empty", cid)
    return Message(cid, text, payload)


def welcome(
    token: str, lines: list[LogLine], status: Status, now: datetime, *, vouched: bool = False
) -> dict[str, Any]:
    """The answer to hello: everything after the last message that the browser has seen, and the hall's time.

    `vouched`: the page's word for its user was taken.
    """
    return {
        "type": "welcome",
        "v": VERSION,
        "token": token,
        "messages": [_body(line) for line in lines],
        "vouched": vouched,
        "now": now.isoformat(),
        **_status(status),
    }


def line(one: LogLine) -> dict[str, Any]:
    """A message of the log."""
    return {"type": "msg", **_body(one)}


def owner(status: Status) -> dict[str, Any]:
    """Who answers now: the bot or a person, and the place in the queue."""
    return {"type": "owner", **_status(status)}


def order(order_no: str, state: str) -> dict[str, Any]:
    """How an order of this conversation stands, in the word by which customers are told."""
    return {"type": "order", "order_no": order_no, "state": state}


def error(code: str, cid: str | None = None, *, again: bool = False) -> dict[str, Any]:
    """Why something was refused; `again`: the same message may be sent again in a while."""
    return {"type": "error", "code": code, "cid": cid, "again": again}


def _status(status: Status) -> dict[str, Any]:
    who = {"owner": status.owner, "state": status.state, "position": status.position, "agent": status.agent}
    return who | {"read": status.read}


def _body(one: LogLine) -> dict[str, Any]:
    body: dict[str, Any] = {"seq": one.seq, "author": one.author, "text": one.text, "at": one.at.isoformat()}
    if one.buttons:
        body["buttons"] = list(one.buttons)
    if one.image:
        body["image"] = one.image
    if one.card:
        body["card"] = one.card
    if one.client_id and one.author == "customer":
        body["cid"] = one.client_id
    return body
