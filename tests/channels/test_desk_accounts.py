"""Accounts at the desk: who manages them, what comes of it at once, and one's own sessions."""

from __future__ import annotations

from typing import Any

import pytest

from hall import agents, handoff
from hall.agent_roles import ADMIN, SUPERVISOR
from tests.channels.test_desk import DeskClient, office

__all__ = ["office"]

CARL = {
    "name": "卡尔 Carl",
    "role": "agent",
    "called": "张伟",
    "number": "8007",
    "skills": ["general"],
    "languages": ["en"],
}


async def admin_of(office: DeskClient) -> Any:
    await agents.ensure(office.app.hall, "root", "open sesame", role=ADMIN)
    return await office.signed_in("root")


def code_of(answer: Any) -> str:
    return str(answer.json()["error"]["code"])


async def test_an_account_is_made_used_changed_and_disabled(office: DeskClient) -> None:
    root = await admin_of(office)
    made = (await root.post("/api/people/add", json=CARL)).json()
    async with office.browser() as carl:
        entered = await carl.post("/login", json={"name": CARL["name"], "password": made["password"]})
        assert entered.json()["must_change"]
        changed = await carl.post("/password", json={"old": made["password"], "new": "a-long-new-secret-7"})
        assert changed.status_code == 200
        await root.post("/api/people/profile", json=CARL | {"at_once": 2, "skills": ["general", "money"]})
        me = (await carl.get("/api/me")).json()["me"]
        assert (me["called"], me["number"], me["skills"], me["at_once"]) == ("张伟", "8007", ["general", "money"], 2)
        await root.post("/api/people/role", json={"name": CARL["name"], "role": "reviewer"})
        assert (await carl.get("/api/me")).json()["role"] == "reviewer"
        again = (await root.post("/api/people/password", json={"name": CARL["name"]})).json()["password"]
        assert (await carl.get("/api/me")).status_code == 401
        await root.post("/api/people/disable", json={"name": CARL["name"]})
        assert (await carl.post("/login", json={"name": CARL["name"], "password": again})).status_code == 401
    listed = {one["name"]: one for one in (await root.get("/api/people")).json()["people"]}
    assert (listed[CARL["name"]]["state"], listed["ben"]["state"]) == ("disabled", "active")


async def test_who_is_disabled_or_serves_no_more_leaves_his_customers(office: DeskClient) -> None:
    root = await admin_of(office)
    for act, body in (("disable", {}), ("role", {"role": "finance"})):
        await root.post("/api/people/enable", json={"name": "ben"})
        ben = await office.signed_in("ben")
        found = await office.waiting(ben) if act == "disable" else (await handoff.queue(office.app.hall))[0].id
        assert (await ben.post(f"/api/handoffs/{found}/take", json={})).status_code == 200
        assert (await root.post(f"/api/people/{act}", json={"name": "ben", **body})).status_code == 200
        item = (await handoff.queue(office.app.hall))[0]
        assert (item.state, item.agent) == ("waiting", None)


async def test_a_supervisor_changes_what_people_serve_and_nothing_else(office: DeskClient) -> None:
    await agents.ensure(office.app.hall, "boss", "open sesame", role=SUPERVISOR)
    boss, ben = await office.signed_in("boss"), await office.signed_in("ben")
    profile = {"name": "ben", "called": "周强", "number": "8003", "skills": ["fault"], "languages": [], "at_once": None}
    assert (await boss.post("/api/people/profile", json=profile)).status_code == 200
    assert not (await boss.get("/api/people")).json()["may_manage"]
    for act in ("add", "role", "password", "disable", "enable"):
        assert code_of(await boss.post(f"/api/people/{act}", json={"name": "ben", "role": "admin"})) == "no_role"
    assert code_of(await ben.post("/api/people/profile", json=profile)) == "no_role"
    assert code_of(await ben.get("/api/people")) == "no_role"


@pytest.mark.parametrize(
    ("act", "body", "status", "code"),
    [
        ("disable", {"name": "root"}, 409, "yourself"),
        ("role", {"name": "root", "role": "agent"}, 409, "yourself"),
        ("role", {"name": "sso:7", "role": "agent"}, 409, "by_provider"),
        ("password", {"name": "nobody"}, 404, "no_account"),
        ("role", {"name": "ben", "role": "king"}, 400, "bad_account"),
        ("add", CARL | {"name": "ben"}, 400, "bad_account"),
        ("add", CARL | {"skills": ["cooking"]}, 400, "bad_account"),
        ("profile", CARL | {"name": "ben", "at_once": 0}, 400, "bad_account"),
        ("profile", CARL | {"name": "ben", "languages": ["klingon"]}, 400, "bad_account"),
        ("profile", CARL | {"name": "ben", "skills": "general"}, 400, "bad_field"),
        ("promote", {"name": "ben"}, 404, "no_route"),
    ],
)
async def test_what_cannot_be_is_refused(office: DeskClient, act: str, body: Any, status: int, code: str) -> None:
    root = await admin_of(office)
    before = (await root.get("/api/people")).json()["people"]
    answer = await root.post(f"/api/people/{act}", json=body)
    assert (answer.status_code, code_of(answer)) == (status, code)
    assert (await root.get("/api/people")).json()["people"] == before


async def test_ones_own_sessions_are_listed_and_ended_and_nobody_elses(office: DeskClient) -> None:
    here, there, third = [await office.signed_in("ben") for _ in range(3)]
    other = await office.signed_in("demo")
    listed = (await here.get("/api/sessions")).json()["sessions"]
    assert [one["here"] for one in listed].count(True) == 1
    assert len(listed) == 3
    others = (await other.get("/api/sessions")).json()["sessions"]
    await here.post("/api/sessions/end", json={"key": others[0]["key"]})
    assert (await other.get("/api/me")).status_code == 200
    mine = next(one["key"] for one in (await there.get("/api/sessions")).json()["sessions"] if one["here"])
    await here.post("/api/sessions/end", json={"key": mine})
    assert [(await one.get("/api/me")).status_code for one in (here, there, third)] == [200, 401, 200]
    await here.post("/api/sessions/end", json={})
    assert [(await one.get("/api/me")).status_code for one in (here, third)] == [200, 401]
    assert len((await here.get("/api/sessions")).json()["sessions"]) == 1
