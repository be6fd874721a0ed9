"""A simple engine for tests of turns, and messages for it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from actions.base import Turn
from bot.engine.memory import Answer, Memory, Said
from bot.messages import Button, InboundMessage, Reply
from hall.store.outbox import enqueue


@dataclass
class Parrot:
    """An engine that repeats what it hears, counts, and fails when told to."""

    heard: list[str] = field(default_factory=list)
    fail: list[Exception] = field(default_factory=list)
    slow: float = 0.0
    owner: str | None = None
    secret: bool = False
    keys: list[str] = field(default_factory=list)

    async def run(self, turn: Turn, memory: Memory, said: Said) -> Answer:
        self.heard.append(said.text)
        self.keys.append(turn.key)
        await asyncio.sleep(self.slow)
        enqueue(turn.unit, turn.hall.clock.now(), key=turn.key, kind="test", body={}, conversation=turn.conversation)
        if self.fail:
            raise self.fail.pop(0)
        turn.owner = self.owner
        count = memory.slots.get("count", 0) + 1
        words = said.event["response"] if said.event else said.text
        reply = Reply(f"{count}:{words}", (Button("一", "/one"),))
        return Answer((reply,), Memory({"count": count}, {}), [{"event": "user"}], self.secret, "greet", 1.0)

    def phrase(self, response: str, channel: str, **facts: Any) -> str:
        return f"{response} on {channel}"

    def awaits_secret(self, memory: Memory) -> bool:
        return self.secret


def sms(words: str, number: str = "1", sender: str = "13800138000") -> InboundMessage:
    return InboundMessage("sms", "kannel", sender, number, words, msisdn=sender, to="10086")
