"""A simple engine for tests of turns, and messages for it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from actions.base import Turn
from bot.conversations.service import Conversations
from bot.engine.memory import Input, Memory, TurnResult
from bot.messages import Button, InboundMessage, Reply
from hall.store.outbox import NewMessage, enqueue


class NamesAnswers:
    """Says the name of the answer instead of the answer."""

    def text(self, name: str, channel: str, facts: Any = None) -> str:
        return f"{name} on {channel}"


@dataclass
class EchoEngine:
    """An engine that repeats what it hears, counts, and fails when told to."""

    heard: list[str] = field(default_factory=list)
    fail: list[Exception] = field(default_factory=list)
    slow: float = 0.0
    owner: str | None = None
    secret: bool = False
    keys: list[str] = field(default_factory=list)
    answers: NamesAnswers = field(default_factory=NamesAnswers)
    operator: Any = None  # whose words a real one carries to the next

    async def run(self, turn: Turn, memory: Memory, given: Input) -> TurnResult:
        self.heard.append(given.text)
        self.keys.append(turn.key)
        await asyncio.sleep(self.slow)
        enqueue(
            turn.unit,
            turn.hall.clock.now(),
            NewMessage(key=turn.key, kind="test", body={}, conversation=turn.conversation),
        )
        if self.fail:
            raise self.fail.pop(0)
        turn.owner = self.owner
        count = memory.slots.get("count", 0) + 1
        words = given.event["response"] if given.event else given.text
        reply = Reply(f"{count}:{words}", (Button("一", "/one"),))
        return TurnResult((reply,), Memory({"count": count}, {}), [{"event": "user"}], self.secret)

    def awaits_secret(self, memory: Memory) -> bool:
        return self.secret


def sms(words: str, number: str = "1", sender: str = "13800138000") -> InboundMessage:
    return InboundMessage("sms", "kannel", sender, number, words, msisdn=sender, to="10086")


async def ask(conversations: Conversations, inbound: InboundMessage) -> tuple[Reply, ...] | None:
    """Accept a message and wait for its reply."""
    return await conversations.wait_for_reply(await conversations.accept(inbound), within=30)
