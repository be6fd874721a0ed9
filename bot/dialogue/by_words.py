"""Flows that certain words begin, whatever the message was taken for: 取消订单, 链接打不开, 这是真的吗.

What such words mean is beyond doubt, but they are rare, and the nearest learned wish is another one. The words are
cues of data/nlu/cues.tsv, which a flow names as its `cue`.
"""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue.flow import HUMAN, IDENTIFY, Flow
from bot.dialogue.interpreter import Interpreter
from bot.dialogue.person import NO_PERSON, RATES, URGES
from bot.dialogue.state import ParsedMessage, SlotView, State

REFUSED = "end"  # how a task ended: focus.py
ANGER = "anger"  # the cue of what is said before a wish, and only sounds like a complaint


class ByWords:
    """Begins flows by their cue."""

    def __init__(self, interpreter: Interpreter) -> None:
        self._run, self._flows = interpreter, interpreter.flows

    def whole(self, parsed: ParsedMessage) -> ParsedMessage:
        """A message with such words is one wish, however many it sounded like; so is a story that begins with one.

        Beside what is urgent others wait.
        """
        if not parsed.parts:
            return parsed
        flow, first = self._flows.begun_by(parsed.cues), self._flows.starting_at(parsed.parts[0].intent)
        if flow is not None and flow.urgency and any(part.intent in flow.intents for part in parsed.parts):
            return parsed
        story = first is not None and first.story and ANGER not in parsed.cues  # 什么破系统，给我充50: that is no story
        if flow is None and not story:
            return parsed
        told = parsed.parts[0] if story else parsed
        return replace(parsed, parts=(), intent=told.intent, confidence=told.confidence)

    def takes(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """A pattern: a message with the cue of a flow. In an open task only where the flow is more than `idle`.

        What a flow takes `after` another one counts only while that was served last and nothing is open.
        """
        # a rating that nobody asked for, and a 催一下 while nothing is open, are words
        urges = parsed.command == URGES and state.top is None
        forwards = parsed.command == NO_PERSON and state.top is None  # 别转了, after calls were forwarded
        command = parsed.command and not (urges or forwards or parsed.command.startswith(RATES))
        if parsed.chosen or command or parsed.event:
            return False
        frame = state.top
        spoken = self._after(state, parsed, view) if frame is None else None
        flow = spoken or self._flows.begun_by(parsed.cues - self._of_the_last(state))
        if flow is None or (flow.idle and frame is not None):
            return False
        if frame is not None and frame.flow == flow.name:
            return False
        while flow.instead and state.top is not None and state.top.flow in (IDENTIFY, flow.instead):
            self._run.drop(state, view)
        self._run.begin(state, flow, view, parsed)
        return True

    def _after(self, state: State, parsed: ParsedMessage, view: SlotView) -> Flow | None:
        """What begins with these words after what was told last, or after a refusal that it would remove: 我在外地."""
        found = self._flows.begun_after(state.focus.topic, parsed.cues)
        refused = str((view["why"] or {}).get("about", "")) if state.focus.how == REFUSED else ""
        return found or (self._flows.begun_after(refused, parsed.cues) if refused else None)

    def _of_the_last(self, state: State) -> frozenset[str]:
        """What the flow that was served last is asked about, if so it is asked: its link, not that of an order."""
        last = self._flows.answering(state.focus.topic)
        return frozenset(last.follow) if last is not None else frozenset()

    def is_task(self, offered: ParsedMessage) -> bool:
        """Whether a choice that was offered begins a task, which a bare yes may do; a person is not called by one."""
        flow = self._flows.starting_at(offered.intent)
        return flow is not None and flow.kind == "task" and flow.name != HUMAN
