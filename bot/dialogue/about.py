"""What a question is about: the words, values and prices that name a flow. Plain functions of a flow and a message."""

from __future__ import annotations

from typing import Any

from bot.dialogue.flow import Flow
from bot.dialogue.state import ParsedMessage, picked

SHARED = frozenset({"phone_number", "month"})  # entities that say nothing of the capability


def asks_what_is_agreed(parsed: ParsedMessage, flow: Flow) -> bool:
    """是138…对吧, 我选的什么; not 是不是付了就马上到, which is about something that the task has a fact for."""
    others = set(parsed.topics) & set(flow.facts) - {"price"}
    return "right" in parsed.topics and "compare" not in parsed.topics and not others


def priced(flow: Flow, parsed: ParsedMessage) -> bool:
    """Whether a price is named for something that the flow sells by another measure."""
    return any(picked(step, parsed).startswith("price:") for step in flow.steps)


def by_size(flow: Flow, parsed: ParsedMessage) -> bool:
    """Whether one of the things that the flow sells is named by its size: 最小的流量包."""
    return bool(parsed.pick) and named_by(flow, parsed) and any(step.picks for step in flow.steps)


def is_called(flow: Flow, parsed: ParsedMessage) -> bool:
    """Whether its own words are said, and no single character that means as much elsewhere."""
    return any(len(word) > 1 and word in parsed.text for word in _words(flow))


def _words(flow: Flow) -> tuple[str, ...]:
    return tuple(flow.about.get("words", ()))


def named_by(flow: Flow, parsed: ParsedMessage) -> bool:
    """Whether its own words are said: they tell more than a value that many flows are about."""
    return any(word in parsed.text for word in _words(flow))


def distance(flow: Flow, parsed: ParsedMessage) -> int:
    """How far a question is from a flow: its own words, values it says it is about or collects, a single character."""
    named_ = {name for name, _ in parsed.entities}
    if is_called(flow, parsed):
        return 0
    if named_ & set(flow.about.get("entities", ())):
        return 1
    return 2 if named_ & flow.entities - SHARED or not named_by(flow, parsed) else 3


def is_about(flow: Flow, parsed: ParsedMessage) -> bool:
    """Whether a message names what the flow is about, or a value that only such a flow takes."""
    mentioned = {name for name, _ in parsed.entities} & flow.entities - SHARED
    mentioned |= {name for name, _ in parsed.entities} & set(flow.about.get("entities", ()))
    return bool(flow.facts and mentioned) or named_by(flow, parsed)


def named(parsed: ParsedMessage) -> dict[str, list[Any]]:
    """The values of a question, by entity, as slot `asked` has them."""
    found: dict[str, list[Any]] = {}
    for name, value in parsed.entities:
        found.setdefault(name, []).append(value)
    return found | ({"pick": [parsed.pick]} if parsed.pick else {})
