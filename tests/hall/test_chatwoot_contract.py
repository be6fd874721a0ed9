"""The hall calls Chatwoot as Chatwoot describes it, and the tests' own Chatwoot answers so."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from hall.helpdesk.chatwoot import Chatwoot
from hall.helpdesk.port import Case, Words
from testing.chatwoot import ACCOUNT, FakeChatwoot
from testing.chatwoot_contract import CALLS, Broken, call_of, keep_answer


async def test_everything_that_is_done_there_is_described() -> None:
    there = FakeChatwoot()
    desk = Chatwoot(ACCOUNT, transport=there.transport)
    await desk.check()
    talk = await desk.open(Case("h1", "138****8000", "客户要求"))
    assert await desk.open(Case("h1", "138****8000", "客户要求")) == talk
    for author in ("customer", "bot", "system"):
        await desk.say(talk, Words(f"h1:{author}", author, "在吗"), again=True)
    await desk.end(talk, "结束了")
    assert there.used == {(one.method, one.path.pattern) for one in CALLS}


INBOX, TALK = "/public/api/v1/inboxes/i", "/api/v1/accounts/3/conversations/41"


@pytest.mark.parametrize(
    ("method", "path", "body", "keyed"),
    [
        ("PUT", f"{INBOX}/contacts", {}, False),
        ("POST", f"{INBOX}/contacts", {"name": 7}, False),
        ("POST", f"{INBOX}/contacts", {"phone": "138"}, False),
        ("POST", f"{TALK}/messages", {"private": True}, True),
        ("POST", f"{TALK}/messages", {"content": "x", "message_type": 1}, True),
        ("POST", f"{TALK}/messages", {"content": "x"}, False),
        ("POST", f"{TALK}/toggle_status", {"status": "closed"}, True),
        ("GET", f"{TALK}/messages", {"page": 1}, True),
    ],
)
def test_what_is_not_described_is_a_fault(method: str, path: str, body: Any, keyed: bool) -> None:
    headers = {"Content-Type": "application/json"} | ({"api_access_token": "k"} if keyed else {})
    request = httpx.Request(method, f"https://desk.example.cn{path}", content=json.dumps(body), headers=headers)
    with pytest.raises(Broken):
        call_of(request)


def test_an_answer_of_another_form_is_a_fault() -> None:
    opened = next(one for one in CALLS if one.method == "POST" and one.path.pattern.endswith("conversations"))
    keep_answer(opened, {"id": 41, "messages": []})
    with pytest.raises(Broken):
        keep_answer(opened, {"id": "41"})
