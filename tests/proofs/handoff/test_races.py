"""Customers and agents at once: who waits is served, who is taken is an agent's, and nobody is lost in between."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio
from sqlalchemy import select

from bot.messages import InboundMessage
from hall import handoff
from hall.errors import Conflict, NotFound
from hall.handoff import AgentReply, Target, routing
from hall.store.tables.core import conversations
from hall.store.tables.desk import handoff_queue, handoffs
from testing.chat_server import chat_app
from testing.fake_conversations import LEAVE, WISH

ROUNDS = int(os.environ.get("YINGTING_TEST_ROUNDS", "60"))  # `make races`: 1,000
CHATS = ("one", "two", "three")
AGENTS = ("anna", "ben")
LOST = (Conflict, NotFound, handoff.NotYours)  # another was first


@pytest_asyncio.fixture
async def app(tmp_path: Path) -> AsyncIterator[Any]:
    async with chat_app(tmp_path) as app:
        yield app


class Street:
    """Customers who write and agents who act; `said` are the customers' messages by conversation, in order."""

    def __init__(self, app: Any, rng: random.Random) -> None:
        self.app, self.hall, self.rng, self.number = app, app.hall, rng, 0
        self.said: dict[str, list[str]] = {chat: [] for chat in CHATS}
        self.replied: dict[str, list[str]] = {chat: [] for chat in CHATS}  # texts of agents that were taken

    async def customer(self, chat: str) -> None:
        self.number += 1
        text = self.rng.choice([WISH, WISH, LEAVE, f"问题{self.number}"])
        self.said[chat].append(text)
        inbound = InboundMessage("web", "widget", chat, f"c{self.number}", text)
        await self.app.conversations.wait_for_reply(await self.app.conversations.accept(inbound), 10)

    async def agent(self) -> None:
        name = self.rng.choice(AGENTS)
        found = await handoff.queue(self.hall)
        if not found:
            return
        item = self.rng.choice(found)
        act = self.rng.choice(["take", "take", "take", "reply", "reply", "close", "release", "pass", "step_in", "look"])
        try:
            if act == "take":
                await handoff.take_over(self.hall, item.id, name)
            elif act == "release":
                await handoff.release(self.hall, item.id, name)
            elif act == "pass":
                await handoff.transfer(self.hall, item.id, name, Target(skill=self.rng.choice(["general", "fault"])))
            elif act == "step_in":
                await handoff.step_in(self.hall, item.id, name)
            elif act == "look":
                await routing.look(self.hall)
            elif act == "close":
                await handoff.close(self.hall, item.id, name)
            else:
                await self._reply(item, name)
        except LOST:
            return

    async def _reply(self, item: handoff.Handoff, name: str) -> None:
        self.number += 1
        text = f"答复{self.number}"
        sent = AgentReply(name, f"r{self.number}", text)
        await handoff.reply(self.hall, item.id, sent, self.app.conversations.post)
        self.replied[item.conversation.split(":")[2]].append(text)


async def consistent(hall: Any) -> None:
    """The owner, the hand-off and the queue tell the same."""
    owners = {row.conversation: row.owner for row in await hall.store.all(select(conversations))}
    open_ones = [row for row in await hall.store.all(select(handoffs)) if row.state != handoff.CLOSED]
    states = {row.conversation: row.state for row in open_ones}
    assert len(states) == len(open_ones)
    meant = {handoff.WAITING: handoff.QUEUED, handoff.TAKEN: handoff.PERSON, None: handoff.BOT}
    assert owners == {chat: meant[states.get(chat)] for chat in owners}
    line = {row.conversation for row in await hall.store.all(select(handoff_queue))}
    assert line == {chat for chat, state in states.items() if state == handoff.WAITING}


async def test_whoever_is_first_nobody_is_let_go_of(app: Any) -> None:
    """Everybody at once, over and over: the books agree, every message is kept once, and none meets silence unowned."""
    rng = random.Random(20261126)
    street = Street(app, rng)
    for _ in range(ROUNDS):
        acts = [street.customer(chat) for chat in CHATS if rng.random() < 0.8] + [street.agent() for _ in AGENTS]
        rng.shuffle(acts)
        await asyncio.gather(*acts)
        await app.conversations.settle()
        await consistent(app.hall)
    for chat in CHATS:
        lines = await app.conversations.log(f"web:widget:{chat}")
        assert [line.text for line in lines if line.author == "customer"] == street.said[chat]
        assert sorted(line.text for line in lines if line.author == "agent") == sorted(street.replied[chat])


async def test_closing_while_the_customer_writes_answers_the_message(app: Any) -> None:
    """A message that comes while the agent closes is seen by the agent or answered by the bot, never neither."""
    for number in range(ROUNDS // 3):
        chat = f"web:widget:c{number}"

        async def writes(text: str, number: int = number) -> Any:
            inbound = InboundMessage("web", "widget", f"c{number}", f"{number}{text}", text)
            return await app.conversations.wait_for_reply(await app.conversations.accept(inbound), 10)

        await writes(WISH)
        item = next(item for item in await handoff.queue(app.hall) if item.conversation == chat)
        await handoff.take_over(app.hall, item.id, "anna")
        acts = [writes("在吗"), handoff.close(app.hall, item.id, "anna")]
        got = await asyncio.gather(*(acts if number % 2 else reversed(acts)))
        await app.conversations.settle()
        await consistent(app.hall)
        lines = [(line.author, line.text) for line in await app.conversations.log(chat)]
        assert ("bot", "utter_handoff_closed") in lines
        answered = ("bot", "收到在吗") in lines
        before_closing = lines.index(("customer", "在吗")) < lines.index(("bot", "utter_handoff_closed"))
        assert answered or before_closing
        assert answered == any(isinstance(replies, tuple) and bool(replies) for replies in got)
