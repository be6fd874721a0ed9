"""Chatwoot: an inbox of the kind API for the customers, an agent bot for us, signed webhooks back.

Each hand-off is a contact of its own, under an id that only we can make and that tells nobody who he is; so
opening twice finds the same conversation. docs/contracts/chatwoot.md
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from hall.helpdesk.port import BadReport, Case, DeskDown, DeskRefused, Report, Talk, Words

WITHIN = 5.0  # seconds for a call
OLDEST = 300  # seconds that a report may be old, or early: clocks differ
NEWEST = 2  # messages there, among which one may be that came although its call failed
BUSY = (408, 425, 429)  # answers after which the same call may be made again; and all of 5xx
OUTGOING = ("outgoing", 1)  # how an agent's message is marked


@dataclass(frozen=True, slots=True)
class ChatwootAccount:
    """Ours at a Chatwoot. `inbox`: the inbox's identifier; `inbox_secret`: its HMAC token; `bot_token`: of our bot."""

    url: str
    account: str
    inbox: str
    inbox_secret: str = field(repr=False)
    bot_token: str = field(repr=False)
    webhook_secret: str = field(repr=False)


class Chatwoot:
    """See the port."""

    name, elsewhere = "chatwoot", True

    def __init__(self, account: ChatwootAccount, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._account, self._transport = account, transport
        self._inbox = f"/public/api/v1/inboxes/{account.inbox}"
        self._talks = f"/api/v1/accounts/{account.account}/conversations"

    async def open(self, case: Case) -> Talk:
        """See the port."""
        contact = self._contact(case.id)
        named = {"source_id": contact, "identifier": contact, "identifier_hash": self._hashed(contact)}
        await self._public("POST", "/contacts", named | {"name": case.called})
        there = await self._public("GET", f"/contacts/{contact}/conversations")
        found = there if isinstance(there, list) and there else []
        opened = found[0] if found else await self._public("POST", f"/contacts/{contact}/conversations", {})
        talk = Talk(case.id, _id(opened))
        if not found or not await self._said(talk):
            await self.tell(talk, case.about)
        await self._bots("POST", f"/{talk.theirs}/toggle_status", {"status": "open"})
        return talk

    async def say(self, talk: Talk, words: Words, *, again: bool) -> None:
        """See the port. What the hall says is the bot's own message, which Chatwoot shows beside the customer's."""
        if again and words.text in (await self._said(talk))[-NEWEST:]:
            return
        if words.author == "customer":
            path = f"/contacts/{self._contact(talk.case)}/conversations/{talk.theirs}/messages"
            await self._public("POST", path, {"content": words.text, "echo_id": words.key})
        else:
            await self._message(talk, words.text, private=words.author != "bot")

    async def tell(self, talk: Talk, text: str) -> None:
        """See the port."""
        await self._message(talk, text, private=True)

    async def end(self, talk: Talk, why: str) -> None:
        """See the port."""
        await self.tell(talk, why)
        await self._bots("POST", f"/{talk.theirs}/toggle_status", {"status": "resolved"})

    async def check(self) -> None:
        """See the port."""
        await self._public("GET", "")

    def heard(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Report | None:
        """See the port. A repeat has the id of the message that it reports, and ends what is over already."""
        self._verify(headers, body, now)
        try:
            event = json.loads(body)
        except ValueError:
            raise BadReport("no JSON") from None
        return _report(event) if isinstance(event, dict) else None

    def _verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        at, given = headers.get("x-chatwoot-timestamp", ""), headers.get("x-chatwoot-signature", "")
        if not at.isascii() or not at.isdecimal() or len(at) > 12 or abs(now.timestamp() - int(at)) > OLDEST:
            raise BadReport("the time is not now")
        signed = hmac.new(self._account.webhook_secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
        if not hmac.compare_digest(given.encode("utf-8", "replace"), f"sha256={signed.hexdigest()}".encode()):
            raise BadReport("the signature is missing or wrong")

    def _contact(self, case: str) -> str:
        """The case's name at the public routes, where whoever knows it may read and write."""
        return self._hashed(f"case:{case}")

    def _hashed(self, text: str) -> str:
        return hmac.new(self._account.inbox_secret.encode(), text.encode(), hashlib.sha256).hexdigest()

    async def _said(self, talk: Talk) -> list[str]:
        """The texts that are there already, the newest ones."""
        found = await self._bots("GET", f"/{talk.theirs}/messages")
        messages = found.get("payload") if isinstance(found, dict) else None
        return [str(one.get("content")) for one in messages or () if isinstance(one, dict)]

    async def _message(self, talk: Talk, text: str, *, private: bool) -> None:
        said = {"content": text, "message_type": "outgoing", "private": private}
        await self._bots("POST", f"/{talk.theirs}/messages", said)

    async def _public(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return await self._call(method, self._inbox + path, body, {})

    async def _bots(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return await self._call(method, self._talks + path, body, {"api_access_token": self._account.bot_token})

    async def _call(self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str]) -> Any:
        url = self._account.url.rstrip("/") + path
        try:
            async with httpx.AsyncClient(timeout=WITHIN, transport=self._transport, follow_redirects=False) as client:
                answer = await client.request(method, url, json=body, headers=headers)
        except httpx.HTTPError as error:
            raise DeskDown(f"chatwoot: {type(error).__name__}") from None
        if answer.status_code >= 500 or answer.status_code in BUSY:
            raise DeskDown(f"chatwoot answered {answer.status_code}")
        if not answer.is_success:
            raise DeskRefused(f"chatwoot answered {answer.status_code}")
        try:
            return answer.json() if answer.content else None
        except ValueError:
            raise DeskRefused("chatwoot answered something else than JSON: is the address right?") from None


def _id(found: Any) -> str:
    given = found.get("id") if isinstance(found, dict) else None
    if not isinstance(given, int | str) or not str(given).isdecimal():
        raise DeskRefused("chatwoot answered a conversation without an id")
    return str(given)


def _report(event: dict[str, Any]) -> Report | None:
    """What an event is to us. The bot's own messages and notes are nothing: they are ours."""
    kind = event.get("event")
    talk = event.get("conversation") if str(kind).startswith("message") else event.get("conversation", event)
    theirs = str(talk.get("id", "")) if isinstance(talk, dict) else ""
    if not isinstance(talk, dict) or not theirs.isdecimal():
        return None
    if kind == "message_created":
        return _message(event, theirs)
    if kind in ("conversation_resolved", "conversation_status_changed") and talk.get("status") == "resolved":
        return Report(theirs, "ended")
    meta = talk.get("meta")
    if kind in ("conversation_updated", "assignee_changed") and isinstance(meta, dict) and meta.get("assignee"):
        return Report(theirs, "took")
    return None


def _message(event: dict[str, Any], theirs: str) -> Report | None:
    sender = event.get("sender")
    by = sender.get("type") if isinstance(sender, dict) else None
    if event.get("private") or event.get("message_type") not in OUTGOING or by == "agent_bot":
        return None
    text, key = event.get("content"), str(event.get("id", ""))
    if not key.isdecimal():
        return None
    return Report(theirs, "said", key, text if isinstance(text, str) else "", bool(event.get("attachments")))
