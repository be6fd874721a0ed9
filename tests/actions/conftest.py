"""Runs an action as the engine does, and reads what it says in the words of bot/domain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from actions.base import HallAction, Line, Outcome, Turn
from bot.engine.domain import answers
from bot.nlu import cues
from hall import clock as clocks
from hall.context import Hall
from hall.errors import Unavailable

ANSWERS = answers()


class Played:
    """What came of an action: its outcome, what it set, and the texts that the customer reads."""

    def __init__(self, turn: Turn, outcome: Outcome) -> None:
        self.turn, self.outcome, self.result, self.slots = turn, outcome, outcome.result, outcome.slots
        self.texts = [turn.render(item.response, **item.facts) for item in outcome.says]
        self.choices = [turn.render(c.title, **c.facts) for item in outcome.says for c in item.choices]

    @property
    def keys(self) -> list[str]:
        return [item.response for item in self.outcome.says]


@pytest.fixture(autouse=True)
def _on_the_halls_clock(hall: Hall) -> Iterator[None]:
    """Answers tell months by the process's clock."""
    before = clocks.current()
    clocks.use(hall.clock)
    yield
    clocks.use(before)


@pytest.fixture
def play(hall: Hall) -> Callable[..., Any]:
    """`await play(Action, line=…, channel=…, text=…, **slots)`; commits what was staged."""

    async def run(action: type[HallAction], **given: Any) -> Played:
        line, channel, text, queued = (given.pop(name, usual) for name, usual in USUAL.items())
        unit = hall.store.unit()
        turn = Turn(
            hall=hall,
            unit=unit,
            conversation=f"{channel}:demo:s",
            channel=channel,
            key=given.pop("key", "m1"),
            text=text,
            line=Line(line, 1 if line else 0),
            slots=given,
            cues=cues.find(text),
            hints=cues.find,
            queued=queued,
            render=partial(ANSWERS.render_text, channel),
        )
        try:
            outcome = await action().act(turn)
        except Unavailable as down:
            outcome = Outcome("down", slots={"outage": down.part})
        await unit.commit()
        return Played(turn, outcome)

    return run


USUAL: dict[str, Any] = {"line": "13800138000", "channel": "web", "text": "", "queued": False}
