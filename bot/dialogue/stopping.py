"""A task is given up: only by words that refuse, and never by a value that takes the place of another."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.dialogue.fallback import STOP, Fallback
from bot.dialogue.going_back import GoingBack
from bot.dialogue.interpreter import Interpreter
from bot.dialogue.moods import INSTEAD
from bot.dialogue.slot_filling import own_line
from bot.dialogue.state import ParsedMessage, SlotView, State, worded

STOP_ALL = re.compile(  # it means also what waits
    r"(?:全部|全都|都|所有的?(?:都|全)?)[给帮]?我?(?:取消|不[办要用弄]|算|退出)[掉了吧啦。.!]*"
)
REFUSES = re.compile(  # without one of these nothing is stopped, whatever a message is taken for: 去付款, 好的去办
    r"[不别没甭停撤退删免罢]|取消|算了|放弃|作废|拉倒|终止|结束|关|等|再说|下次|改天|以后|明天|回头"
    r"|exit|cancel|quit|stop|\bno|forget|never|quxiao|suanle|bu ?yao",
    re.I,
)
OUTRIGHT = re.compile(
    r"取消|退出|放弃|作废|拉倒|终止|结束|不[充要办弄买交换开订][了啦]"
)  # beside a value, too, it is a stop
NEVER_MIND_BUT = re.compile(
    r"(?:算了?|不了?|哦|嗯|唉|哎)[,，。、 ]*(?:我|就|给我|直接)*(?:要|来|充|用|选)(?!了)"
)  # 算了要5G


class Stopping:
    """The pattern of a stop, and what looks like one."""

    def __init__(self, interpreter: Interpreter, unsure: Fallback, back: GoingBack) -> None:
        self._run, self._flows = interpreter, interpreter.flows
        self._unsure, self._back = unsure, back

    def stop(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """A pattern: the open task is given up; a wish that was said with it begins."""
        step = self._run.open_step(state)
        if step is not None and worded(step, parsed):
            return False
        if state.top is None and own_line(parsed) and state.focus.unfinished():
            return False  # 算了给我自己, after another number was refused
        everything = state.top is not None and STOP_ALL.fullmatch(parsed.text.strip()) is not None
        if everything:
            state.waiting.clear()
        elif not self._stops(state, parsed) or self._turns(state, parsed):
            return False
        plain = everything or "gives_up" in parsed.cues  # 先别停 is no wish for 停机保号
        instead = [] if plain else self._unsure.likely(parsed, self._unsure.within)[:1]
        if (stopped := state.top) is not None:
            instead = [wish for wish in instead if wish[0].name != stopped.flow]
            self._back.abandon(state, view)
        elif not instead:
            state.then("action_nothing_to_cancel")
        if state.top is None and instead:  # 算了 查话费: never mind is only how the wish begins
            self._run.begin(state, instead[0][0], view, replace(parsed, intent=instead[0][1]))
        return True

    def _stops(self, state: State, parsed: ParsedMessage) -> bool:
        own = state.top is not None and self._flows[state.top.flow].stops in parsed.cues
        step = self._run.open_step(state)  # 不用了 is a no to a confirmation, which may stand for a correction
        enough = "gives_up" in parsed.cues and step is not None and step.kind == "collect"
        means = self._unsure.agrees(parsed, STOP) and (parsed.chosen or bool(REFUSES.search(parsed.text)))
        return own or enough or means

    def _turns(self, state: State, parsed: ParsedMessage) -> bool:
        """算了，还是5G吧: it begins like a stop, but names another value of the task."""
        takes = self._flows[state.top.flow].entities if state.top is not None else frozenset()
        turns = INSTEAD.search(parsed.text) or NEVER_MIND_BUT.match(parsed.text) or not OUTRIGHT.search(parsed.text)
        return bool(turns) and bool(takes & {name for name, _ in parsed.entities})
