"""Hundreds of random turns against unmodified Rasa: its processor, runner, tracker and remote actions.

What is said is rendered by the hall's templates on both sides; tests/bot/answers has them. What we put in Rasa's place
(bot/engine) is there to be fast; it must not say anything else.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.lock_store import InMemoryLockStore
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.events import ActionExecuted, BotUttered, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from rasa_sdk.executor import ActionExecutor

from actions import all_actions
from actions.base import TURN, Line, Turn
from bot.answers import Answers
from bot.dialogue.choices import choose
from bot.dialogue.policy import STATE, FlowPolicy
from bot.dialogue.state import State
from bot.engine.engine import Engine, Input, Memory
from bot.engine.nlg import AnswerGenerator
from bot.nlu import cues
from hall.context import Hall
from testing.apps import demo_app

SESSIONS, TURNS = 30, 14
LINE = Line("13800138000", 1)
SAYINGS = (
    *("查话费", "余额多少", "上个月账单", "看看9月和10月的账单", "充流量", "给13500135999充1G国内流量", "我要充2G"),
    *("13500135999", "13900139002", "12345", "本机", "微信", "支付宝", "第一个", "2", "1", "省内的", "1G"),
    *("确认", "好的", "不对", "不要了", "取消", "返回", "再说一遍", "0", "9", "菜单", "CXYE", "实名查询", "我实名了吗"),
    *("你好", "谢谢", "啊啊啊", "今天天气不错", "转人工", "到账了吗", "我要退款", "账单怎么这么高", "手机没信号", "?"),
    *(
        "不是这个号码，是13500135005",
        "换成支付宝",
        "先查一下话费",
        "等一下",
        "嗯",
        "查话费，再充1G流量",
        "。",
        "套餐有哪些",
    ),
)


OF_RASA = ("text", "buttons", "elements", "custom", "template", "response", "image", "attachment")


class ActionServer:
    """Rasa's action server without the wire: what goes over is JSON all the same; facts of answers stay here."""

    url = "http://actions"
    kwargs: dict[str, Any] = {}

    def __init__(self) -> None:
        self._executor = ActionExecutor()
        self.kept: list[dict[str, Any]] = []
        for action in all_actions().values():
            self._executor.register_action(action)

    async def request(self, json: dict[str, Any], **_: Any) -> Any:
        call = _through_json(json)
        result = await self._executor.run(call)
        return _through_json({**result, "responses": [self._without_facts(said) for said in result["responses"]]})

    def _without_facts(self, said: dict[str, Any]) -> dict[str, Any]:
        """Rasa stores facts with what is said; objects cannot be, so their place among `kept` goes over."""
        self.kept.append({name: value for name, value in said.items() if name not in OF_RASA})
        return {name: said[name] for name in OF_RASA if name in said} | {"kept": len(self.kept) - 1}


class GeneratorBesideServer(AnswerGenerator):
    """The hall's generator, which finds the facts where the action server has kept them."""

    def __init__(self, answers: Answers, server: ActionServer) -> None:
        super().__init__(answers)
        self._server = server

    async def generate(self, *where: Any, kept: int | None = None, **_: Any) -> dict[str, Any]:
        return await super().generate(*where, **(self._server.kept[kept] if kept is not None else {}))


def _through_json(data: Any) -> Any:
    return json.loads(json.dumps(data, default=vars))


@dataclass
class Stock:
    """A conversation with unmodified Rasa."""

    engine: Engine
    processor: MessageProcessor
    store: InMemoryTrackerStore
    name: str
    offers: list[dict[str, str]] = field(default_factory=list)

    async def say(self, turn: Turn, text: str, payload: str | None) -> list[dict[str, Any]]:
        tracker = await self.processor.fetch_tracker_and_update_session(self.name)
        tracker.update(SlotSet("proved_line", turn.line.msisdn), self.processor.domain)
        state = self._offer(tracker)
        await self.processor.save_tracker(tracker)
        known, out = len(tracker.events), CollectingOutputChannel()
        out.name = lambda: turn.channel  # type: ignore[method-assign]
        bare = text.strip().lstrip("/") or "。"
        parse = choose(text, payload, self.offers) or await self._wishes(text, state)
        turn.cues, turn.render = cues.find(text), partial(self.engine.answers.render_text, turn.channel)
        mark = TURN.set(turn)
        try:
            await self.processor.handle_message(UserMessage(bare, out, self.name, parse_data=parse))
        finally:
            TURN.reset(mark)
        tracker = await self.store.retrieve(self.name)
        assert tracker is not None
        said = [event for event in list(tracker.events)[known:] if isinstance(event, BotUttered)]
        replies = [_plain(event.text, event.data.get("buttons") or (), event.data.get("image")) for event in said]
        self.offers = [button for reply in replies for button in reply["buttons"]]
        return [reply for reply in replies if reply["text"]]

    async def _wishes(self, text: str, state: State) -> dict[str, Any] | None:
        """Several wishes in one message are separated before Rasa sees them; one wish it understands itself."""
        whole = await self.engine.parse(text, answering=self.engine.interpreter.open_step(state) is not None)
        return whole if "wishes" in whole else None

    def _offer(self, tracker: DialogueStateTracker) -> State:
        """The hall remembers with the dialogue what is on offer; here that is the test's to do."""
        last = next(event for event in reversed(tracker.events) if isinstance(event, ActionExecuted))
        if STATE in (last.metadata or {}):
            last.metadata[STATE]["offers"] = list(self.offers)
        return State.load((last.metadata or {}).get(STATE))


def _plain(text: str | None, buttons: Any, image: str | None) -> dict[str, Any]:
    return {"text": text, "buttons": [{"title": b["title"], "payload": b["payload"]} for b in buttons], "image": image}


def turn(hall: Hall, name: str, number: int, channel: str, text: str, line: Line) -> Turn:
    """Nothing of it is committed: both sides see the same records."""
    return Turn(hall, hall.store.unit(), name, channel, line, f"key-{name}-{number}", text=text)


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_random_turns_get_the_replies_of_unmodified_rasa(engine: Engine, tmp_path: Path, seeded: Path) -> None:
    dice, said_words = random.Random(20261124), 0
    store, server = InMemoryTrackerStore(engine.domain), ActionServer()
    processor = MessageProcessor(
        engine.model_path,
        store,
        InMemoryLockStore(),
        GeneratorBesideServer(engine.answers, server),
        action_endpoint=server,
        max_number_of_predictions=100,
    )
    nodes = processor.graph_runner._instantiated_nodes.values()
    policy = next(node._component for node in nodes if isinstance(node._component, FlowPolicy))
    policy.know(engine.likeness.topic)
    async with demo_app(engine, tmp_path, seeded) as (app, _):
        for session in range(SESSIONS):
            name, channel = f"web:test:{session}", dice.choice(("sms", "web", "rest"))
            line, memory = dice.choice((LINE, LINE, Line(None, 0))), Memory()
            stock = Stock(engine, processor, store, name)
            for number in range(TURNS):
                text, payload = dice.choice(SAYINGS), None
                if stock.offers and dice.random() < 0.4:
                    offer = dice.choice(stock.offers)
                    text, payload = offer["title"], offer["payload"]
                theirs = await stock.say(turn(app.hall, name, number, channel, text, line), text, payload)
                ours_turn = turn(app.hall, name, number, channel, text, line)
                answer = await engine.run(ours_turn, memory, Input(text, payload))
                memory = Memory(_through_json(answer.memory.slots), _through_json(answer.memory.dialogue))
                ours = [_plain(r.text, [b.as_dict() for b in r.buttons], r.image) for r in answer.replies]
                assert ours == theirs, (session, number, text)
                said_words += len(ours)
    assert said_words >= SESSIONS * TURNS
