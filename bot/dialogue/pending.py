"""Several wishes in one message: the order in which they are served, and which of them wait."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from bot.dialogue.flow import GATES, HUMAN
from bot.dialogue.interpreter import OFFER, Interpreter
from bot.dialogue.state import ParsedMessage, SlotView, State

DEED = re.compile(
    r"(?:我|自己|自个儿?|本机|这个号|要|想|帮|给|再|先|就|也|还)*(?:充|冲|交|缴|存)"
)  # 充50: a value with what is done with it
TELLS = "inform"  # what a message is that only names a value


def only_taker(run: Interpreter, parse: dict[str, Any]) -> str:
    """The intent of the only task that takes the values of parse data which names a deed besides: 充50; else ""."""
    given = {entity["entity"] for entity in parse.get("entities") or ()}
    if not given or not DEED.match(str(parse.get("text") or "")):
        return ""
    takers = [flow for flow in run.flows if flow.kind == "task" and flow.intents and given <= flow.entities]
    return takers[0].intents[0] if len(takers) == 1 else ""


def in_order(run: Interpreter, parsed: ParsedMessage) -> list[ParsedMessage]:
    """What is to be heard, one after the other: as it was said, but what is urgent first.

    An answer to the open question stays in front. Two wishes that one flow serves are one.
    """
    parts: dict[str, ParsedMessage] = {}
    for part in parsed.parts:
        flow = run.flows.starting_at(part.intent)
        parts.setdefault(flow.name if flow else "", part)
    if len(parts) < 2:
        return [parsed]
    return sorted(parts.values(), key=lambda part: -_urgency(run, part))


def without_context(run: Interpreter, state: State, parsed: ParsedMessage) -> ParsedMessage:
    """A question in an open task without what only tells why it is asked: 我要去广州，用哪个.

    Words that a confirmation takes are one yes, however many wishes they sound like: 停掉，双倍退.
    """
    if state.top is None or not parsed.parts:
        return parsed
    step = run.open_step(state)
    if step is not None and step.kind == "confirm" and step.words and step.words in parsed.cues:
        return replace(parsed, parts=())
    takes = run.flows[state.top.flow].entities
    left = [p for p in parsed.parts if p.intent != TELLS or not p.entities or takes & {name for name, _ in p.entities}]
    return replace(parsed, parts=tuple(left) if len(left) > 1 else ()) if len(left) < len(parsed.parts) else parsed


def _urgency(run: Interpreter, part: ParsedMessage) -> int:
    flow = run.flows.starting_at(part.intent)
    if flow is None:
        return 100
    return 0 if flow.name == HUMAN else flow.urgency  # a person breaks in; but who also asks something, hears it


def wait_for_answer(run: Interpreter, state: State, rest: list[ParsedMessage]) -> None:
    """Before an answer to the open question is heard: the wishes beside it wait until the task is done."""
    below = len(state.stack) - 1
    if state.stack and state.stack[-1].flow in GATES:
        below -= 1
    _wait(run, state, rest, max(below, 0))


def wait_for_wish(
    run: Interpreter, state: State, first: ParsedMessage, rest: list[ParsedMessage], view: SlotView
) -> None:
    """After the first wish was heard: the others wait for it; said at once when that may take a while."""
    flow = run.flows.starting_at(first.intent)
    if flow is None:
        return
    places = [place for place, frame in enumerate(state.stack) if frame.flow == flow.name]
    _wait(run, state, rest, places[-1] if places else len(state.stack))
    second = run.flows.starting_at(rest[0].intent)
    if second is None or run.at_once(first.intent, view):
        return
    if flow.name == HUMAN:
        _leave_word(run, state, view)
        return
    facts = {"first": run.wish(flow, first.intent), "second": run.wish(second, rest[0].intent)}
    state.then(OFFER, offer={"response": "utter_two_wishes", "facts": facts})


def digress(run: Interpreter, state: State, view: SlotView) -> None:
    """After an answer was heard and its task goes on: a question beside it is answered before that."""
    if not state.waiting or state.top is None or state.top.confirmed or state.question:
        return
    if len(state.stack) > state.waiting[0]["depth"] and run.at_once(state.waiting[0]["intent"], view):
        wish = state.waiting.pop(0)
        if (flow := run.flows.starting_at(wish["intent"])) is not None:
            run.begin(state, flow, view, ParsedMessage(intent=wish["intent"], fills=wish["fills"], chosen=True))


def _wait(run: Interpreter, state: State, rest: list[ParsedMessage], depth: int) -> None:
    before, state.waiting = state.waiting, []
    for part in rest:
        if (flow := run.flows.starting_at(part.intent)) is not None:
            values = SlotView({})
            run.fill(flow, part, values)
            state.later(part.intent, values.changes, depth)
    state.waiting += before


def _leave_word(run: Interpreter, state: State, view: SlotView) -> None:
    """A person is called first: what else was wished stands in the hand-off, if no open task does."""
    wish = state.waiting[0]
    flow = run.flows.starting_at(wish["intent"])
    if flow is not None and view["open_task"] is None and not run.at_once(wish["intent"], view):
        title = run.wish(flow, wish["intent"])
        steps = {step.target: step.entity for step in flow.steps}
        given = [{"slot": slot, "entity": steps[slot], "value": value} for slot, value in wish["fills"].items()]
        view["open_task"] = {"flow": flow.name, "title": title, "given": given}
