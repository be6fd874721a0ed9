"""A Chatwoot of the tests: what of its interface the hall uses, with its own state and its own strictness.

Written by its published description: the client interface of an inbox of the kind API, the application interface for an
agent bot, and the inbox's webhook. Every call to it and every answer of it is held against that description
(testing/chatwoot_contract.py), and it answers calls that no Chatwoot would take as a Chatwoot does.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from hall.helpdesk.chatwoot import ChatwootAccount
from testing.chatwoot_contract import call_of, keep_answer

ACCOUNT = ChatwootAccount("https://desk.example.cn", "3", "inbox-1", "inbox secret", "bot token", "webhook secret")
_CONTACT = re.compile(r"/public/api/v1/inboxes/inbox-1(?:/contacts(?:/(\w+)/conversations(?:/(\d+)/messages)?)?)?")
_BOT = re.compile(r"/api/v1/accounts/3/conversations/(\d+)/(messages|toggle_status)")


@dataclass
class Conversation:
    """One of its conversations. `messages`: (who, text): incoming, outgoing or private."""

    id: int
    contact: str
    status: str = "pending"  # until the bot hands it over
    messages: list[tuple[str, str]] = field(default_factory=list)

    def said(self, who: str) -> list[str]:
        return [text for by, text in self.messages if by == who]


@dataclass
class FakeChatwoot:
    """`down`: every call fails; `loses`: calls that are done and whose answer never comes."""

    contacts: dict[str, str] = field(default_factory=dict)  # names by source id
    conversations: list[Conversation] = field(default_factory=list)
    down: bool = False
    loses: Callable[[httpx.Request], bool] = lambda request: False
    calls: int = 0
    used: set[tuple[str, str]] = field(default_factory=set)  # the described calls that were made

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.take)

    async def take(self, request: httpx.Request) -> httpx.Response:
        """Answer one call."""
        self.calls += 1
        if self.down:
            raise httpx.ConnectError("down")
        call = call_of(request)
        self.used.add((call.method, call.path.pattern))
        body = json.loads(request.content) if request.content else {}
        path = request.url.path
        if found := _CONTACT.fullmatch(path):
            answer = self._public(request.method, found[1], found[2], body)
        elif found := _BOT.fullmatch(path):
            if request.headers.get("api_access_token") != ACCOUNT.bot_token:
                return httpx.Response(401, json={"error": "Invalid Access Token"})
            answer = self._bots(request.method, int(found[1]), found[2], body)
        else:
            answer = None
        if answer is not None:
            keep_answer(call, answer)
        if self.loses(request):
            raise httpx.ReadTimeout("lost")
        return httpx.Response(404, json={}) if answer is None else httpx.Response(200, json=answer)

    def _public(self, method: str, contact: str | None, number: str | None, body: Any) -> Any:
        if contact is None:
            return self._contact(body) if method == "POST" else {"identifier": "inbox-1"}
        if contact not in self.contacts:
            return None
        if number is not None:
            return self._add(self._of(int(number)), "incoming", body["content"])
        if method == "GET":
            return [self._shown(one) for one in self.conversations if one.contact == contact]
        opened = Conversation(len(self.conversations) + 41, contact)
        self.conversations.append(opened)
        return self._shown(opened)

    def _contact(self, body: Any) -> Any:
        named = body["identifier"]
        assert body["identifier_hash"] == hmac.new(b"inbox secret", named.encode(), hashlib.sha256).hexdigest()
        self.contacts[body["source_id"]] = body["name"]
        return {"source_id": body["source_id"], "pubsub_token": "p", "id": 1, "name": body["name"], "email": None}

    def _bots(self, method: str, number: int, what: str, body: Any) -> Any:
        found = self._of(number)
        if found is None:
            return None
        if what == "toggle_status":
            assert body["status"] in ("open", "resolved", "pending", "snoozed")
            found.status = body["status"]
            return {"payload": {"success": True, "current_status": found.status, "conversation_id": number}}
        if method == "GET":
            return {"meta": {}, "payload": [{"id": 1, "content": text} for _, text in found.messages]}
        assert body["message_type"] == "outgoing"
        return self._add(found, "private" if body["private"] else "outgoing", body["content"])

    def _add(self, found: Conversation | None, who: str, text: str) -> Any:
        if found is None:
            return None
        found.messages.append((who, text))
        if who == "incoming" and found.status == "resolved":
            found.status = "pending"  # a new message opens it again
        return {"id": len(found.messages), "content": text, "conversation_id": found.id}

    def _of(self, number: int) -> Conversation | None:
        return next((one for one in self.conversations if one.id == number), None)

    @staticmethod
    def _shown(one: Conversation) -> dict[str, Any]:
        return {"id": one.id, "uuid": "u", "inbox_id": 9, "status": one.status, "messages": []}


def written(number: int, message: int, text: str, **more: Any) -> dict[str, Any]:
    """The event of an agent's message to the customer."""
    return {
        "event": "message_created",
        "id": message,
        "content": text,
        "message_type": "outgoing",
        "private": False,
        "sender": {"id": 7, "name": "王芳", "type": "user"},
        "conversation": {"id": number, "status": "open", "meta": {"assignee": {"id": 7}}},
    } | more


def signed(event: Any, at: float, secret: str = ACCOUNT.webhook_secret) -> tuple[bytes, dict[str, str]]:
    """A report's body and headers."""
    body, when = json.dumps(event, ensure_ascii=False).encode(), str(int(at))
    digest = hmac.new(secret.encode(), f"{when}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {"X-Chatwoot-Signature": f"sha256={digest}", "X-Chatwoot-Timestamp": when, "X-Chatwoot-Delivery": when}
    return body, headers
