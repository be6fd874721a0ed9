"""Runs an action as the engine does, and reads what it says in the words of bot/domain."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.base import HallAction, Line, Outcome, Turn
from hall.context import Hall
from hall.errors import Unavailable

DOMAIN = Path(__file__).resolve().parents[2] / "bot" / "domain"


def _responses() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path in sorted(DOMAIN.glob("*.yml")):
        found |= yaml.safe_load(path.read_text("utf-8")).get("responses") or {}
    return found


RESPONSES = _responses()


class Played:
    """What came of an action: its outcome, what it set, and the texts that the customer reads."""

    def __init__(self, turn: Turn, outcome: Outcome) -> None:
        self.turn, self.outcome, self.result, self.slots = turn, outcome, outcome.result, outcome.slots
        self.texts = [turn.phrase(item.response, **item.facts) for item in outcome.says]
        self.choices = [turn.phrase(c.title, **c.facts) for item in outcome.says for c in item.choices]

    @property
    def keys(self) -> list[str]:
        return [item.response for item in self.outcome.says]


@pytest.fixture
def play(hall: Hall) -> Callable[..., Any]:
    """`await play(Action, line=…, channel=…, text=…, **slots)`; commits what was staged."""

    async def run(
        action: type[HallAction], *, line: str | None = "13800138000", channel: str = "web", text: str = "",
        key: str = "m1", **slots: Any,
    ) -> Played:  # fmt: skip
        unit = hall.store.unit()
        turn = Turn(
            hall=hall, unit=unit, conversation=f"{channel}:demo:s", channel=channel, key=key, text=text,
            line=Line(line, 1 if line else 0), slots=slots, domain={"responses": RESPONSES},
        )  # fmt: skip
        try:
            outcome = await action().act(turn)
        except Unavailable as down:
            from actions.base import say

            outcome = Outcome("down", (say(f"utter_down_{down.part}"),))
        await unit.commit()
        return Played(turn, outcome)

    return run
