"""Several values for one slot in a message: each is served as a task of its own, one after the other.

A collect step says `for_each: action_x`. The first value goes the usual way; the others wait with what was said beside
them (50 for each, or each its own) and with what is agreed for the first. The action says what is taken: it reads slot
`several`, {values, said}, and leaves in it the values that it takes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from bot.dialogue.flow import Flow, Step
from bot.dialogue.focus import PHONE, values_of
from bot.dialogue.interpreter import PROVED, Interpreter
from bot.dialogue.state import Frame, ParsedMessage, SlotView, State

SEVERAL = "several"  # the slot: {"values": those that are taken, "said": how many were announced}
_SAID = re.compile(r"([两二三四五六七八九十]|\d{1,2})个(?:手机|电话)?(?:号码?|人|手机)")
_AND_MINE = re.compile(  # 给我和134…都充30: one's own line is one of them
    r"(?:我|我自己|自己|本机)(?:的号?)?(?:和|跟|与|还有|、)\s*1\d{10}|1\d{10}\s*(?:和|跟|与|还有|、)(?:我|我自己|自己|本机)(?:的号)?(?:都|各|每|,|，|$)"
)
_ANNOUNCED = re.compile(  # and nothing else
    r"(?:我|我们|有|一共|总共|共|是|要|给|就|大概|[,，。 ])*"
    r"(?:[两二三四五六七八九十]|\d{1,2})个(?:手机|电话)?(?:号码?|人|手机)"
    r"(?:要充|都要?|一样|一起|的|呢|吧|啊|[,，。! ])*"
)
LEAST = 2  # numbers that are several
_NUMERALS = {word: count for count, word in enumerate("二三四五六七八九十", start=2)} | {"两": 2}


@dataclass(frozen=True)
class Rest:
    """What waits of a message with several values: for which step, and the slots of each."""

    flow: Flow
    step: Step
    fills: tuple[dict[str, Any], ...]
    beside: bool = False  # all of them beside the one that is being served


class SeveralValues:
    """Takes a message with several values apart."""

    def __init__(self, interpreter: Interpreter, sure: float) -> None:
        self._run, self._flows, self._sure = interpreter, interpreter.flows, sure

    def apart(self, state: State, parsed: ParsedMessage, view: SlotView) -> tuple[ParsedMessage, Rest | None]:
        """The message with the first value only, and what waits of it; a correction and a question stay whole."""
        if (said := _SAID.search(parsed.text)) and not parsed.asks:
            word = said.group(1)
            view[SEVERAL] = {"values": [], "said": _NUMERALS.get(word) or int(word), "seen": []}
        elif view[SEVERAL] and not state.stack and not state.waiting:
            view[SEVERAL] = None  # announced for a task that is over
        if view[PROVED] and len(parsed.values(PHONE)) == 1 and _AND_MINE.search(parsed.text):
            mine = ((PHONE, view[PROVED]), *parsed.entities)
            parsed = replace(parsed, entities=mine, cues=parsed.cues - {"own_line"})
        flow = self._flow(state, parsed)
        step = next((s for s in flow.steps if s.for_each), None) if flow is not None else None
        if flow is None or step is None or "change" in parsed.cues or parsed.asks:
            return parsed, None
        values = list(dict.fromkeys(parsed.values(step.entity)))
        if (next_ := self._announced(state, flow, step, parsed, view)) is not None:
            return next_
        if len(values) < 2 or (len(values) == 2 and "own_line" in parsed.cues) or self._is_more(flow, parsed):
            return parsed, None
        each = [self._only(parsed, step.entity, values, place) for place in range(len(values))]
        current = self._current(state, flow, step, parsed, view)
        here = values.index(current) if current in values else None if current is not None else 0
        rest = [self._run.filled(flow, one) for place, one in enumerate(each) if place != here]
        first = replace(each[here or 0], parts=())
        return first, Rest(flow, step, tuple(rest), beside=here is None)

    def wait(self, state: State, rest: Rest | None, view: SlotView) -> None:
        """After the first was heard: the others wait for it, and what is taken is said."""
        if rest is None or state.top is None or not rest.flow.intents:
            return
        depth = next((i for i, frame in enumerate(state.stack) if frame.flow == rest.flow.name), None)
        if depth is None:
            return
        slot = rest.step.target
        for fills in rest.fills:
            state.later(rest.flow.intents[0], fills, depth, like=True, each=slot)
        waiting = [wish["fills"][slot] for wish in state.waiting if wish.get("each") == slot]
        first = self._slots(state, state.stack[depth], view).get(slot)
        before = view[SEVERAL] or {}
        seen = list(dict.fromkeys([*before.get("seen", ()), first, *waiting]))
        mine = values_of(rest.flow, self._slots(state, state.stack[depth], view))
        each = [mine, *(mine | wish["fills"] for wish in state.waiting if wish.get("each") == slot)]
        view[SEVERAL] = {"values": [first, *waiting], "said": before.get("said", 0), "seen": seen, "fills": each}
        state.then(rest.step.for_each)
        if (top := state.top) is not None:
            top.asked = ""

    def announces(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """五个号: how many there will be; one's own line, where it was only assumed, gives way."""
        frame = state.top
        flow = self._flows[frame.flow] if frame is not None and not frame.acted else None
        step = next((s for s in flow.steps if s.for_each), None) if flow is not None else None
        if frame is None or flow is None or step is None or parsed.asks or parsed.chosen:
            return False
        if _SAID.search(parsed.text) is None or _ANNOUNCED.fullmatch(parsed.text.strip()) is None:
            return False
        if step.id in frame.assumed and view[step.target] == view[PROVED]:
            view[step.target] = None
            frame.reopen(flow, flow.index(step.id))
        frame.asked = ""
        return True

    def _announced(
        self, state: State, flow: Flow, step: Step, parsed: ParsedMessage, view: SlotView
    ) -> tuple[ParsedMessage, Rest] | None:
        """A lone number as the next of those that were announced (给五个号充): no second typing of the one before."""
        values, said = parsed.values(step.entity), int((view[SEVERAL] or {}).get("said") or 0)
        if said < LEAST or len(values) != 1 or parsed.chosen:
            return None
        current = self._current(state, flow, step, parsed, view)
        waiting = [wish["fills"].get(step.target) for wish in state.waiting if wish.get("each") == step.target]
        seen = {*(view[SEVERAL] or {}).get("seen", ()), *filter(None, (current, *waiting))}
        if values[0] in seen or len(seen) >= said:
            return None
        if current is None:
            return replace(parsed, parts=()), Rest(flow, step, ())
        return parsed, Rest(flow, step, (self._run.filled(flow, parsed),), beside=True)

    @staticmethod
    def _current(state: State, flow: Flow, step: Step, parsed: ParsedMessage, view: SlotView) -> Any:
        """The value that is being served; one that was only assumed gives way, unless the others are said beside it."""
        frame = state.top
        if frame is None or frame.flow != flow.name:
            return None
        assumed = step.id in frame.assumed and view[step.target] == view[PROVED] and "also" not in parsed.cues
        return None if assumed and view[PROVED] not in parsed.values(step.entity) else view[step.target]

    def _is_more(self, flow: Flow, parsed: ParsedMessage) -> bool:
        """Whether the message holds other wishes, too: each is heard with its own values."""
        return any(self._flows.starting_at(part.intent) not in (None, flow) for part in parsed.parts)

    def _flow(self, state: State, parsed: ParsedMessage) -> Flow | None:
        """The flow that takes the message: the wish that it surely is, the open task, or the only one that could."""
        wish = self._flows.starting_at(parsed.intent)
        if wish is not None and wish.kind == "task" and parsed.confidence >= self._sure:
            return wish
        frame = next((f for f in reversed(state.stack) if self._flows[f.flow].intents), None)
        return self._flows[frame.flow] if frame is not None and not frame.acted else None

    @staticmethod
    def _slots(state: State, frame: Frame, view: SlotView) -> dict[str, Any]:
        return view.slots if frame is state.top else frame.slots

    @staticmethod
    def _only(parsed: ParsedMessage, entity: str, values: list[Any], place: int) -> ParsedMessage:
        """The message as if it named one value only, with what stands beside that one, or beside all."""
        kept: list[tuple[str, Any]] = []
        for name in dict.fromkeys(name for name, _ in parsed.entities):
            found = values if name == entity else parsed.values(name)
            kept += [(name, found[place])] if len(found) == len(values) else [(name, value) for value in found]
        return replace(parsed, entities=tuple(kept))
