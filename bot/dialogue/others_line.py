"""Somebody else's line, asked about by who has proved none: 13400134009的机主叫啥, 我是她老公，账单发我.

Its records are for its owner alone, so no code is sent to it: the person there would be asked to give it away. It is
said so, in the same words whoever asks and whatever there is; one's own line can be asked about at any time.
"""

from __future__ import annotations

from bot.dialogue.flow import GATES, IDENTIFY
from bot.dialogue.interpreter import PROVED, Interpreter
from bot.dialogue.state import ParsedMessage, SlotView, State

OTHER_LINE, KIN = "other_line", "kin"  # cues: another's balance, bill, owner …; 我是她老公


class OthersLine:
    """Takes questions about somebody else's line before anybody is asked to prove one."""

    def __init__(self, interpreter: Interpreter, sure: float) -> None:
        self._run, self._flows, self._sure = interpreter, interpreter.flows, sure

    def refuses(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """A pattern. What proves the line, and the wish that needed it, end with it."""
        if parsed.chosen or parsed.event or parsed.command:
            return False
        focus, top = state.focus, state.top
        if focus.about_other and top is None and KIN in parsed.cues:
            state.then("utter_others_line")
            state.kept = True  # one's own stays on offer
            return True
        if view[PROVED] or OTHER_LINE not in parsed.cues:
            return False
        proving = top is not None and top.flow == IDENTIFY
        flow = self._flows.starting_at(parsed.intent)
        wished = flow is not None and flow.needs_line and parsed.confidence >= self._sure
        if not proving and not (wished or (top is None and focus.about_other)):
            return False
        while proving and state.top is not None and state.top.flow in GATES:
            self._run.drop(state, view)
            if state.top is not None:
                self._run.drop(state, view)
        state.then("utter_others_line")
        focus.about_other = True
        return True
