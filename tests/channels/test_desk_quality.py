"""The page of checks: what the rules found, a person's word, follow-ups, reports; for supervisors only."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio

from channels.desk import api
from hall import handoff
from testing.chat_server import served
from testing.desk_office import crowd, desk_office, says
from tests.channels.test_desk import DeskClient


@pytest_asyncio.fixture
async def office(tmp_path: Path) -> AsyncIterator[DeskClient]:
    """Ben and Anna have served a customer each; Ben's was not satisfied."""
    async with desk_office(tmp_path) as app:
        ids = await crowd(app, 4)
        for agent, key, code, rating in (("ben", ids[0], "unsolved", "bad"), ("anna", ids[2], "solved", "good")):
            item = await handoff.get(app.hall, key)
            await handoff.take_over(app.hall, key, agent)
            await says(app, item.conversation, "您好，我是客服，请稍等", "agent")
            await handoff.close(app.hall, key, agent, code)
            unit = app.hall.store.unit()
            await handoff.rate(app.hall, unit, item.conversation, rating)
            await unit.commit()
        async with served(app, api.blueprint) as host:
            client: Any = DeskClient(app, host)
            client.ids = {"ben": ids[0], "anna": ids[2], "waits": ids[1]}
            yield client


async def lists(boss: Any, days: int = 7) -> dict[str, dict[str, Any]]:
    found = (await boss.get("/api/quality", params={"days": days})).json()["lists"]
    return {name: {item["id"]: item for item in items} for name, items in found.items()}


async def test_what_failed_is_listed_until_somebody_checked_it(office: Any) -> None:
    boss, ben = await office.signed_in("demo"), office.ids["ben"]
    found = await lists(boss)
    assert "resolved" in found["todo"][ben]["failed"]
    assert list(found["bad"]) == [ben]
    checked = await boss.post(f"/api/handoffs/{ben}/check", json={"what": "bad", "text": "没有说明原因 13800138000"})
    assert checked.status_code == 200
    await boss.post(f"/api/handoffs/{ben}/check", json={"what": "good"})  # the first one counts
    found = await lists(boss)
    assert ben not in found["todo"]
    check = found["done"][ben]["check"]
    assert (check["what"], check["text"], check["by"]) == ("bad", "没有说明原因 138****8000", "demo")
    await boss.post(f"/api/handoffs/{ben}/follow_up", json={"what": "settled", "text": "已致歉"})
    found = await lists(boss)
    assert not found["bad"]
    assert found["done"][ben]["follow_up"]["text"] == "已致歉"


async def test_reports_are_by_agent_and_by_skill(office: Any) -> None:
    boss = await office.signed_in("demo")
    await boss.post(f"/api/handoffs/{office.ids['ben']}/check", json={"what": "bad"})
    reports = (await boss.get("/api/quality", params={"days": 30})).json()["reports"]
    agents = {one["name"]: one for one in reports["agents"]}
    assert [(agents[name]["good"], agents[name]["bad"]) for name in ("王芳", "周强")] == [(1, 0), (0, 1)]
    assert (agents["周强"]["checked"], agents["周强"]["failed"]) == (1, 1)
    assert sum(one["closed"] for one in reports["skills"]) == 2


async def test_only_supervisors_and_only_of_what_is_over(office: Any) -> None:
    boss, anna = await office.signed_in("demo"), await office.signed_in("anna")
    ids = office.ids
    assert (await anna.get("/api/quality")).status_code == 403
    assert (await anna.post(f"/api/handoffs/{ids['ben']}/check", json={"what": "good"})).status_code == 403
    assert (await boss.get("/api/quality", params={"days": 365})).status_code == 400
    for key, what in ((ids["waits"], "good"), (ids["ben"], "great")):
        assert (await boss.post(f"/api/handoffs/{key}/check", json={"what": what})).status_code == 400


async def test_an_agent_who_has_the_customer_next_does_not_see_a_colleagues_check(office: Any) -> None:
    boss, anna, ben = await office.signed_in("demo"), await office.signed_in("anna"), office.ids["ben"]
    await boss.post(f"/api/handoffs/{ben}/check", json={"what": "bad", "text": "语气生硬"})
    seen = await anna.get(f"/api/handoffs/{ben}/customer")
    assert "语气生硬" not in seen.text
    own = await boss.get(f"/api/handoffs/{ben}/customer", params={"reason": "质检"})
    assert "语气生硬" not in own.text
