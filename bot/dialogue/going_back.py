"""Back, once more, from the start, and away with it: what a customer does to the task at hand, not to its values."""

from __future__ import annotations

from bot.dialogue.flow import GATES, Step
from bot.dialogue.interpreter import OWN, Interpreter
from bot.dialogue.slot_filling import own_line, question_before, reopened
from bot.dialogue.state import Frame, ParsedMessage, SlotView, State

BACK, REPEAT, RESTART = "back", "repeat", "restart"  # commands of bot/nlu/commands.py


class GoingBack:
    """The hall's commands, and how a task is given up."""

    def __init__(self, interpreter: Interpreter) -> None:
        self._run, self._flows = interpreter, interpreter.flows

    def command(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """A pattern: 返回, 再说一遍, 重来."""
        frame = state.top
        if parsed.command == REPEAT:
            if frame is None:
                state.then("action_repeat")
            else:
                frame.asked = ""
            return True
        if parsed.command not in (BACK, RESTART):
            return False
        if frame is None or frame.acted:
            state.then("utter_menu")
        elif parsed.command == RESTART:
            self._restart(state, frame, view)
        elif (step := question_before(self._flows[frame.flow], frame, view)) is None:
            self.abandon(state, view)
        else:
            self.ask_anew(frame, step, view)
        return True

    def ask_anew(self, frame: Frame, step: Step, view: SlotView) -> None:
        """Ask for a value that was there, and assume nothing in its place."""
        view[step.target] = None
        frame.assumed.append(step.id)
        frame.reopen(self._flows[frame.flow], self._flows[frame.flow].index(step.id))

    def abandon(self, state: State, view: SlotView) -> None:
        """The customer stops the task at hand; proving the line is part of the task that needs it."""
        frame = state.stack[-1]
        wanted = state.stack[-2] if frame.flow in GATES and len(state.stack) > 1 else frame
        self._run.finish(state, view, "cancelled")
        later = list(state.queue)
        state.queue.clear()
        costs = any(step.kind == "act" for step in self._flows[wanted.flow].steps) and self._flows[wanted.flow].slots
        state.then("utter_cancelled" if costs else "utter_dropped", task=self._run.title(wanted))
        state.queue += later

    def reopen(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """A pattern: a value is to be another one, and which is not said: its question comes again."""
        frame = state.top
        if frame is None or frame.acted or parsed.entities or parsed.chosen or not (parsed.reopens or parsed.ruled_out):
            return False
        step = reopened(flow := self._flows[frame.flow], parsed, view)
        here = self._run.open_step(state)
        if step is None and here is not None and here.kind == "collect" and here.entity in parsed.reopens:
            frame.asked = ""  # 换个号码, where the number is asked for: it is still to come
            return True
        if step is not None and step.own and own_line(parsed):  # 充错人了，充我自己的
            view[step.target] = OWN
            frame.reopen(flow, flow.index(step.id))
        elif step is not None:
            self.ask_anew(frame, step, view)
        return step is not None

    def _restart(self, state: State, frame: Frame, view: SlotView) -> None:
        """The same task from its first question, without what was given."""
        flow = self._flows[frame.flow]
        for slot in flow.slots:
            view[slot] = None
        view.update(dict(flow.sets))
        state.stack[-1] = Frame(flow.name)
        state.then("utter_restarted", task=flow.title)
