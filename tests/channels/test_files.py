"""Files from the web chat: taken only where somebody looks at them, seen only at the desk, gone with the rest."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import pytest_asyncio

from channels import documents
from channels.desk import api
from channels.web import files, socket
from hall import agents, erasure, personal_data, tickets
from hall.change import Change
from hall.file_check import MOST_BYTES
from hall.tickets import Fact, NewTicket
from testing.chat_server import chat_app, served
from testing.fake_conversations import WISH
from tests.channels.test_desk import DeskClient
from tests.channels.test_socket import Browser, ChatServer
from tests.hall.test_file_check import PLAIN, picture

SITE = {"Origin": "https://www.op.cn"}


class FileServer(ChatServer):
    """A web chat, its files and the desk on one port."""

    async def signed_in(self, name: str) -> httpx.AsyncClient:
        return await DeskClient(self.app, self.host).signed_in(name)

    async def send(self, browser: Browser, content: bytes, cid: str = "f1", **headers: str) -> httpx.Response:
        named = {"X-Cid": cid, "X-Name": quote("发票 10月.jpg"), "Authorization": f"Bearer {browser.token}"}
        async with httpx.AsyncClient() as client:
            return await client.post(f"http://{self.host}/files", content=content, headers=named | headers)


@pytest_asyncio.fixture
async def street(tmp_path: Path) -> AsyncIterator[FileServer]:
    async with (
        chat_app(tmp_path) as app,
        served(app, socket.blueprint, files.blueprint, api.blueprint, documents.blueprint) as host,
    ):
        for name in ("demo", "ben"):
            await agents.ensure(app.hall, name, "open sesame")
        yield FileServer(app, host)


async def visitor(street: FileServer, words: str = WISH) -> Browser:
    browser = await street.browser()
    await browser.hello()
    await browser.say("c1", words)
    await browser.next("ack")
    return browser


async def taken(street: FileServer, agent: Any) -> str:
    found = (await agent.get("/api/queue")).json()["handoffs"][0]["id"]
    await agent.post(f"/api/handoffs/{found}/take", json={})
    return f"/api/handoffs/{found}"


async def test_a_file_is_seen_by_the_agent_and_harms_nobody(street: FileServer) -> None:
    browser = await visitor(street)
    sent = await street.send(browser, picture())
    assert (sent.status_code, sent.json()["name"]) == (201, "发票 10月.jpg")
    line = await browser.next("msg")
    while line.get("cid") != "f1":
        line = await browser.next("msg")
    assert (line["author"], line["text"]) == ("customer", "［图片］发票 10月.jpg")
    demo, ben = await street.signed_in("demo"), await street.signed_in("ben")
    path = await taken(street, demo)
    card = (await demo.get(path)).json()["transcript"][-1]["card"]
    assert (card["kind"], card["id"], card["type"]) == ("file", sent.json()["id"], "image/jpeg")
    got = await demo.get(f"{path}/files/{card['id']}")
    assert got.content.startswith(b"\xff\xd8\xff")
    assert got.headers["content-disposition"] == f"attachment; filename*=UTF-8''{quote('发票 10月.jpg')}"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]
    assert (await ben.get(f"{path}/files/{card['id']}")).status_code == 409
    assert (await demo.get(f"{path}/files/nothing")).status_code == 404
    async with httpx.AsyncClient(base_url=f"http://{street.host}/desk") as nobody:
        assert (await nobody.get(f"{path}/files/{card['id']}")).status_code == 401


async def test_the_same_again_is_one_file(street: FileServer) -> None:
    browser = await visitor(street)
    first, again = [await street.send(browser, picture()) for _ in range(2)]
    assert first.json()["id"] == again.json()["id"]
    lines = await street.app.conversations.log(f"web:widget:{browser.token.split('.')[0]}")
    assert [line.client_id for line in lines].count("f1") == 1


async def test_where_nobody_would_look_nothing_is_taken(street: FileServer) -> None:
    browser = await visitor(street, "查话费")
    refused = await street.send(browser, picture())
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "no_case")
    stranger = await street.browser()
    await stranger.hello()  # has said nothing
    assert (await street.send(stranger, picture())).status_code == 409


async def test_a_file_for_an_open_ticket_stands_in_it(street: FileServer) -> None:
    browser = await visitor(street, "我要投诉")
    hall, key = street.app.hall, f"web:widget:{browser.token.split('.')[0]}"
    change = Change.begin(hall, hall.store.unit(), "customer")
    facts = (Fact("账单", "65.45元"),)
    ticket = await tickets.open_ticket(change, NewTicket("k1", "complaint", "fee", key, None, "多扣20元", facts))
    await change.unit.commit()
    sent = await street.send(browser, PLAIN, **{"X-Name": quote("账单13800138000.pdf")})
    assert sent.json()["name"] == "账单138****8000.pdf"
    ben = await street.signed_in("ben")
    seen = (await ben.get(f"/api/tickets/{ticket.ticket_no}")).json()
    assert [one["name"] for one in seen["files"]] == ["账单138****8000.pdf"]
    assert ("file", "customer") in [(one["act"], one["actor"]) for one in seen["history"]]
    got = await ben.get(f"/api/tickets/{ticket.ticket_no}/files/{seen['files'][0]['id']}")
    assert (got.content, got.headers["content-type"]) == (PLAIN, "application/pdf")
    assert (await ben.get(f"/api/tickets/GD00000000/files/{seen['files'][0]['id']}")).status_code == 404


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"MZ\x90\x00", 415, "bad_type"),
        (b"\xff\xd8\xff<script>", 415, "bad_content"),
        (b"%PDF-" + b"0" * MOST_BYTES, 413, "too_large"),
    ],
)
async def test_what_is_not_taken_is_told(street: FileServer, content: bytes, status: int, code: str) -> None:
    refused = await street.send(await visitor(street), content, **SITE)
    assert (refused.status_code, refused.json()["error"]["code"]) == (status, code)
    assert refused.headers["access-control-allow-origin"] == SITE["Origin"]


async def test_only_pages_that_may_embed_and_holders_of_a_session(street: FileServer) -> None:
    browser = await visitor(street)
    foreign = await street.send(browser, picture(), Origin="https://evil.example")
    assert (foreign.status_code, "access-control-allow-origin" in foreign.headers) == (403, False)
    for bad in ({"Authorization": "Bearer x.1.y"}, {"Authorization": ""}):
        assert (await street.send(browser, picture(), **bad)).status_code == 401
    assert (await street.send(browser, picture(), cid="a b")).status_code == 400
    async with httpx.AsyncClient() as client:
        asked = await client.options(f"http://{street.host}/files", headers=SITE)
        refused = await client.options(f"http://{street.host}/files", headers={"Origin": "https://evil.example"})
    assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (204, SITE["Origin"])
    assert refused.status_code == 403


async def test_so_many_and_no_more(street: FileServer) -> None:
    browser = await visitor(street)
    found = [(await street.send(browser, picture(), cid=f"f{number}")).status_code for number in range(6)]
    assert found == [201] * 5 + [429]


async def test_it_goes_with_what_was_said_and_is_handed_out_with_it(street: FileServer) -> None:
    browser = await visitor(street)
    await street.send(browser, PLAIN)
    hall, key = street.app.hall, f"web:widget:{browser.token.split('.')[0]}"
    subject = personal_data.Subject(None, (key,))
    rows = await personal_data.export(hall.store, subject)
    assert rows["files"][0]["content"].startswith("JVBERi0xLjc")  # base64
    hall.clock.advance(hall.policy.retention.kinds["service"].time + timedelta(days=1))
    await erasure.sweep(hall)
    assert "files" not in await personal_data.export(hall.store, subject)


# -- from agents -----------------------------------------------------------------------------------


async def gives(agent: Any, path: str, content: bytes, cid: str = "g1", **headers: str) -> httpx.Response:
    named = {"X-Cid": cid, "X-Name": quote("说明 13800138000.pdf"), "Content-Type": "application/octet-stream"}
    return await agent.post(f"{path}/files", content=content, headers=named | headers)  # type: ignore[no-any-return]


async def code_of(street: FileServer, browser: Browser) -> str:
    """The code of the link that the customer was sent."""
    lines = await street.app.conversations.log(f"web:widget:{browser.token.split('.')[0]}")
    assert lines[-1].card is not None
    return str(lines[-1].card["link"]).rpartition("/")[2]


async def test_an_agents_file_reaches_the_customer_as_a_link(street: FileServer) -> None:
    browser, demo = await visitor(street), await street.signed_in("demo")
    path = await taken(street, demo)
    assert (await gives(demo, path, PLAIN)).status_code == 200
    assert (await gives(demo, path, PLAIN)).status_code == 200  # the same again
    lines = await street.app.conversations.log(f"web:widget:{browser.token.split('.')[0]}")
    assert [(line.author, line.text[:18]) for line in lines if line.author == "agent"] == [
        ("agent", "文件说明 138****8000.pdf"[:18])
    ]
    code = await code_of(street, browser)
    async with httpx.AsyncClient(base_url=f"http://{street.host}") as anybody:
        assert "客服发给您的文件" in (await anybody.get(f"/d/{code}")).text
        page = (await anybody.post(f"/d/{code}")).text
        key = page.partition('name="key" value="')[2].partition('"')[0]
        got = await anybody.post(f"/d/{code}/file", data={"key": key})
        assert (got.content, got.headers["content-type"]) == (PLAIN, "application/pdf")
        assert got.headers["content-disposition"].startswith("attachment")
        assert (await anybody.post(f"/d/{code}/file", data={"key": "guess"})).status_code == 410
        street.app.hall.clock.advance(timedelta(days=7))
        assert (await anybody.get(f"/d/{code}")).status_code == 410


async def test_an_agents_picture_is_written_anew_and_seen_in_the_browser(street: FileServer) -> None:
    browser, demo = await visitor(street), await street.signed_in("demo")
    await gives(demo, await taken(street, demo), picture())
    code = await code_of(street, browser)
    async with httpx.AsyncClient(base_url=f"http://{street.host}") as anybody:
        key = (await anybody.post(f"/d/{code}")).text.partition('name="key" value="')[2].partition('"')[0]
        got = await anybody.post(f"/d/{code}/file", data={"key": key})
    assert (got.headers["content-type"], "content-disposition" in got.headers) == ("image/jpeg", False)
    assert got.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [(b"MZ", {}, 415), (b"x" * (MOST_BYTES + 1), {}, 413), (PLAIN, {"X-Cid": ""}, 400), (PLAIN, {"X-Desk": "0"}, 403)],
)
async def test_what_an_agent_may_not_send_reaches_nobody(
    street: FileServer, content: bytes, headers: dict[str, str], status: int
) -> None:
    browser, demo = await visitor(street), await street.signed_in("demo")
    path = await taken(street, demo)
    assert (await gives(demo, path, content, **headers)).status_code == status
    lines = await street.app.conversations.log(f"web:widget:{browser.token.split('.')[0]}")
    assert not [line for line in lines if line.author == "agent"]


async def test_only_who_has_the_customer_sends_files(street: FileServer) -> None:
    await visitor(street)
    demo, ben = await street.signed_in("demo"), await street.signed_in("ben")
    path = await taken(street, demo)
    assert (await gives(ben, path, PLAIN)).status_code == 409
