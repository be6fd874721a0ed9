"""What a message leaves out is taken from the focus: 换5G吧, 给他也充, 再来一份, 刚才那个接着办, 那再上一个月呢.

Written once for all flows. *Again* and *also* open a second task with a confirmation of its own, whatever is open;
a value alone goes on with the task that was left or refused; a pronoun is the last number; the flow that was served
last answers what it `follow`s up. The words are cues of data/nlu/cues.tsv.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from bot.dialogue import pieces, relative_month
from bot.dialogue.fallback import Fallback
from bot.dialogue.flow import OFFERED, Flow, Step
from bot.dialogue.focus import MONTH, OK, PHONE, THING, values_of
from bot.dialogue.interpreter import PROVED, Interpreter
from bot.dialogue.person import URGES
from bot.dialogue.slot_filling import own_line
from bot.dialogue.state import Frame, ParsedMessage, SlotView, State, picked

INSTEAD = "instead"  # the slot of a task: whether what it does takes the place of what it did before
FOLLOW_UP = "follow_up"  # the slot: which cues of its flow a message holds, and the months that it names
PAIR = "bill_pair"  # the cue of a question about the last two months
CANCELLED, REFUSED = "cancelled", "end"  # how a task ended
HOW_ABOUT = re.compile(
    r"(?:那|那么|要不)?(?:(?:给?我)?[换改](?:成|个|一个|到)?[^,，。?？]{1,8}[呢吗]|给\d{11}(?:充|交)[^,，。?？]{1,8}呢)[?？]?"
)
NUMBER_THEN = re.compile(r"(?:那|那么|换|要是)*(?:加|设|转|充|给|改|换)?(?:到|成|给)?\d{11}呢[?？]?")
_MONTH_ALONE = re.compile(r"[换改要看查成到的呢吧份也再个那就是给我,，。 ]*")  # 换成9月
MERE = 8  # characters of a message that only picks one: 就最便宜的那个
OTHERS = "other"  # of `focus.whose`
NAME = 2  # characters of what a task is about: 话费, 流量
_AROUND = re.compile(  # the name of a task in so many words
    r"^(?:不是?|不对|不了|哦|噢|嗯|那就?|我?还是|就|要|换成?|改成?|回到?|算了|先|来|办|[,，。! ])+|[吧呗了的啊。!！ ]+$"
)
OPENS = ("那", "换", "改", "还是", "就", "要不", "不如")  # how a sentence begins that goes on with another


class Ellipsis:
    """Completes messages from the focus."""

    def __init__(self, interpreter: Interpreter, unsure: Fallback) -> None:
        self._run, self._flows, self._unsure = interpreter, interpreter.flows, unsure

    def complete(self, state: State, parsed: ParsedMessage, view: SlotView) -> ParsedMessage:
        """The message with what it refers to; the focus hears it."""
        if parsed.event:
            return parsed
        focus = state.focus
        numbers = parsed.values(PHONE)
        things = [str(thing) for thing in parsed.values(THING)]
        focus.hear(numbers[-1] if numbers else None, view[PROVED], things[-1] if things else None)
        if PAIR in parsed.cues and focus.month_before:  # 这两个月哪个多: those that were told, not the last two
            parsed = replace(parsed, entities=tuple(e for e in parsed.entities if e[0] != MONTH))
        months = relative_month.shifted(parsed.text, parsed.values(MONTH), focus.month) if focus.month else None
        if months and not parsed.chosen:
            others = tuple(e for e in parsed.entities if e[0] != MONTH)
            parsed = replace(parsed, entities=(*others, *((MONTH, month) for month in months)))
        if "pronoun" in parsed.cues and not numbers and focus.number and self._wants_number(state, view):
            parsed = replace(parsed, entities=(*parsed.entities, (PHONE, focus.number)))
        if (alone := self._given_alone(state, parsed)) is not None:
            parsed = replace(parsed, entities=(*parsed.entities, (PHONE, alone)))
        if self._instead(state, parsed):
            parsed = replace(parsed, act="")
        if (meant := self._for_refused_number(state, parsed, view)) is not None:
            numbered = (*parsed.entities, (PHONE, focus.number))
            parsed = replace(parsed, entities=numbered, intent=meant.intents[0], confidence=1.0, parts=())
        view[FOLLOW_UP] = self._follow_up(state, parsed)
        return parsed

    def _given_alone(self, state: State, parsed: ParsedMessage) -> str | None:
        """一百块话费, right after 他号138… that came without a wish: for that number, never for one's own."""
        alone = state.focus.alone
        if not alone or state.top is not None or parsed.chosen or parsed.values(PHONE) or own_line(parsed):
            return None
        wish = self._sure_wish(parsed)
        return alone if wish is not None and self._number_step(wish) is not None else None

    def _instead(self, state: State, parsed: ParsedMessage) -> bool:
        """那换个5G的呢, right after 1G was refused: a wish for another value, in the form of a question."""
        focus, former = state.focus, self._flows.named(state.focus.flow)
        step = self._run.open_step(state) if state.top is not None else None
        if state.top is not None and step is not None and step.id in state.top.agains:  # 那加186…呢, after a refusal
            return NUMBER_THEN.fullmatch(parsed.text) is not None and step.entity in {n for n, _ in parsed.entities}
        if state.top is not None or former is None or focus.how != REFUSED or not focus.recent():
            return False
        return HOW_ABOUT.fullmatch(parsed.text) is not None and bool(former.entities & {n for n, _ in parsed.entities})

    def _for_refused_number(self, state: State, parsed: ParsedMessage, view: SlotView) -> Flow | None:
        """那改充话费50, 30: after somebody else's number was refused or asked about, for that one, never for one's own.

        It is typed a second time before anything is ordered.
        """
        focus = state.focus
        refused = focus.how == REFUSED and focus.recent()
        if state.top is not None or not (refused or focus.about_other) or own_line(parsed):
            return None
        if focus.whose != OTHERS or focus.number == view[PROVED] or parsed.values(PHONE) or parsed.asks:
            return None
        wish, alone = self._sure_wish(parsed), self._only_taker(parsed)
        goes_on = "change" in parsed.cues or parsed.text.strip().startswith(OPENS) or focus.about_other
        meant = wish if wish is not None and goes_on else alone
        former = self._flows.named(focus.flow) if refused else None
        other = meant is not None and (former is None or meant.name != former.name)
        return meant if meant is not None and other and self._number_step(meant) is not None else None

    def _only_taker(self, parsed: ParsedMessage) -> Flow | None:
        """The only task that takes the values of a message which says little else: 30, 充50."""
        given = {name for name, _ in parsed.entities}
        if not given or len(parsed.rest.strip()) > MERE:
            return None
        takers = [flow for flow in self._flows if flow.kind == "task" and flow.intents and given <= flow.entities]
        sold = [flow for flow in takers if self._number_step(flow) is not None and flow.so_far]
        return sold[0] if len(sold) == 1 else None

    def refers(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """A pattern: a message that is about what was spoken of before, whatever else it may sound like."""
        if parsed.chosen or parsed.command not in ("", URGES) or parsed.event or parsed.parts:
            return False
        if parsed.command:  # 催一下, of an order that was told of
            return self._followed(state, parsed, view)
        if pieces.keep(state, parsed):
            return True
        steps = (self._wondered, self._named, self._switched, self._resumed, self._also, self._again, self._followed)
        return any(step(state, parsed, view) for step in steps)

    def goes_on(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """A pattern: values without a task go on with the one that was left, cancelled or refused.

        换成5G after an order changes that: the task begins again, and what it places comes in place of the former.
        """
        focus, flow = state.focus, self._flows.named(state.focus.flow)
        if state.top is not None or flow is None or parsed.chosen or parsed.asks:
            return False
        changes = focus.how == OK and focus.recent() and "change" in parsed.cues and INSTEAD in flow.sets
        if not (changes or focus.unfinished()):
            return False
        if self._other_size(flow, focus.how, parsed):  # 那换个大的, after one was refused
            self._take_up(state, flow, parsed, view)
            return True
        if not (own_line(parsed) or {name for name, _ in parsed.entities} & flow.entities):
            return False
        wish = self._sure_wish(parsed)
        if wish is not None and (wish.name != flow.name or not self._elliptic(parsed, focus.how)):
            return False
        self._take_up(state, flow, parsed, view)
        if changes:
            view[INSTEAD] = True
        return True

    @staticmethod
    def _other_size(flow: Flow, how: str, parsed: ParsedMessage) -> bool:
        sells = any(step.picks for step in flow.steps)
        return how == REFUSED and sells and bool(parsed.pick) and len(parsed.text.strip()) <= MERE

    def _wondered(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """那来一个, 就要这个, right after a question about it was answered: what the question named is taken."""
        focus, flow = state.focus, self._flows.named(state.focus.asked_about)
        if parsed.asks or flow is None or flow.kind != "task":
            return False
        if "take_that" not in parsed.cues:
            return self._picks_of_it(state, flow, parsed, view)
        if state.top is None:
            before = focus.values if focus.flow == flow.name and focus.unfinished() else {}
            self._begin(state, flow, {**before, **focus.wondered}, parsed, view)
            return True
        named = [step for step in flow.steps if step.kind == "collect" and step.target in focus.wondered]
        if self._run.open_step(state) is None or state.top.flow != flow.name or not named:
            return False
        for step in named:
            view[step.target] = focus.wondered[step.target]
        state.top.reopen(flow, flow.index(named[0].id))
        return True

    def _picks_of_it(self, state: State, flow: Flow, parsed: ParsedMessage, view: SlotView) -> bool:
        """最便宜的, right after a question about what that task sells, while another one is open."""
        mere = bool(parsed.pick) and len(parsed.text.strip()) <= MERE and not parsed.entities
        sells = any(step.picks for step in flow.steps)
        if state.top is None and mere and sells:  # 那就最少的, after what can be bought was told
            self._begin(state, flow, state.focus.wondered, parsed, view)
            return True
        if state.top is None or state.top.flow == flow.name or not (mere and sells):
            return False
        if any(step.picks for step in self._flows[state.top.flow].steps):
            return False
        self._run.begin(state, flow, view, parsed)
        return True

    def _named(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """话费, while 充话费 is open: the name of the open task, whatever else it could mean."""
        frame, name = self._task(state), parsed.text.strip("的吧。. ")
        named = frame is not None and len(name) == NAME and self._flows[frame.flow].title.endswith(name)
        if named and frame is state.top and frame is not None:
            frame.asked = ""
        return named

    def _switched(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """不，还是流量; 5G, while credit is open: back to the task that was left for it, by its name or a value."""
        frame, left = self._task(state), self._left(state)
        if frame is None or frame is not state.top or left is None or parsed.asks:
            return False
        here = self._flows[frame.flow]
        only_there = {name for name, _ in parsed.entities} & left.entities - here.entities
        if any(picked(step, parsed) for step in here.steps):
            only_there = set()
        wish = self._sure_wish(parsed)
        if not only_there and not _names(left, here, parsed.text):
            return False
        if wish is not None and wish.name not in (here.name, left.name) and not _names(left, here, parsed.text):
            return False
        below = next((f for f in state.stack[:-1] if f.flow == left.name), None)
        values = dict(below.slots) if below is not None else dict(state.focus.values)
        self._run.drop(state, view)
        if below is not None:
            self._run.drop(state, view)
        state.then("utter_taken_up", task=left.title)
        self._begin(state, left, values, parsed, view)
        return True

    def _left(self, state: State) -> Flow | None:
        """The task that waits below the open one, or was just left for it."""
        below = next((self._flows[f.flow] for f in reversed(state.stack[:-1]) if self._flows[f.flow].intents), None)
        last = self._flows.named(state.focus.flow) if state.focus.how == CANCELLED and state.focus.recent() else None
        found = below or last
        here = state.top.flow if state.top is not None else ""
        return found if found is not None and found.kind == "task" and found.name != here else None

    # -- going on ----------------------------------------------------------------------------------

    def _resumed(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        if state.top is not None:
            if "resume" not in parsed.cues or self._flows[state.top.flow].kind == OFFERED:
                return False
            self._run.take_up(state, view)
            return True
        focus, flow = state.focus, self._flows.named(state.focus.flow)
        if not parsed.cues & {"resume", "go_on"} or flow is None or not focus.named():
            return False
        if "resume" not in parsed.cues and not focus.unfinished():
            return False
        if focus.how != OK:
            self._take_up(state, flow, parsed, view)
            return True
        told = self._flows.starting_at(flow.tracked_by)
        if told is not None:
            self._run.begin(state, told, view, parsed)
        return told is not None

    def _take_up(self, state: State, flow: Flow, parsed: ParsedMessage, view: SlotView) -> None:
        """Begin the task of the focus again with its values, and those of the message instead."""
        state.then("utter_taken_up" if state.focus.recent() else "utter_taken_up_later", task=flow.title)
        self._begin(state, flow, state.focus.values, parsed, view)

    def _elliptic(self, parsed: ParsedMessage, how: str) -> bool:
        """Whether a wish for the same task means the one in focus: it was just refused, or the words go on with it."""
        return how == REFUSED or bool(parsed.cues & {"change", "go_on"}) or parsed.text.strip().startswith(OPENS)

    # -- a second task -----------------------------------------------------------------------------

    def _again(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """再来一份: the same again, as a task of its own."""
        if "again" not in parsed.cues or parsed.asks or self._sure_other(state, parsed):
            return False
        if state.top is not None:
            return self._second(state, parsed, view)
        flow = self._flows.named(state.focus.flow)
        if flow is None or not state.focus.named():
            return False
        state.then("utter_again", task=flow.title)
        self._begin(state, flow, state.focus.values, parsed, view)
        return True

    def _also(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """再给139…也充50: another number beside the one at hand, or after the last one."""
        if "also" not in parsed.cues or "change" in parsed.cues or parsed.asks or self._sure_other(state, parsed):
            return False
        if not parsed.values(PHONE) and not own_line(parsed):
            return False
        if state.top is not None:
            return self._second(state, parsed, view)
        flow = self._flows.named(state.focus.flow)
        if flow is None or not state.focus.recent():
            return False
        self._begin(state, flow, state.focus.values, parsed, view)
        return True

    def _second(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """The task at hand once more with these values, after it: what it has, unless the message says otherwise."""
        frame = self._task(state)
        if frame is None:
            return False
        flow, slots = self._flows[frame.flow], self._slots(state, frame, view)
        number = self._number_step(flow)
        if number is None or slots.get(number.target) is None or not flow.intents:
            return False
        fills = {**values_of(flow, slots), **self._run.filled(flow, parsed)}
        if fills == values_of(flow, slots) and "again" not in parsed.cues:
            return False
        state.later(flow.intents[0], fills, state.stack.index(frame), like=True)
        frame.asked = ""
        state.then("utter_also_noted", task=flow.title)
        return True

    # -- follow-ups --------------------------------------------------------------------------------

    def _followed(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """The flow that was served last answers a question about its answer, or about another month."""
        flow = self._flows.answering(state.focus.topic)
        if state.top is not None or flow is None or flow.kind != "answer":
            return False
        cues = parsed.cues & set(flow.follow)
        step = next((s for s in flow.steps if s.kind == "collect" and s.entity == MONTH), None)
        relative = step is not None and relative_month.shifted(parsed.text, [], state.focus.month or "2000-01")
        alone = step is not None and bool(parsed.values(MONTH)) and _MONTH_ALONE.fullmatch(parsed.rest) is not None
        if not cues and not relative and not alone:
            return False
        cues = cues or frozenset((MONTH,) if alone else ())
        if (wish := self._sure_wish(parsed)) is not None and wish.name != flow.name and not wish.rest and not cues:
            return False
        fills: dict[str, Any] = {}
        if step is not None:
            named = parsed.values(MONTH)
            spans = [month for month in named if "/" in month]
            last = [state.focus.month] if cues and not alone else named[-1:]
            fills[step.target] = next(iter(spans or last), None)
        if state.focus.about_other and not own_line(parsed):
            view["mentioned_number"] = state.focus.number
        self._run.begin(state, flow, view, self._wish(flow, {k: v for k, v in fills.items() if v}))
        return True

    def _follow_up(self, state: State, parsed: ParsedMessage) -> dict[str, Any] | None:
        cues = sorted(parsed.cues & self._flows.follow_ups)
        months = parsed.values(MONTH)
        if PAIR in cues and not months and state.focus.month_before:  # 哪个高, of the two that were told
            months = [state.focus.month_before]
        return {"cues": cues, "months": months} if cues else None

    # -- what they share ---------------------------------------------------------------------------

    def _begin(self, state: State, flow: Flow, values: dict[str, Any], parsed: ParsedMessage, view: SlotView) -> None:
        fills = {**values_of(flow, values), **self._run.filled(flow, parsed)}
        self._run.begin(state, flow, view, self._wish(flow, fills))

    @staticmethod
    def _wish(flow: Flow, fills: dict[str, Any]) -> ParsedMessage:
        return ParsedMessage(intent=flow.intents[0] if flow.intents else "", confidence=1.0, fills=fills, chosen=True)

    def _sure_wish(self, parsed: ParsedMessage) -> Flow | None:
        flow = self._flows.starting_at(parsed.intent)
        return flow if flow is not None and self._unsure.means(parsed, parsed.intent) else None

    def _sure_other(self, state: State, parsed: ParsedMessage) -> bool:
        """Whether it is surely a wish for another flow than the one that again and also would mean."""
        wish, frame = self._sure_wish(parsed), self._task(state)
        meant = frame.flow if frame is not None else state.focus.flow
        named = {name for name, _ in parsed.entities} & wish.entities if wish is not None else set()
        return wish is not None and wish.name != meant and wish.kind == "task" and bool(named - {PHONE})

    def _task(self, state: State) -> Frame | None:
        """The task at hand: what proves the line is part of it."""
        frame = next((f for f in reversed(state.stack) if self._flows[f.flow].intents), None)
        return frame if frame is not None and not frame.acted and self._flows[frame.flow].kind == "task" else None

    @staticmethod
    def _slots(state: State, frame: Frame, view: SlotView) -> dict[str, Any]:
        return view.slots if frame is state.top else frame.slots

    @staticmethod
    def _number_step(flow: Flow) -> Step | None:
        return next((s for s in flow.steps if s.kind == "collect" and s.entity == PHONE), None)

    def _wants_number(self, state: State, view: SlotView) -> bool:
        """Whether a pronoun may stand for a number: nothing is open, or the open task has none yet."""
        if state.top is None:
            return True
        step = self._number_step(self._flows[state.top.flow])
        return step is not None and view[step.target] is None


def _names(flow: Flow, here: Flow, text: str) -> bool:
    """Whether a text is the name of that task, and not of the open one: 不，还是流量."""
    plain = _AROUND.sub("", text)
    return plain in (flow.title, flow.title[-NAME:]) and not here.title.endswith(plain)
