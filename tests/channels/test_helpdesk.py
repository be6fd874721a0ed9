"""Another help desk, Chatwoot: opened there, followed, answered from there; while it is down, ours has everybody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import insert

from bot.messages import InboundMessage
from channels import helpdesk
from channels.web import socket
from hall import handoff
from hall.handoff import TAKEN, WAITING, Target, routing
from hall.helpdesk import jobs
from hall.helpdesk.chatwoot import Chatwoot
from hall.helpdesk.own import OwnDesk
from hall.helpdesk.port import ELSEWHERE, BadReport, DeskDown, DeskRefused
from hall.store.dispatcher import Dispatcher
from hall.store.tables.desk import agents
from testing.chat_server import chat_app, served
from testing.chatwoot import ACCOUNT, Conversation, FakeChatwoot, signed, written
from testing.fake_conversations import LEAVE, WISH

KEY = "web:widget:anna"


class House:
    """A hall whose people answer in a Chatwoot."""

    def __init__(self, app: Any, chatwoot: FakeChatwoot, host: str) -> None:
        self.app, self.hall, self.chatwoot, self.host = app, app.hall, chatwoot, host
        self.dispatcher = Dispatcher(app.hall.store, app.hall.clock)
        handoff.register(self.dispatcher, app.hall)
        jobs.register(self.dispatcher, app.hall)
        self._count = 0

    async def says(self, text: str) -> None:
        """The customer writes; what that causes is done."""
        self._count += 1
        inbound = InboundMessage(*KEY.split(":"), f"m{self._count}", text)
        await self.app.conversations.accept(inbound)
        await self.app.conversations.settle()
        await self.round()

    async def round(self) -> None:
        await self.dispatcher.settle(rounds=5)

    async def later(self, **step: float) -> None:
        """Time goes on, and what is due is done."""
        self.hall.clock.advance(timedelta(**step))
        await self.round()

    async def report(self, event: Any, *, late: float = 0.0, **more: Any) -> httpx.Response:
        """Chatwoot reports something."""
        body, headers = signed(event, self.hall.clock.now().timestamp() - late, **more)
        async with httpx.AsyncClient() as client:
            answer = await client.post(f"http://{self.host}/helpdesk/chatwoot", content=body, headers=headers)
        await self.app.conversations.settle()
        await self.round()
        return answer

    @property
    def there(self) -> Conversation:
        (found,) = self.chatwoot.conversations
        return found

    async def case(self) -> Any:
        (found,) = await handoff.queue(self.hall)
        return found

    async def heard(self, author: str = "agent") -> list[str]:
        """What was said to the customer."""
        return [line.text for line in await self.app.conversations.log(KEY) if line.author == author]


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    chatwoot = FakeChatwoot()
    desk = Chatwoot(ACCOUNT, transport=chatwoot.transport)
    async with chat_app(tmp_path, helpdesk=desk) as app, served(app, helpdesk.blueprint) as host:
        yield House(app, chatwoot, host)


async def test_who_asks_for_a_person_waits_there_with_what_is_known(house: House) -> None:
    await house.says("充流量，我的号码是13800138000")
    await house.says(WISH)
    (note,) = house.there.said("private")
    assert "正在办理：充流量" in note
    assert "138****8000" in note
    assert "13800138000" not in note
    assert "13800138000" not in str(house.chatwoot.contacts)
    assert house.there.status == "open"
    assert (await house.case()).state == WAITING


async def test_it_is_answered_there_and_the_words_go_both_ways_once(house: House) -> None:
    await house.says(WISH)
    number = house.there.id
    for _ in range(2):  # a repeat of the report, too
        assert (await house.report(written(number, 11, "您好，我是王芳"))).json() == {"done": True}
    assert await house.heard() == ["您好，我是王芳"]
    assert ((await house.case()).state, (await house.case()).agent) == (TAKEN, ELSEWHERE)
    await house.says("我的流量没到账")
    assert house.there.said("incoming") == ["我的流量没到账"]
    assert house.there.said("outgoing") == []  # what its agent wrote is not brought back


async def test_what_the_bot_says_meanwhile_is_read_there_too(house: House) -> None:
    await house.says(WISH)
    await house.says("查话费")
    assert house.there.said("incoming") == ["查话费"]
    assert house.there.said("outgoing") == ["收到查话费", "您排在第1位"]


async def test_an_agent_who_is_assigned_takes_it_and_the_bot_is_silent(house: House) -> None:
    await house.says(WISH)
    talk = {"id": house.there.id, "status": "open", "meta": {"assignee": {"id": 7}}}
    await house.report({"event": "conversation_updated", **talk})
    await house.says("在吗")
    assert await house.heard("bot") == ["已为您转接人工客服，您排在第 1 位，请稍候。"]


async def test_resolving_it_gives_the_customer_back_to_the_bot(house: House) -> None:
    await house.says(WISH)
    await house.report(written(house.there.id, 11, "办好了"))
    done = {"event": "conversation_status_changed", "id": house.there.id, "status": "resolved", "meta": {}}
    for _ in range(2):
        await house.report(done)
    assert await handoff.queue(house.hall) == []
    await house.says("查话费")
    assert (await house.heard("bot"))[-1] == "收到查话费"
    assert house.there.said("incoming") == []


async def test_a_customer_who_waits_no_more_is_resolved_there(house: House) -> None:
    await house.says(WISH)
    await house.says(LEAVE)
    assert house.there.status == "resolved"
    assert "不再等" in house.there.said("private")[-1]


async def test_one_owner_at_a_time_and_what_comes_too_late_is_not_sent(house: House) -> None:
    """Given a customer whom an agent of ours takes, the other desk's is told that his words were not sent."""
    await house.says(WISH)
    await handoff.take_over(house.hall, (await house.case()).id, "ben")
    await house.round()
    assert house.there.status == "resolved"
    answer = await house.report(written(house.there.id, 12, "我来处理"))
    assert answer.status_code == 409
    assert await house.heard() == []
    assert "没有发给客户" in house.there.said("private")[-1]


async def test_a_supervisor_of_ours_may_step_in(house: House) -> None:
    await house.says(WISH)
    await house.report(written(house.there.id, 11, "您好"))
    await handoff.step_in(house.hall, (await house.case()).id, "chief")
    await house.round()
    assert house.there.status == "resolved"
    assert (await house.report(written(house.there.id, 12, "还在吗"))).status_code == 409
    assert await house.heard() == ["您好"]


async def test_a_desk_that_is_down_falls_back_to_ours(house: House) -> None:
    house.chatwoot.down = True
    await house.says(WISH)
    await _anna_is_here(house)
    await routing.look(house.hall)
    assert (await house.case()).offered_to is None  # it may be back in a moment
    for _ in range(12):
        await house.later(seconds=4)
    await routing.look(house.hall)
    assert (await house.case()).offered_to == "anna"
    assert not house.chatwoot.conversations


async def test_a_moment_without_it_changes_nothing(house: House) -> None:
    house.chatwoot.down = True
    await house.says(WISH)
    house.chatwoot.down = False
    await house.later(seconds=6)
    assert house.there.status == "open"
    await _anna_is_here(house)
    await routing.look(house.hall)
    assert (await house.case()).offered_to is None


async def test_who_has_an_agent_there_is_not_left_alone_when_it_goes_down(house: House) -> None:
    await house.says(WISH)
    await house.report(written(house.there.id, 11, "您好"))
    house.chatwoot.down = True
    await house.says("我的流量没到账")
    for _ in range(40):
        await house.later(seconds=4)
    assert (await house.case()).state == WAITING
    house.chatwoot.down = False
    await house.later(hours=1)
    assert house.there.status == "resolved"
    assert (await house.report(written(house.there.id, 12, "还在吗"))).status_code == 409


async def test_a_desk_with_wrong_settings_falls_back_at_once(house: House) -> None:
    house.hall.helpdesk = Chatwoot(replace(ACCOUNT, inbox="other"), transport=house.chatwoot.transport)
    await house.says(WISH)
    await _anna_is_here(house)
    await routing.look(house.hall)
    assert (await house.case()).offered_to == "anna"


async def test_an_answer_that_is_lost_doubles_nothing(house: House) -> None:
    """Given calls that are done and whose answers never come, each is there once in the end."""
    lost: list[str] = []

    def loses(request: httpx.Request) -> bool:
        first = request.method == "POST" and str(request.url) not in lost
        lost.append(str(request.url))
        return first

    house.chatwoot.loses = loses
    await house.says(WISH)
    for _ in range(6):
        await house.later(seconds=4)
    await house.says("我的流量没到账")
    for _ in range(6):
        await house.later(seconds=4)
    assert len(house.there.said("private")) == 1
    assert house.there.said("incoming") == ["我的流量没到账"]
    assert house.there.said("outgoing") == ["收到我的流量没到账", "您排在第1位"]


async def test_a_transfer_between_our_own_agents_stays_here(house: House) -> None:
    await house.says(WISH)
    found = await house.case()
    await handoff.take_over(house.hall, found.id, "ben")
    await handoff.transfer(house.hall, found.id, "ben", Target(skill="fault"))
    await house.round()
    assert house.there.status == "resolved"
    await _anna_is_here(house)
    await routing.look(house.hall)
    assert (await house.case()).offered_to == "anna"


async def test_files_are_not_passed_on_and_the_agent_is_told(house: House) -> None:
    await house.says(WISH)
    await house.report(written(house.there.id, 11, "", attachments=[{"file_type": "image"}]))
    assert await house.heard() == []
    assert house.there.said("private")[-1].startswith("附件没有发给客户")


@pytest.mark.parametrize(
    "change",
    [
        {"private": True},
        {"message_type": "incoming"},
        {"sender": {"type": "agent_bot"}},
        {"event": "message_updated"},
        {"conversation": None},
        {"conversation": {"id": "x"}},
        {"id": None},
    ],
)
async def test_what_is_no_agents_message_is_nothing(house: House, change: dict[str, Any]) -> None:
    await house.says(WISH)
    assert (await house.report(written(house.there.id, 11, "备注") | change)).json() == {"done": False}
    assert await house.heard() == []


async def test_a_talk_that_is_not_ours_is_nothing(house: House) -> None:
    await house.says(WISH)
    assert (await house.report(written(house.there.id + 1, 11, "您好"))).status_code == 409
    assert await house.heard() == []


@pytest.mark.parametrize("bad", [{"late": 301.0}, {"late": -301.0}, {"secret": "guess"}, "other body", "no headers"])
async def test_a_report_that_is_not_signed_now_is_refused(house: House, bad: Any) -> None:
    await house.says(WISH)
    event = written(house.there.id, 11, "您好")
    if isinstance(bad, dict):
        answer = await house.report(event, **bad)
    else:
        body, headers = signed(event, house.hall.clock.now().timestamp())
        async with httpx.AsyncClient() as client:
            answer = await client.post(
                f"http://{house.host}/helpdesk/chatwoot",
                content=body.replace(b"11", b"12") if bad == "other body" else body,
                headers=headers if bad == "other body" else {},
            )
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "bad_signature")
    assert await house.heard() == []


async def test_it_is_answered_before_chatwoot_gives_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a database that hangs, the report is refused in time, so that the agent sees that nothing was sent."""

    async def hangs(*_: Any) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(helpdesk, "WITHIN", 0.05)
    monkeypatch.setattr("hall.helpdesk.links.of_theirs", hangs)
    assert (await house.report(written(41, 11, "您好"))).status_code == 503


async def test_without_its_settings_there_is_no_route(tmp_path: Path) -> None:
    async with chat_app(tmp_path) as app, served(app, socket.blueprint, helpdesk.blueprint) as host:
        answer = await asyncio.to_thread(httpx.post, f"http://{host}/helpdesk/chatwoot")
    assert answer.status_code == 404


async def test_the_doctor_asks_whether_it_is_there(house: House) -> None:
    await house.hall.helpdesk.check()
    house.chatwoot.down = True
    with pytest.raises(DeskDown):
        await house.hall.helpdesk.check()


@pytest.mark.parametrize(
    ("status", "error"), [(500, DeskDown), (429, DeskDown), (404, DeskRefused), (302, DeskRefused)]
)
async def test_an_answer_says_whether_it_is_worth_another_try(status: int, error: type[Exception]) -> None:
    desk = Chatwoot(ACCOUNT, transport=httpx.MockTransport(lambda request: httpx.Response(status)))
    with pytest.raises(error):
        await desk.check()


async def test_a_page_that_is_no_chatwoot_is_told_so() -> None:
    desk = Chatwoot(ACCOUNT, transport=httpx.MockTransport(lambda request: httpx.Response(200, text="<html>")))
    with pytest.raises(DeskRefused, match="address"):
        await desk.check()


async def test_our_own_desk_takes_no_reports(house: House) -> None:
    with pytest.raises(BadReport):
        OwnDesk().heard({}, b"", house.hall.clock.now())


async def _anna_is_here(house: House) -> None:
    now, unit = house.hall.clock.now(), house.hall.store.unit()
    row = {"name": "anna", "password_hash": "x", "role": "agent", "skills": ["general", "fault"], "created_at": now}
    unit.stage(insert(agents).values(**row, presence="online", presence_at=now, heard_at=now))
    await unit.commit()
