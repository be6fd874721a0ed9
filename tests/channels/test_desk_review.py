"""The desk's review: only for those who have signed in, every act in the books, nobody overwrites another."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select

from bot.learning.lesson import Lessons
from channels.desk import api
from hall import agent_roles, agents, review
from hall.review import Candidate
from hall.store.tables.review import review_acts
from testing.chat_server import chat_app, served
from tests.channels.test_desk import CONVERSATION, DeskClient

CUSTOMER = "sms:demo:13800138000"
INTENTS = {"check_bill": "查账单", "topup_data": "充流量", "session_start": "session_start"}
LEARNS = "import sys; open(sys.argv[1], 'w').write('{\"reviewed\": 1}')"
TEXT = "<b>那个</b>单子 138****8000"


async def _taken() -> None:
    """The model that was learnt is loaded."""


@pytest_asyncio.fixture
async def office(tmp_path: Path) -> AsyncIterator[DeskClient]:
    """A desk with two agents and three messages in review, two of them with the same words."""
    async with chat_app(tmp_path) as app:
        app.engine = SimpleNamespace(intents=lambda: INTENTS)
        app.lessons = Lessons((sys.executable, "-c", LEARNS), app.hall.clock, _taken)
        for name in ("demo", "ben"):
            await agents.ensure(app.hall, name, "open sesame", role=agent_roles.SUPERVISOR)
        unit = app.hall.store.unit()
        for key, text in (("1", TEXT), ("2", TEXT), ("3", "弄点流")):
            doubt = Candidate(key, text, "clarified", "check_bill", 0.3, (("check_bill", 0.3),))
            review.keep(unit, app.hall.clock.now(), CUSTOMER, doubt)
        review.chose(unit, CUSTOMER, ["3"], "topup_data")
        await unit.commit()
        async with served(app, api.blueprint) as host:
            yield DeskClient(app, host)


@asynccontextmanager
async def signed_in(office: DeskClient, name: str = "demo") -> AsyncIterator[httpx.AsyncClient]:
    browser = await office.signed_in(name)
    yield browser
    await browser.aclose()


async def listed(browser: httpx.AsyncClient, **where: str) -> dict[str, dict[str, object]]:
    answer = await browser.get("/api/reviews", params=where)
    assert answer.status_code == 200
    return {one["text"]: one for one in answer.json()["reviews"]}


async def test_without_a_session_there_is_nothing(office: DeskClient) -> None:
    async with office.browser() as browser:
        assert (await browser.get("/api/reviews")).status_code == 401
        for act in ("decide", "reopen"):
            answer = await browser.post(f"/api/reviews/1/{act}", json={"intent": "check_bill", "version": 0})
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, "sign_in")
        assert (await browser.get("/review")).status_code == 200
        assert (await browser.get("/static/review.js")).status_code == 200


async def test_what_is_shown_says_what_was_understood_and_what_was_meant(office: DeskClient) -> None:
    async with signed_in(office) as browser:
        shown = await listed(browser)
    assert (shown[TEXT]["same"], shown[TEXT]["channel"], shown[TEXT]["chosen"]) == (2, "sms", None)
    assert shown["弄点流"]["chosen"] == "topup_data"
    assert shown["弄点流"]["ranking"] == [{"intent": "check_bill", "confidence": 0.3}]
    assert "13800138000" not in str(shown)


async def test_a_verdict_counts_for_the_same_words_and_is_in_the_books(office: DeskClient) -> None:
    async with signed_in(office) as browser:
        shown = (await listed(browser))[TEXT]
        answer = await browser.post(
            f"/api/reviews/{shown['id']}/decide", json={"intent": "check_bill", "version": shown["version"]}
        )
        assert answer.json() == {"messages": 2, "counts": {"open": 1, "decided": 1, "dropped": 0}}
        assert (await listed(browser, state="decided"))[TEXT]["reviewer"] == "demo"
    rows = await office.app.hall.store.all(select(review_acts))
    assert sorted((row.review, row.act, row.reviewer, row.verdict) for row in rows) == [
        ("1", "decide", "demo", "check_bill"),
        ("2", "decide", "demo", "check_bill"),
    ]


async def test_a_message_is_left_out_and_taken_back_by_another(office: DeskClient) -> None:
    async with signed_in(office) as demo, signed_in(office, "ben") as ben:
        await demo.post("/api/reviews/3/decide", json={"intent": None, "version": 0})
        assert list(await listed(ben, state="dropped")) == ["弄点流"]
        assert (await ben.post("/api/reviews/3/reopen", json={"version": 1})).status_code == 200
        assert "弄点流" in await listed(demo)
    rows = await office.app.hall.store.all(select(review_acts).order_by(review_acts.c.version))
    assert [(row.act, row.reviewer) for row in rows] == [("drop", "demo"), ("reopen", "ben")]


async def test_who_comes_second_is_told(office: DeskClient) -> None:
    async with signed_in(office) as demo, signed_in(office, "ben") as ben:
        await demo.post("/api/reviews/3/decide", json={"intent": "topup_data", "version": 0})
        answer = await ben.post("/api/reviews/3/decide", json={"intent": "check_bill", "version": 0})
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "changed")
        assert (await listed(demo, state="decided"))["弄点流"]["verdict"] == "topup_data"


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("3/decide", {"intent": "no_such", "version": 0}, 400, "bad_field"),
        ("3/decide", {"intent": ["check_bill"], "version": 0}, 400, "bad_field"),
        ("3/decide", {"intent": "check_bill"}, 400, "bad_field"),
        ("3/decide", {"version": 0}, 400, "bad_field"),
        ("3/decide", {"intent": "check_bill", "version": True}, 400, "bad_field"),
        ("x/decide", {"intent": "check_bill", "version": 0}, 404, "no_review"),
        ("x/reopen", {"version": 0}, 404, "no_review"),
    ],
)
async def test_what_is_wrong_changes_nothing(
    office: DeskClient, path: str, body: object, status: int, code: str
) -> None:
    async with signed_in(office) as browser:
        answer = await browser.post(f"/api/reviews/{path}", json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
        assert len(await listed(browser)) == 2


@pytest.mark.parametrize("where", [{"state": "all"}, {"page": "-1"}, {"page": "x"}, {"page": "9" * 9}])
async def test_only_what_exists_can_be_listed(office: DeskClient, where: dict[str, str]) -> None:
    async with signed_in(office) as browser:
        assert (await browser.get("/api/reviews", params=where)).status_code == 400


async def test_another_site_cannot_review(office: DeskClient) -> None:
    async with signed_in(office) as browser:
        answer = await browser.post(
            "/api/reviews/3/decide", json={"intent": "check_bill", "version": 0}, headers={"X-Desk": "0"}
        )
        assert answer.status_code == 403


async def test_messages_are_found_by_their_words_and_what_was_said_around_them(office: DeskClient) -> None:
    await office.customer_says("先说这句")
    unit, now = office.app.hall.store.unit(), office.app.hall.clock.now()
    review.keep(unit, now, CONVERSATION, Candidate("4", "先说这句", "fallback", "check_bill", 0.2))
    await unit.commit()
    async with signed_in(office) as browser:
        assert list(await listed(browser, q="先说")) == ["先说这句"]
        assert await listed(browser, q="没有%的_") == {}
        lines = (await browser.get("/api/reviews/4/around")).json()["lines"]
        assert [(one["author"], one["text"]) for one in lines] == [("customer", "先说这句"), ("bot", "收到先说这句")]
        assert (await browser.get("/api/reviews/1/around")).json()["lines"] == []
        assert (await browser.get("/api/reviews/none/around")).status_code == 404


async def test_only_what_customers_can_mean_is_a_verdict(office: DeskClient) -> None:
    async with signed_in(office) as browser:
        offered = {one["name"] for one in (await browser.get("/api/reviews")).json()["intents"]}
        assert offered == {"check_bill", "topup_data"}
        answer = await browser.post("/api/reviews/1/decide", json={"intent": "session_start", "version": 0})
        assert answer.status_code == 400


async def test_several_are_decided_together_and_taken_back(office: DeskClient) -> None:
    async with signed_in(office) as browser:
        found = await listed(browser)
        read = {one["id"]: one["version"] for one in found.values()}
        done = (await browser.post("/api/reviews/decide", json={"reviews": read, "intent": "check_bill"})).json()
        assert (done["messages"], done["counts"]["open"]) == (3, 0)
        again = await browser.post("/api/reviews/decide", json={"reviews": read, "intent": "check_bill"})
        assert (again.status_code, again.json()["error"]["code"]) == (409, "changed")
        back = (await browser.post("/api/reviews/reopen", json={"ids": list(read)})).json()
        assert (back["messages"], back["counts"]["open"]) == (3, 2)
        stale = {**dict.fromkeys(read, 2), next(iter(read)): 7}
        mixed = await browser.post("/api/reviews/decide", json={"reviews": stale, "intent": None})
        assert mixed.status_code == 409
        assert (await review.counts(office.app.hall))["open"] == 2  # all of them, or none


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("decide", {"reviews": {}, "intent": "check_bill"}),
        ("decide", {"reviews": {"1": "0"}, "intent": "check_bill"}),
        ("decide", {"reviews": {"1": 0}, "intent": "session_start"}),
        ("decide", {"reviews": {str(number): 0 for number in range(21)}, "intent": None}),
        ("reopen", {"ids": "1"}),
        ("reopen", {"ids": []}),
    ],
)
async def test_what_is_no_list_of_messages_is_refused(office: DeskClient, path: str, body: dict[str, object]) -> None:
    async with signed_in(office) as browser:
        assert (await browser.post(f"/api/reviews/{path}", json=body)).status_code == 400


async def test_learning_is_begun_once_and_told(office: DeskClient) -> None:
    await agents.ensure(office.app.hall, "carl", "open sesame")
    async with signed_in(office) as browser, signed_in(office, "carl") as carl:
        assert (await carl.post("/api/learning", json={})).status_code == 403
        assert (await browser.get("/api/learning")).json()["state"] == "idle"
        nothing = await browser.post("/api/learning", json={})
        assert (nothing.status_code, nothing.json()["error"]["code"]) == (409, "nothing")
        await browser.post("/api/reviews/decide", json={"reviews": {"3": 0}, "intent": "topup_data"})
        assert (await browser.post("/api/learning", json={})).json()["by"] == "demo"
        assert (await browser.post("/api/learning", json={})).status_code == 409
        while office.app.lessons.now.state == "running":
            await asyncio.sleep(0.05)
        told = (await browser.get("/api/learning")).json()
        assert (told["state"], told["report"]) == ("done", {"reviewed": 1})
