"""The desk's people and lists: presence, transfers, notes, unread, search, reveal, and what supervisors see."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
import websockets
from sqlalchemy import select, update

from bot.messages import Reply
from channels.web import socket as web_socket
from hall import agents
from hall.agent_roles import SUPERVISOR
from hall.store.tables.core import conversations
from hall.store.tables.desk import agents as accounts
from hall.store.tables.desk import desk_acts, handoff_notes
from testing.chat_server import served
from tests.channels.test_desk import CONVERSATION, DeskClient, office

__all__ = ["office"]


async def queue(browser: Any) -> list[dict[str, Any]]:
    return list((await browser.get("/api/queue")).json()["handoffs"])


async def taken(office: DeskClient, browser: Any) -> str:
    path = f"/api/handoffs/{await office.waiting(browser)}"
    assert (await browser.post(f"{path}/take", json={})).status_code == 200
    return path


async def test_who_signs_in_is_there_and_who_signs_out_leaves_his_customers(office: DeskClient) -> None:
    anna, ben = await office.signed_in("demo"), await office.signed_in("ben")
    await taken(office, anna)
    assert (await anna.get("/api/queue")).json()["presence"] == "online"
    assert (await anna.post("/api/presence", json={"presence": "asleep"})).status_code == 400
    await anna.post("/api/presence", json={"presence": "break"})
    assert [one["presence"] for one in (await ben.get("/api/colleagues")).json()["colleagues"]] == ["break"]
    await anna.post("/logout", json={})
    item = (await queue(ben))[0]
    assert (item["state"], item["agent"]) == ("waiting", None)


async def test_a_transfer_carries_its_note(office: DeskClient) -> None:
    anna, ben = await office.signed_in("demo"), await office.signed_in("ben")
    path = await taken(office, anna)
    for body in ({}, {"agent": "ben", "skill": "fault"}, {"skill": "cooking"}, {"agent": 5}):
        assert (await anna.post(f"{path}/transfer", json={"id": "t", **body})).status_code == 400
    nobody = await anna.post(f"{path}/transfer", json={"id": "t", "agent": "carl"})
    assert nobody.json()["error"]["code"] == "not_there"
    sent = await anna.post(f"{path}/transfer", json={"id": "t1", "agent": "ben", "note": "请核对订单"})
    assert sent.json()["state"] == "waiting"
    item = (await queue(ben))[0]
    assert (item["offered_me"], item["skill"]) == (True, "money")
    assert (await ben.get(f"{path}/customer")).json()["notes"] == []  # for who has it
    assert (await ben.post(f"{path}/take", json={})).json()["agent"] == "ben"
    card = (await ben.get(f"{path}/customer")).json()
    assert [(one["kind"], one["text"]) for one in card["notes"]] == [("transfer", "请核对订单")]


async def test_only_supervisors_step_in_and_see_how_the_desk_stands(office: DeskClient) -> None:
    await agents.ensure(office.app.hall, "boss", "open sesame", role=SUPERVISOR)
    anna, boss = await office.signed_in("demo"), await office.signed_in("boss")
    path = await taken(office, anna)
    assert (await anna.post(f"{path}/step_in", json={})).status_code == 403
    assert (await anna.get("/api/live")).status_code == 403
    live = (await boss.get("/api/live")).json()
    assert (live["serving"], live["waiting"], [one["taken"] for one in live["agents"]]) == (1, 0, [0, 0, 1])
    assert (await boss.post(f"{path}/step_in", json={})).json()["agent"] == "boss"
    late = await anna.post(f"{path}/reply", json={"id": "r", "text": "刚写的"})
    assert late.json()["error"]["code"] == "not_yours"
    assert "刚写的" not in (await boss.get(path)).text


async def test_what_the_agent_has_not_seen_is_counted(office: DeskClient) -> None:
    anna = await office.signed_in("demo")
    path = await taken(office, anna)
    seq = (await anna.get(path)).json()["transcript"][-1]["seq"]
    await anna.post(f"{path}/read", json={"seq": seq})
    assert (await queue(anna))[0]["unread"] == 0
    for text in ("在吗", "我的号码 13800138000"):
        await office.customer_says(text)
    item = (await queue(anna))[0]
    assert (item["unread"], item["last"]["text"], item["last"]["author"]) == (2, "我的号码 138****8000", "customer")
    await anna.post(f"{path}/read", json={"seq": item["last"]["seq"]})
    assert (await queue(anna))[0]["unread"] == 0
    for seq in (-1, "1", True, 2**40, None):
        assert (await anna.post(f"{path}/read", json={"seq": seq})).status_code == 400


async def test_what_is_over_is_found_again(office: DeskClient) -> None:
    anna, ben = await office.signed_in("demo"), await office.signed_in("ben")
    path = await taken(office, anna)
    await office.customer_says("彩铃50%扣费")
    assert (await anna.post(f"{path}/close", json={"code": "nonsense"})).status_code == 400
    closed = await anna.post(f"{path}/close", json={"code": "solved", "note": "已退"})
    assert closed.json()["state"] == "closed"
    unit = office.app.hall.store.unit()
    unit.stage(update(conversations).where(conversations.c.conversation == CONVERSATION).values(msisdn="13800138000"))
    await unit.commit()
    found = (await ben.get("/api/closed?code=solved")).json()
    assert [(one["code"], one["agent"], found["more"]) for one in found["handoffs"]] == [("solved", "demo", False)]
    assert (await ben.get("/api/closed?agent=me")).json()["handoffs"] == []
    for browser, shown in ((anna, "彩铃50%扣费"), (ben, "")):  # the words are for who has it
        for words in ("13800138000", "彩铃50%", "50%扣"):
            hits = (await browser.get("/api/search", params={"q": words})).json()["handoffs"]
            assert [one["agent"] for one in hits] == ["demo"], words
        assert hits[0]["found"] == shown
    for words in ("彩铃%扣", "T26110000000", "GD00000000"):
        assert (await ben.get("/api/search", params={"q": words})).json()["handoffs"] == []
    assert (await ben.get("/api/search", params={"q": "x"})).status_code == 400


async def test_a_number_is_shown_whole_for_a_reason_that_is_kept(office: DeskClient) -> None:
    anna = await office.signed_in("demo")
    path = await taken(office, anna)
    assert (await anna.post(f"{path}/reveal", json={"id": "1", "why": "call"})).json()["error"]["code"] == "no_number"
    unit = office.app.hall.store.unit()
    unit.stage(update(conversations).values(msisdn="13800138000", level=1))
    await unit.commit()
    assert (await anna.post(f"{path}/reveal", json={"id": "1", "why": "curious"})).status_code == 400
    assert (await anna.post(f"{path}/reveal", json={"id": "1", "why": "call"})).json() == {"number": "13800138000"}
    ben = await office.signed_in("ben")
    assert (await ben.post(f"{path}/reveal", json={"id": "2", "why": "call"})).status_code == 409
    rows = await office.app.hall.store.all(select(handoff_notes))
    assert [(row.agent, row.kind, row.text) for row in rows] == [("demo", "reveal", "需要给客户回电")]


async def test_a_note_is_kept_once_and_masked(office: DeskClient) -> None:
    anna = await office.signed_in("demo")
    path = await taken(office, anna)
    for _ in range(2):
        assert (await anna.post(f"{path}/note", json={"id": "n", "text": "回拨 13900139002"})).status_code == 200
    assert (await anna.post(f"{path}/note", json={"id": "m", "text": " "})).status_code == 400
    notes = (await anna.get(f"{path}/customer")).json()["notes"]
    assert [one["text"] for one in notes] == ["回拨 139****9002"]
    assert "回拨" not in json.dumps((await anna.get(path)).json()["transcript"], ensure_ascii=False)


async def test_nothing_is_asked_for_who_has_not_proved_his_number(office: DeskClient) -> None:
    anna = await office.signed_in("demo")
    path = await taken(office, anna)
    answer = await anna.post(f"{path}/query", json={"text": "查余额"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "not_proved")


async def test_the_customer_sees_that_the_agent_writes(office: DeskClient) -> None:
    anna = await office.signed_in("demo")
    async with served(office.app, web_socket.blueprint) as host, websockets.connect(f"ws://{host}/ws") as customer:
        await customer.send(json.dumps({"type": "hello", "v": 1, "token": None, "last": 0}))
        welcome = json.loads(await customer.recv())
        assert welcome["owner"] == "bot"
        office.app.conversations.script.says = lambda _: [Reply("好")]
        await customer.send(json.dumps({"type": "msg", "cid": "c1", "text": "转人工"}))
        while not (waiting := await queue(anna)):
            await asyncio.sleep(0.02)
        path = f"/api/handoffs/{waiting[0]['id']}"
        assert (await anna.post(f"{path}/typing", json={})).status_code == 409
        unit = office.app.hall.store.unit()
        unit.stage(update(accounts).where(accounts.c.name == "demo").values(work_number="8001", display_name="小李"))
        await unit.commit()
        await anna.post(f"{path}/take", json={})
        await anna.post(f"{path}/typing", json={})
        frames = []
        while {"type": "typing", "on": True} not in frames:
            frames.append(json.loads(await asyncio.wait_for(customer.recv(), 5)))
        assert "8001 小李" in [one.get("agent") for one in frames]
    acts = [row.act for row in await office.app.hall.store.all(select(desk_acts))]
    assert acts == ["take"]


@pytest.mark.parametrize("path", ["/api/me", "/api/colleagues", "/api/closed", "/api/search?q=abc", "/api/live"])
async def test_everything_needs_a_session(office: DeskClient, path: str) -> None:
    async with office.browser() as browser:
        assert (await browser.get(path)).status_code == 401
