"""The demonstration phone: the SMS side without a gateway. Only in the demonstration.

POST /demo/phone {"msisdn", "text", "id"}: a text from that line. 200 {"messages": ["…"]}, the texts that came
    back; 202 {"messages": []} when the turn takes longer: they appear in the list below.
GET /demo/phone/{msisdn}?after=CURSOR: {"messages": [{"id", "from": "hall" | "me", "text", "parts", "at"}],
    "cursor": "12.3"}: everything on that phone after the cursor, oldest first; without one, from the start. `id` is
    stable and unique on the phone, `at` is ISO 8601 in UTC, `parts` counts SMS. The texts of POST are here too, so a
    page needs only to poll this. One-time codes are here and nowhere else: in memory, gone with the process.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count, groupby
from typing import TYPE_CHECKING, Any

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import json as json_response

from bot.messages import Button, InboundMessage, Reply
from channels.http import Refused, field, json_object, read_body
from channels.inbound import line_of
from channels.sms.inline_reply import answer
from channels.sms.rendering import Words, parts, render
from channels.web.origin import allowed
from hall.clock import Clock
from hall.store.dispatcher import Done, Result
from hall.store.outbox import OutboxMessage

if TYPE_CHECKING:
    from bot.app import App
    from bot.conversations.service import LogLine

LONGEST_BODY = 64 * 1024  # bytes
KEPT = 20  # one-time texts a phone


@dataclass(frozen=True, slots=True)
class Shown:
    """A text on the phone's screen."""

    id: str
    sender: str  # hall | me
    text: str
    at: datetime

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "from": self.sender,
            "text": self.text,
            "parts": parts(self.text),
            "at": self.at.isoformat(),
        }


class Phone:
    """Texts that must not be stored, one-time codes above all, by line, in memory."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._numbers = clock, count(1)
        self._texts: dict[str, deque[tuple[int, Shown]]] = defaultdict(lambda: deque(maxlen=KEPT))

    async def deliver(self, msisdn: str, text: str) -> None:
        """Show `text` on the phone of that line."""
        number = next(self._numbers)
        self._texts[msisdn].append((number, Shown(f"t{number}", "hall", text, self._clock.now())))

    def after(self, msisdn: str, number: int) -> tuple[list[Shown], int]:
        """What came after text `number`, and the number of the last one."""
        fresh = [(n, shown) for n, shown in self._texts.get(msisdn, ()) if n > number]
        return [shown for _, shown in fresh], fresh[-1][0] if fresh else number


async def pushed(_message: OutboxMessage) -> Result:
    """Dispatcher's handler of `sms:demo`: the phone shows the messages log, so the text is there already."""
    return Done()


def blueprint(app: App, phone: Phone) -> Blueprint:
    """The routes above; none outside the demonstration."""
    routes: Blueprint = Blueprint("demo_phone")
    if not app.settings.demonstration:
        return routes

    @routes.post("/demo/phone", stream=True)
    async def send(request: Request[Any, Any]) -> HTTPResponse:
        if not allowed(request, app.settings.public_url):  # a page that a developer visits must not write texts here
            raise Refused(403, "foreign_page", "the phone is only for its own page")
        data = json_object(await read_body(request, LONGEST_BODY))
        texts = await answer(app, _decoded(data, app.hall.brand.sms_number), pushes=False)
        return json_response({"messages": texts or []}, status=202 if texts is None else 200, ensure_ascii=False)

    @routes.get("/demo/phone/<number:str>")
    async def screen(request: Request[Any, Any], number: str) -> HTTPResponse:
        line = line_of(number)
        seen, codes = _cursor(request.args.get("after", "0.0"))
        log = await app.conversations.log(f"sms:demo:{line}", after=seen)
        texts, codes = phone.after(line, codes)
        shown = sorted([*_shown(log, Words.of(app)), *texts], key=lambda item: item.at)
        cursor = f"{log[-1].seq if log else seen}.{codes}"
        return json_response({"messages": [item.as_dict() for item in shown], "cursor": cursor}, ensure_ascii=False)

    return routes


def _decoded(data: dict[str, Any], to: str) -> InboundMessage:
    line, text = line_of(field(data, "msisdn", 32)), data.get("text")
    if not isinstance(text, str):
        raise Refused(400, "bad_field", "text must be a string")
    return InboundMessage(
        channel="sms",
        account="demo",
        sender=line,
        msisdn=line,
        message_id=field(data, "id", 100),
        to=to,
        text=text,
    )


def _cursor(text: str) -> tuple[int, int]:
    seq, _, codes = text.partition(".")
    if not (text.isascii() and seq.isdecimal() and codes.isdecimal()) or max(len(seq), len(codes)) > 15:
        raise Refused(400, "bad_field", "after must be a cursor that an answer gave")
    return int(seq), int(codes)


def _shown(log: Sequence[LogLine], words: Words) -> Iterator[Shown]:
    """The log as texts. Replies of one turn bear one time and were one answer: numbers run through it."""
    for (mine, at), group in groupby(log, key=lambda line: (line.author == "customer", line.at)):
        lines = list(group)
        if mine:
            yield from (Shown(f"m{line.seq}", "me", line.text, at) for line in lines)
        else:
            texts = render([_reply(line) for line in lines], words)
            yield from (Shown(f"m{lines[-1].seq}.{n}", "hall", text, at) for n, text in enumerate(texts))


def _reply(line: LogLine) -> Reply:
    buttons = tuple(Button(b["title"], b["payload"]) for b in line.buttons)
    return Reply(line.text, buttons, line.image)
