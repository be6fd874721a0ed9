"""`Conversations` for tests of the edges: the real ones, with an engine that says what the test wants."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from actions.base import Turn
from bot.conversations.service import Conversations
from bot.engine.memory import Input, Memory, TurnResult
from bot.messages import Accepted, InboundMessage, Reply
from hall import handoff
from hall.errors import StoreUnavailable

WISH, LEAVE = "转人工", "不等了"
PHRASES = {
    "utter_sms_choice_lead": "回",
    "utter_sms_hint": "0返回 9人工",
    "utter_code_sms": "验证码{code}，5分钟内有效",
    "utter_agent_file": "文件{file}：{link}",
    "utter_queue_place": "您排在第{place.position}位",
}
WORDS = {"widgets": {name: name for name in ("too_many", "too_long", "unavailable")}}


class ScriptedAnswers:
    """A few answers; of any other its name."""

    def text(self, name: str, channel: str, facts: dict[str, Any] | None = None) -> str:
        return PHRASES.get(name, name).format(**facts or {})

    def render(self, name: str, channel: str, facts: dict[str, Any]) -> dict[str, Any]:
        said: dict[str, Any] = {"text": self.text(name, channel, facts)}
        card: dict[str, Any] = {
            "kind": "sheet",
            "title": name,
            "rows": [],
            "url": facts.get("link"),
            "open": "打开文件",
        } | facts
        return said | ({"card": card} if channel == "web" else {})

    def formatted(self, name: str, value: object) -> str:
        return name

    def words(self, table: str) -> dict[str, str]:
        return WORDS.get(table, {"check_balance": "查话费"})


class ScriptedEngine:
    """Says what `says` makes of a message, hands over at WISH, leaves the queue at LEAVE, and keeps turns unfinished
    while `gate` is closed."""

    def __init__(self) -> None:
        self.says: Callable[[Input], Sequence[Reply]] = lambda given: (Reply(f"收到{given.text}"),)
        self.gate = asyncio.Event()
        self.gate.set()
        self.runs = 0

    async def run(self, turn: Turn, memory: Memory, given: Input) -> TurnResult:
        await self.gate.wait()
        self.runs += 1
        return TurnResult(tuple(await self._replies(turn, given)), memory, [], secret=False)

    async def _replies(self, turn: Turn, given: Input) -> Sequence[Reply]:
        if given.event:
            return (Reply(str(given.event["response"])),)
        if given.text == LEAVE and turn.queued:
            await handoff.leave(turn.hall, turn.unit, turn.conversation)
            turn.owner, turn.place_told = handoff.BOT, True
            return (Reply("好的，不排了"),)
        if given.text != WISH:
            return self.says(given)
        summary = {"task": "topup_data", "title": "充流量", "slots": [{"name": "号码", "value": "138****8000"}]}
        asked = handoff.NewHandoff(turn.conversation, "asked", summary)
        place = await handoff.request(turn.hall, turn.unit, asked)
        turn.owner, turn.place_told = handoff.QUEUED, True
        return (Reply(f"已为您转接人工客服，您排在第 {place} 位，请稍候。"),)

    @property
    def answers(self) -> ScriptedAnswers:
        return ScriptedAnswers()

    def awaits_secret(self, memory: Memory) -> bool:
        return False


class FakeConversations(Conversations):
    """What channels and the desk ask of `Conversations`; `script` is the engine, `broken` a database that is full."""

    def __init__(self, hall: Any) -> None:
        self.script = ScriptedEngine()
        super().__init__(hall, self.script)  # type: ignore[arg-type]
        self.broken = False
        self.taken: list[InboundMessage] = []  # without repeats

    async def accept(self, inbound: InboundMessage) -> Accepted:
        if self.broken:
            raise StoreUnavailable("OperationalError")
        accepted = await super().accept(inbound)
        if accepted.fresh:
            self.taken.append(inbound)
        return accepted

    async def finish(self) -> None:
        """Open the gate and wait until every message is answered."""
        self.script.gate.set()
        await self.settle()
