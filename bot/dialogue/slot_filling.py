"""How the values of a message get into the slots of a task."""

from __future__ import annotations

import json
import re

from bot.dialogue.flow import Flow, Step
from bot.dialogue.focus import PHONE
from bot.dialogue.interpreter import Interpreter
from bot.dialogue.state import Frame, ParsedMessage, SlotView, only_asks, picked, raw_digits, worded

OTHERS = "others_number"  # of `reopens`: another person is named, without a number
OWN_WORDS = frozenset({"own_line", "own", "this_line"})  # cues
RELATIVE = ("larger", "smaller")
LONG = 6  # digits that are no choice and no amount
CONSENT_WORDS = 3  # characters beside a way to pay that orders: 用微信付
BARE = 2  # characters beside a value, in a message that says nothing about it


def take(flow: Flow, frame: Frame, parsed: ParsedMessage, view: SlotView, skip: set[str] | None = None) -> int | None:
    """Give a message's values to slots of the task at hand: a correction, or more at once.

    What was decided after the first slot that got one no longer holds. The index of its step, or None.
    """
    used, first = set[str](), len(flow.steps)
    if only_asks(flow, parsed):
        return None
    for index, step in enumerate(flow.steps):
        if step.kind != "collect" or step.secret or step.target in (skip or ()) or step.entity in used:
            continue
        values = [parsed.fills[step.target]] if step.target in parsed.fills else parsed.values(step.entity)
        values = [parsed.text.strip()] if worded(step, parsed) else values
        values = values or _picks(step, parsed, view[step.target])
        if not values:
            continue
        used.add(step.entity)
        view[step.target] = next((v for v in values if v != view[step.target]), values[-1])
        first = min(first, index)
    if not used:
        return None
    frame.reopen(flow, first)
    return first


def _picks(step: Step, parsed: ParsedMessage, chosen: object) -> list[str]:
    """Which choice is meant, if one is; larger and smaller count from what is chosen: `larger:1024`."""
    which = picked(step, parsed)
    counts = which in RELATIVE and isinstance(chosen, int)
    return [f"{which}:{chosen}" if counts else which] if which else []


def is_another(flow: Flow, step: Step, value: object, parsed: ParsedMessage, view: SlotView) -> bool:
    """Whether a value is not the second typing of an earlier one but, by the words around it, another one."""
    earlier = [s for s in flow.steps[: flow.steps.index(step)] if s.kind == "collect" and s.entity == step.entity]
    words = re.sub(r"\W", "", parsed.rest)
    return bool(earlier) and not parsed.chosen and len(words) > BARE and value != view[earlier[0].target]


def says_only_that(parsed: ParsedMessage) -> bool:
    """Whether a message is one value and nothing else, so that it may be taken for a consent."""
    return parsed.chosen or (len(parsed.entities) == 1 and len(re.sub(r"\W", "", parsed.rest)) <= CONSENT_WORDS)


def same_as_given(flow: Flow, open_: Step | None, parsed: ParsedMessage, view: SlotView) -> bool:
    """Whether a message only names once more what it has given before: no change, whatever the words around it."""
    asked = open_.entity if open_ is not None else ""
    steps = {step.entity: step.target for step in reversed(flow.steps) if step.kind == "collect"}
    named = [(name, value) for name, value in parsed.entities if name in steps]
    same = all(view[steps[name]] == value for name, value in named)
    return bool(named) and same and not parsed.ruled_out and all(name != asked for name, _ in named)


def reopened(flow: Flow, parsed: ParsedMessage, view: SlotView) -> Step | None:
    """The step whose value a message wants to be another. Somebody else's number reopens only one's own line."""
    names = {*parsed.reopens, *parsed.ruled_out}
    if names == {OTHERS}:
        names = {"phone_number"} if view["proved_line"] else set()
    for step in flow.steps:
        if step.kind == "collect" and step.entity in names and view[step.target] is not None:
            if refuses_another(step, parsed, view):
                continue
            own = view[step.target] in ("own", view["proved_line"])
            return step if own or OTHERS not in parsed.reopens else None
    return None


def refuses_another(step: Step, parsed: ParsedMessage, view: SlotView) -> bool:
    """Whether what is refused is not what was chosen: 1G贵了点, of who has chosen 5G."""
    refused = [value for name, value in zip(parsed.ruled_out, parsed.refused, strict=False) if name == step.entity]
    return bool(refused) and step.entity not in parsed.reopens and view[step.target] not in (None, *refused)


def gives_others(flow: Flow, open_: Step, parsed: ParsedMessage) -> bool:
    """Whether a message holds a value for another step than the open one."""
    others = (step for step in flow.steps if step.kind == "collect" and step.entity != open_.entity)
    return any(parsed.values(other.entity) or picked(other, parsed) for other in others)


def for_long_digits(flow: Flow, parsed: ParsedMessage) -> Step | None:
    """The step that digits are meant for which are too long for a choice: one that takes digits."""
    if len(raw_digits(parsed.text)) < LONG or parsed.entities or parsed.asks or parsed.ruled_out:
        return None
    return next((step for step in flow.steps if step.kind == "collect" and step.accept == "digits"), None)


def question_before(flow: Flow, frame: Frame, view: SlotView) -> Step | None:
    """The question that was answered before the open one, if there was one."""
    here = next((i for i, step in enumerate(flow.steps) if step.id == frame.asked), frame.at)
    before = [s for s in flow.steps[:here] if s.kind == "collect" and s.applies(view.slots) and not s.secret]
    return before[-1] if before else None


def own_line(parsed: ParsedMessage) -> bool:
    """Whether a message means the customer's own line and names no number."""
    return bool(OWN_WORDS & parsed.cues) and not parsed.values(PHONE)


def given(flow: Flow, parsed: ParsedMessage) -> str:
    """The values of a message that a flow takes, as its payload writes them."""
    slots = Interpreter.filled(flow, parsed)
    return json.dumps(slots, ensure_ascii=False) if slots else ""
