"""The desk's tickets: only for those who have signed in, the late first, every act once and told to the customer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select

from channels.desk import api
from hall import agents, tickets
from hall.change import Change
from hall.store.tables.core import inbox
from hall.tickets import Fact, NewTicket
from testing.chat_server import chat_app, served
from tests.channels.test_desk import DeskClient

LINE = "13800138000"
CUSTOMER = f"sms:demo:{LINE}"


@pytest_asyncio.fixture
async def office(tmp_path: Path) -> AsyncIterator[DeskClient]:
    """A desk with two agents, a complaint that is late, and a fault."""
    async with chat_app(tmp_path) as app:
        for name in ("demo", "ben"):
            await agents.ensure(app.hall, name, "open sesame")
        await opened(app.hall, "k1", "fault", days=0)
        await opened(app.hall, "k2", "complaint", days=-20)
        async with served(app, api.blueprint) as host:
            yield DeskClient(app, host)


async def opened(hall: Any, key: str, kind: str, *, days: int) -> None:
    change = Change(hall, hall.store.unit(), "customer", hall.clock.now() + timedelta(days=days))
    facts = (Fact("账单", "65.45元"),)
    await tickets.open_ticket(change, NewTicket(key, kind, "fee", CUSTOMER, LINE, "<b>多扣20元</b>", facts))
    await change.unit.commit()


@asynccontextmanager
async def signed_in(office: DeskClient, name: str = "demo") -> AsyncIterator[httpx.AsyncClient]:
    browser = await office.signed_in(name)
    yield browser
    await browser.aclose()


async def act(browser: httpx.AsyncClient, number: str, what: str, version: int, text: str = "好") -> httpx.Response:
    return await browser.post(
        f"/api/tickets/{number}/{what}", json={"id": f"{what}{version}", "version": version, "text": text}
    )


NUMBER = tickets.number_of("k2")


async def test_without_a_session_there_is_nothing(office: DeskClient) -> None:
    async with office.browser() as browser:
        assert (await browser.get("/api/tickets")).status_code == 401
        assert (await browser.get(f"/api/tickets/{NUMBER}")).status_code == 401
        assert (await act(browser, NUMBER, "take", 0)).status_code == 401
        assert (await browser.get("/tickets")).status_code == 200
        assert (await browser.get("/static/tickets.js")).status_code == 200


async def test_the_late_ones_come_first_and_can_be_told_apart(office: DeskClient) -> None:
    async with signed_in(office) as browser:
        found = (await browser.get("/api/tickets")).json()
        assert [one["kind"] for one in found["tickets"]] == ["complaint", "fault"]
        assert found["counts"] == {"open": 2, "late": 1, "done": 0, "over": 0}
        late = (await browser.get("/api/tickets", params={"state": "late"})).json()["tickets"]
        faults = (await browser.get("/api/tickets", params={"kind": "fault"})).json()["tickets"]
    assert ([one["ticket_no"] for one in late], [one["kind"] for one in faults]) == ([NUMBER], ["fault"])
    assert LINE not in str(found)


async def test_a_ticket_is_taken_noted_answered_and_closed_with_its_result(office: DeskClient) -> None:
    async with signed_in(office) as browser:
        for version, what in enumerate(("take", "note", "answer", "finish")):
            answer = await act(browser, NUMBER, what, version, f"{what}了")
            assert answer.status_code == 200, answer.text
        found = answer.json()
    assert (found["state"], found["agent"], found["result"]) == ("done", "demo", "finish了")
    assert [one["act"] for one in found["history"]] == ["opened", "taken", "noted", "answered", "done"]
    assert found["facts"] == [{"name": "账单", "value": "65.45元"}]
    rows = await office.app.hall.store.all(select(inbox.c.body).where(inbox.c.kind == "event"))
    told = [row.body["response"] for row in rows]
    assert sorted(told) == ["utter_ticket_answered", "utter_ticket_done"]


async def test_who_comes_second_is_told_and_changes_nothing(office: DeskClient) -> None:
    async with signed_in(office) as demo, signed_in(office, "ben") as ben:
        assert (await act(demo, NUMBER, "take", 0)).status_code == 200
        late = await act(ben, NUMBER, "take", 0)
        assert (late.status_code, late.json()["error"]["code"]) == (409, "changed")
        assert (await ben.get(f"/api/tickets/{NUMBER}")).json()["agent"] == "demo"


async def test_it_goes_to_those_above_until_nobody_is_left(office: DeskClient) -> None:
    async with signed_in(office) as browser:
        first = (await act(browser, NUMBER, "escalate", 0)).json()
        assert first["with_whom"] == office.app.hall.policy.tickets.steps[0].to
        last = (await act(browser, NUMBER, "escalate", 1)).json()
        assert not last["may_escalate"]
        answer = await act(browser, NUMBER, "escalate", 2)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "not_now")


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        (f"{NUMBER}/note", {"id": "1", "version": 0, "text": " "}, 400, "bad_field"),
        (f"{NUMBER}/note", {"id": "1", "version": 0, "text": "多" * 501}, 400, "bad_field"),
        (f"{NUMBER}/take", {"id": "1", "version": True}, 400, "bad_field"),
        (f"{NUMBER}/take", {"version": 0}, 400, "bad_field"),
        (f"{NUMBER}/sell", {"id": "1", "version": 0}, 404, "no_route"),
        ("GD00000000/take", {"id": "1", "version": 0}, 404, "no_ticket"),
    ],
)
async def test_what_is_wrong_changes_nothing(
    office: DeskClient, path: str, body: object, status: int, code: str
) -> None:
    async with signed_in(office) as browser:
        answer = await browser.post(f"/api/tickets/{path}", json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
        assert (await browser.get(f"/api/tickets/{NUMBER}")).json()["version"] == 0


@pytest.mark.parametrize("where", [{"state": "all"}, {"kind": "x"}, {"page": "-1"}])
async def test_only_what_exists_can_be_listed(office: DeskClient, where: dict[str, str]) -> None:
    async with signed_in(office) as browser:
        assert (await browser.get("/api/tickets", params=where)).status_code == 400


async def test_another_site_cannot_act(office: DeskClient) -> None:
    async with signed_in(office) as browser:
        answer = await browser.post(f"/api/tickets/{NUMBER}/take", json={}, headers={"X-Desk": "0"})
        assert answer.status_code == 403
