"""Runs flows: given the dialogue's state and the slots, what is to be done next.

Plain Python without Rasa. `hear` (bot/dialogue/patterns.py) takes a message in and changes the state;
`decide` names one action at a time until the bot has to listen.
"""

from __future__ import annotations

import json
from typing import Any

from bot.dialogue import gates, waiting
from bot.dialogue.flow import GATES, HUMAN, OFFERED, Flow, Flows, Step, ask_candidates
from bot.dialogue.focus import PHONE, values_of
from bot.dialogue.state import Frame, ParsedMessage, SlotView, State, answers, heard, only_asks

LISTEN = "action_listen"
OFFER = waiting.OFFER
OUTCOME = "outcome"
OUTAGE = "outage"
PROVED = gates.PROVED
QUEUED = "queued"
CHANGED = "changed"
BLOCKED = "blocked"
CONSENTING = "consenting"  # whether the open question tells everything that is agreed
WHY = "why"
SLOTS = (  # the dialogue's own
    "outcome",  # the result word of the last action
    "outage",  # the part that was down then, or null
    "offer",  # what action_offer says
    "task",  # the name of a task, for the sentences of the patterns
    "proved_line",  # the line that the customer has proved, or null
    "verified_line",  # the same once the customer is verified, too (level 2), or null
    "mentioned_number",  # the first phone number of the last message, or null
    "several",  # of several values those that are taken, how many were announced, slots of each: values, said, fills
    "follow_up",  # what a question about the last answer asks: {cues, months}, or null
    "open_task",  # the task that a new one interrupts: {flow, title, given: [{slot, entity, value}]}
    "queued",  # whether the customer waits for a person, or null
    "changed",  # what the last message changed: slot → the value before
    "asked",  # what a question names: {"topic": topic, entity: [values]}
    "consenting",  # whether the question of a step with `consents` tells everything that is agreed, or null
    "number_typed",  # somebody else's number, how often it was typed: {number, at, times}, until it is ordered for
    "why",  # what explains the last refusal: {response, then, facts, about}, or null
)
OWN = "own"  # the value of a slot for a number: one's own proved line
MAX_STEPS = 200  # a guard against flows that go round in a circle
ASSUMES = "assumes"  # of `running`: the action that may fill the slot of the step at hand


class Interpreter:
    """Runs the flows; holds no state of its own."""

    def __init__(self, flows: Flows, known: set[str]) -> None:
        """`known` are the domain's actions and responses."""
        self.flows, self.known = flows, known

    # -- what next -----------------------------------------------------------------------------

    def decide(self, state: State, view: SlotView) -> str:
        """The next action or response, or LISTEN. Call again after it ran, with its slots set."""
        for _ in range(MAX_STEPS):
            if told := self.flows.named(state.telling):
                self._tell_outage(state, told, view)
            state.telling = ""
            if state.queue:
                return state.next(view)
            frame = state.top
            if frame is None or state.question:
                return LISTEN
            if frame.running:
                self._settle(state, frame, view)
            elif action := self._enter(state, frame, view):
                return action
        raise RuntimeError(f"flow {state.stack[-1].flow} goes round in a circle")

    def _enter(self, state: State, frame: Frame, view: SlotView) -> str:
        """Begin the step at hand: the action to run, or "" when there was nothing to run."""
        flow = self.flows[frame.flow]
        if gate := gates.closed(flow, self.flows, view):
            self.begin(state, gate, view, under=frame)
            return ""
        if frame.at >= len(flow.steps):
            self.finish(state, view, "ok")
            return ""
        step = flow.steps[frame.at]
        if not step.applies(view.slots):
            frame.at += 1
            return ""
        return str(getattr(self, f"_enter_{step.kind}")(frame, step, view))

    def _enter_collect(self, frame: Frame, step: Step, view: SlotView) -> str:
        if view[step.target] is None:
            if frame.asked == step.id:
                return LISTEN
            if step.assume and step.id not in frame.assumed:
                frame.assumed.append(step.id)
                return self._run(frame, step, step.assume, view, ASSUMES)
            if (echo := self._echo(frame, view)) and not (step.consents and view[CONSENTING]):
                return echo
            return self._ask(frame, step, next(iter(sorted(ask_candidates(step) & self.known))), view)
        if step.check and step.id not in frame.checked:
            return self._run(frame, step, step.check, view)
        return self._pass(frame)

    def _enter_confirm(self, frame: Frame, step: Step, view: SlotView) -> str:
        if frame.confirmed:
            return self._pass(frame)
        if frame.asked == step.id:
            return LISTEN
        self._echo(frame, view)  # the confirmation says everything
        shown, frame.confirming = frame.confirming, dict(frame.told)
        same = bool(step.remind) and bool(shown) and shown == frame.told
        return self._ask(frame, step, step.remind if same else step.target, view)

    def _enter_check(self, frame: Frame, step: Step, view: SlotView) -> str:
        return self._pass(frame) if step.id in frame.checked else self._run(frame, step, step.target, view)

    _enter_advise = _enter_check

    def _enter_act(self, frame: Frame, step: Step, view: SlotView) -> str:
        return self._run(frame, step, step.target, view)

    def _enter_say(self, frame: Frame, step: Step, view: SlotView) -> str:
        if step.target.startswith("action_"):
            return self._run(frame, step, step.target, view)
        frame.at += 1
        return step.target

    def _echo(self, frame: Frame, view: SlotView) -> str:
        """What says the values that the customer has not heard yet, with those they replace; "" for none."""
        flow = self.flows[frame.flow]
        view[CHANGED], fresh = frame.news(flow, view)
        return flow.so_far if fresh and flow.so_far else ""

    def _ask(self, frame: Frame, step: Step, action: str, view: SlotView) -> str:
        frame.asked = step.id
        return self._run(frame, step, action, view) if action.startswith("action_") else action

    @staticmethod
    def _run(frame: Frame, step: Step, action: str, view: SlotView, running: str = "") -> str:
        frame.running = running or step.id
        view[OUTCOME] = view[OUTAGE] = None
        return action

    @staticmethod
    def _pass(frame: Frame) -> str:
        frame.at += 1
        frame.asked = ""
        return ""

    # -- what came of an action ----------------------------------------------------------------

    def _settle(self, state: State, frame: Frame, view: SlotView) -> None:
        flow, assumed, word = self.flows[frame.flow], frame.running == ASSUMES, view[OUTCOME] or "failed"
        step = flow.steps[frame.at if assumed else flow.index(frame.running)]
        frame.running = ""
        if assumed and not (word == "down" and view[OUTAGE] in flow.needs):
            return  # what cannot be assumed is asked for, unless the flow cannot go on at all
        if word in step.next:
            self._jump(frame, step, flow.index(step.next[word]), view)
        elif word == "ok":
            self._settle_ok(frame, step, view)
        elif word == "again" and step.kind == "collect":
            self._settle_again(state, frame, step, view)
        elif word == "blocked":  # the refusal is the open question; a remedy is a task on top of this one
            frame.blocked, state.question = True, BLOCKED
        else:
            if word == "failed":
                state.then("utter_trouble")
            elif word == "down":
                wished = next((one for one in reversed(state.stack) if one.flow not in GATES), state.stack[-1])
                self._tell_outage(state, self.flows[wished.flow], view)
            elif word == "others":
                self._offer_own(state, flow, view)
            self.finish(state, view, word)

    def _jump(self, frame: Frame, step: Step, index: int, view: SlotView) -> None:
        if step.secret:
            view[step.target] = None
        flow = self.flows[frame.flow]
        frame.reopen(flow, index)
        frame.at = index
        frame.acted = frame.acted or (step.kind == "act" and index == len(flow.steps))  # done, by a branch

    @staticmethod
    def _settle_ok(frame: Frame, step: Step, view: SlotView) -> None:
        frame.blocked = frame.blocked and step.kind != "check"
        if step.kind in ("act", "say"):
            frame.acted = frame.acted or step.kind == "act"
            frame.at += 1
        elif step.kind in ("check", "advise") or (view[step.target] is not None and step.check):
            frame.checked.append(step.id)
            frame.asked = ""
        if step.secret and view[step.target] is not None:
            view[step.target] = "***"  # it has served: nothing keeps a code

    def _tell_outage(self, state: State, flow: Flow, view: SlotView) -> None:
        """What cannot be done now, and what of the menu does not need the part that is down."""
        if view[OUTCOME] != "down" or (part := view[OUTAGE]) is None:
            return  # nothing is down, or the action has said it in words of its own
        others = (other for other in self.flows.menu if other.name not in (flow.name, HUMAN))
        working = [other.menu_title for other in others if part not in other.needs]
        facts = {"task": flow.menu_title, "working": working}
        state.then(OFFER, offer={"response": "utter_outage", "facts": facts})

    def _offer_own(self, state: State, flow: Flow, view: SlotView) -> None:
        """It was about somebody else's line: the same about one's own, unless another task goes on now."""
        if flow.name in GATES and len(state.stack) > 1:  # refused before it was proved: the wish is below
            flow = self.flows[state.stack[-2].flow]
        elif len(state.stack) > 1:
            return
        view[WHY] = {"response": "utter_others_why", "then": "utter_others_why", "facts": {}, "about": ""}
        if not flow.intents:
            return
        values = json.dumps(values_of(flow, view.slots), ensure_ascii=False)
        choices = [("utter_choice_own_line", f"/{flow.intents[0]}{values}")]
        state.then(OFFER, offer={"response": "utter_own_line_instead", "choices": choices})
        state.question = "offer"

    def _settle_again(self, state: State, frame: Frame, step: Step, view: SlotView) -> None:
        view[step.target] = None
        frame.asked, frame.confirmed = "", False
        frame.agains[step.id] = frame.agains.get(step.id, 0) + 1
        if step.again_max and frame.agains[step.id] >= step.again_max:
            if step.too_often:
                state.then(step.too_often)
            self.finish(state, view, "end")

    # -- the stack -----------------------------------------------------------------------------

    def begin(
        self, state: State, flow: Flow, view: SlotView, parsed: ParsedMessage | None = None, under: Frame | None = None
    ) -> None:
        """Put a flow on top. The one below keeps its values; `under` waits for it and goes on with it."""
        if state.top not in (None, under) and self.flows[state.top.flow].lapses and flow.kind != "talk":
            self.drop(state, view)
        below, state.question = state.top, ""
        if parsed is not None:
            state.waiting = [w for w in state.waiting if w["intent"] != parsed.intent or w.get("like")]
        frame = Frame(flow.name)
        view["open_task"] = view[WHY] = None
        topics = list(parsed.topics) if parsed is not None else []
        view["asked"] = {"flow": flow.name, "topics": topics} if topics else None
        if below is not None:
            view["open_task"] = {"flow": below.flow, "title": self.title(below), "given": self.given(below, view)}
            below.slots = {slot: view[slot] for slot in self.flows[below.flow].slots}
            below.offers = state.offers
            if below is not under and flow.kind != OFFERED:
                below.asked = ""
        for slot in flow.slots:
            view[slot] = None
        view.update(dict(flow.sets))
        for slot, what in flow.hears.items():
            view[slot] = heard(state, slot, what, parsed)
        state.stack.append(frame)
        if parsed is not None:
            self.fill(flow, parsed, view)
        elif under is not None and view["mentioned_number"]:
            for step in flow.steps:
                if step.kind == "collect" and step.entity == "phone_number":
                    view[step.target] = view["mentioned_number"]
                    break

    @staticmethod
    def fill(flow: Flow, parsed: ParsedMessage, view: SlotView) -> list[str]:
        """Give a message's values to the slots of a flow; each entity to the first that takes it."""
        filled: list[str] = []
        used: set[str] = set()
        if only_asks(flow, parsed):
            return []
        for step in flow.steps:
            if step.kind != "collect" or step.secret or step.entity in used:
                continue
            value = answers(step, parsed)
            if value is not None:
                view[step.target] = value
                filled.append(step.target)
                used.add(step.entity)
        return filled

    @staticmethod
    def filled(flow: Flow, parsed: ParsedMessage) -> dict[str, Any]:
        """The values of a message as slots of a flow; one's own line as OWN where a number is collected."""
        slots = SlotView({})
        Interpreter.fill(flow, parsed, slots)
        step = next((s for s in flow.steps if s.kind == "collect" and s.entity == PHONE), None)
        if step is not None and "own_line" in parsed.cues and step.target not in slots.changes:
            slots[step.target] = OWN
        return slots.changes

    def finish(self, state: State, view: SlotView, how: str) -> None:
        """Take the top task off; what happens with the one below depends on `how` it ended."""
        frame = self.drop(state, view, how)
        flow, below = self.flows[frame.flow], state.top
        if flow.name not in GATES and waiting.begin_next(self, state, view):
            return
        if below is None:
            state.question = {"ok": "done" if frame.acted else state.question, QUEUED: QUEUED}.get(how, state.question)
            state.offers = [] if how == QUEUED else state.offers
            return
        if flow.name in GATES:
            if not gates.passed(flow.name, view):
                if how != "cancelled":  # nothing that needs the line can be done
                    state.waiting = [
                        w for w in state.waiting if not gates.needed_by(self.flows.starting_at(w["intent"]))
                    ]
                self.finish(state, view, "end")
        elif how == QUEUED:  # the place was told; the question of the task stays open with its choices
            state.question, state.offers = QUEUED, below.offers
        elif gates.passed(below.flow, view):  # by what was done on top of it
            self.finish(state, view, "ok")
        elif flow.returns or below.flow in GATES:
            self.resume(state, view)
        else:
            state.then(OFFER, offer=self._offer_return(below))
            state.question = "return"

    def drop(self, state: State, view: SlotView, how: str = "cancelled") -> Frame:
        """Take the top task off without a word; the focus keeps it, the one below has its values again."""
        frame = state.stack.pop()
        flow = self.flows[frame.flow]
        if flow.kind not in ("talk", OFFERED) and flow.name not in GATES:
            state.focus.ended(flow, view.slots, how, view[PROVED])
        for slot in self.flows[frame.flow].slots:
            view[slot] = None
        if state.top is not None:
            view.update(state.top.slots)
            state.top.slots = {}
        return frame

    def bring_up(self, state: State, frame: Frame, view: SlotView) -> None:
        """A task that waits below is wanted again: it changes places with the one on top."""
        top = state.stack[-1]
        top.slots = {slot: view[slot] for slot in self.flows[top.flow].slots}
        top.asked = ""
        state.stack.remove(frame)
        state.stack.append(frame)
        for slot in self.flows[top.flow].slots:
            view[slot] = None
        view.update(frame.slots)
        frame.slots = {}
        self.resume(state, view)

    def resume(self, state: State, view: SlotView) -> None:
        """Go on with the task on top: name it and ask its open question again."""
        frame = state.top
        if frame is None:
            return
        state.question = ""
        frame.asked = ""
        state.then("utter_continue", task=self.title(frame))

    def take_up(self, state: State, view: SlotView) -> None:
        """The same for who asks for it (刚才那个接着办): what is agreed is said, and that nothing was ordered."""
        frame, step = state.top, self.open_step(state)
        flow = self.flows[frame.flow] if frame is not None else None
        if frame is None or flow is None or frame.acted or not flow.so_far or not self.given(frame, view):
            self.resume(state, view)
            return
        state.question = ""
        frame.asked, frame.confirming = "", {}
        state.then("utter_continue_unpaid", task=self.title(frame))
        if step is None or step.kind != "confirm":  # which says everything itself
            state.then(flow.so_far, changed={})

    def at_once(self, intent: str, view: SlotView) -> bool:
        """Whether a wish is served without a question."""
        flow = self.flows.starting_at(intent)
        if flow is None or not flow.returns or flow.kind == OFFERED:
            return False
        return gates.closed(flow, self.flows, view) is None

    def _offer_return(self, frame: Frame) -> dict[str, Any]:
        return {
            "response": "utter_offer_return_later" if frame.blocked else "utter_offer_return",
            "facts": {"task": self.title(frame)},
            "choices": [("utter_choice_yes", "/affirm"), ("utter_choice_no", "/deny")],
        }

    def given(self, frame: Frame, view: SlotView) -> list[dict[str, Any]]:
        """What the top task was given, each value once and no secret: [{"slot", "entity", "value"}]."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for step in self.flows[frame.flow].steps:
            value = view[step.target] if step.kind == "collect" and not step.secret else None
            if value is not None:
                given = {"slot": step.target, "entity": step.entity, "value": value}
                found.setdefault((step.entity, str(value)), given)
        return list(found.values())

    def title(self, frame: Frame) -> str:
        """What a task is called to the customer."""
        return self.flows[frame.flow].title

    def wish(self, flow: Flow, intent: str) -> str:
        """What a wish is called to the customer."""
        return flow.wish(intent)

    def called(self, intent: str) -> str:
        """What an intent is called, also one that no flow serves."""
        flow = self.flows.starting_at(intent)
        if flow is not None:
            return flow.wish(intent)
        return next((other.titles[intent] for other in self.flows if intent in other.titles), intent)

    def open_step(self, state: State) -> Step | None:
        """The step whose question is open, if one is."""
        frame = state.top
        if frame is None or not frame.asked or state.question:
            return None
        return next((step for step in self.flows[frame.flow].steps if step.id == frame.asked), None)

    def awaits_secret(self, state: State) -> bool:
        """Whether a message may hold a code or password, so that no copy of it may be kept."""
        return any(step.secret for frame in state.stack for step in self.flows[frame.flow].steps)

    @property
    def human(self) -> Flow | None:
        """The flow that calls a person."""
        return self.flows.named(HUMAN)
