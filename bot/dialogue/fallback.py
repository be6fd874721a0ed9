"""What is done when a message was not, or not surely, understood.

Once: the two or three likeliest wishes as choices. Twice: the menu. Three times: a person is offered. Who waits for
one anyway is told that the message will be seen.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.dialogue.flow import HUMAN, OFFER_PERSON, Flow
from bot.dialogue.focus import MONTH, PHONE
from bot.dialogue.interpreter import OFFER, QUEUED, Interpreter
from bot.dialogue.pending import DEED
from bot.dialogue.slot_filling import given
from bot.dialogue.state import Frame, ParsedMessage, SlotView, State

MOST_MENU = 1000  # behind every place of the menu
LOOKS_AFTER = "action_look_after"
FRAIL = "frail"  # of what is said once a conversation
YES, NO, STOP, OFF_TOPIC = "affirm", "deny", "cancel", "out_of_scope"
VAGUE = "ask_help"  # a wish that names nothing: likely ones are better than the menu
LATER = 1000  # after every place of the menu
MAX_LEFTOVER = 6  # characters beside a value, in a message that is nothing but the value
Wish = tuple[Flow, str]  # a flow, and which of its intents


@dataclass(frozen=True)
class Thresholds:
    """From config.yml. Confidences of understanding, 0…1."""

    sure: float = 0.5  # start a task, take a yes or no
    strong: float = 0.9  # confirm what costs money
    chance: float = 0.08  # worth offering as a choice
    close: float = 0.2  # so far behind the likeliest, another meaning is still a choice
    within: float = 0.25  # worth offering in the middle of another task


class Fallback:
    """Looks for what may have been meant."""

    def __init__(self, interpreter: Interpreter, thresholds: Thresholds) -> None:
        self._run, self._flows, self._limits = interpreter, interpreter.flows, thresholds

    @property
    def within(self) -> float:
        """Confidence from which a wish is worth offering in the middle of another task."""
        return self._limits.within

    def means(self, parsed: ParsedMessage, intent: str) -> bool:
        """Whether a message surely means `intent`. A consent in words of the deed (下单吧) is a yes."""
        if intent == YES and "consent" in parsed.cues:
            return True
        if intent == STOP and "calls_off" in parsed.cues:
            return True
        return parsed.intent == intent and (parsed.chosen or parsed.confidence >= self._limits.sure)

    def agrees(self, parsed: ParsedMessage, intent: str) -> bool:
        """The same for what answers a question: nothing that asks or refuses a value is a yes, a no or a stop."""
        if intent in (YES, NO, STOP) and (parsed.asks or parsed.refuses):
            return False
        return self.means(parsed, intent)

    def other_flow(self, frame: Frame, parsed: ParsedMessage) -> Flow | None:
        """The other flow that a message asks for, when it does so clearly."""
        flow = self._flows.starting_at(parsed.intent)
        if flow is None or flow.name == frame.flow or not self.asks_for(flow, frame, parsed):
            return None
        return flow

    def asks_for(self, flow: Flow, frame: Frame | None, parsed: ParsedMessage) -> bool:
        """Whether a message asks for a flow clearly.

        A value that the open task takes, too, is for the open task unless the wish is beyond doubt:
        while data is topped up, 给13500135999充 is about whom, not about credit.
        """
        limit = self._limits.sure
        if frame is not None and not frame.acted and frame.flow != flow.name:
            given = {name for name, _ in parsed.entities} & self._flows[frame.flow].entities
            if given - flow.entities and "change" in parsed.cues and not parsed.chosen:  # 数错了，是5G
                limit = self._limits.strong
            shared = self._flows[frame.flow].entities & flow.entities
            if any(name in shared for name, _ in parsed.entities):
                limit = self._limits.strong
        return parsed.chosen or parsed.confidence >= limit

    def miss(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """The last of the patterns: always takes the message."""
        if view[QUEUED]:
            return self._noted(state)
        if parsed.leaves and state.queue:  # 别转了，我自己弄: that he leaves was heard
            return True
        if self.means(parsed, OFF_TOPIC):
            return self._not_ours(state, parsed, view)
        state.misses += 1
        state.doubt = "fallback"
        if (
            view["proved_line"] and LOOKS_AFTER in self._run.known and FRAIL not in state.told
        ):  # once: who is old by the records is offered a person at the first misunderstanding
            state.told.append(FRAIL)
            state.then(LOOKS_AFTER)
        offer = self._flows.named(OFFER_PERSON)
        if state.misses >= 3 and offer is not None:
            state.doubt = "misunderstood"
            state.misses = 0
            self._run.begin(state, offer, view)
        elif state.misses == 1 and self.offer_rivals(state, parsed):
            pass
        elif state.top is not None:
            state.then("utter_not_understood" if state.misses == 1 else "utter_not_understood_twice")
            state.top.asked = ""
        elif state.misses == 1 and (only := self._only(parsed)):
            state.misses, state.doubt = 0, "clarified"
            self.take_only(state, only, parsed, view)
        elif state.misses == 1 and (wishes := self.likely(parsed)):
            state.doubt = "clarified"
            self.offer(state, parsed, "utter_clarify", wishes)
        else:
            if not self.means(parsed, NO):
                state.then("utter_not_understood")
            state.then("utter_main_business")
        return True

    @staticmethod
    def _noted(state: State) -> bool:
        """Who waits for a person has written to that person."""
        state.doubt = "fallback"
        state.then("utter_noted_for_person")
        if state.top is not None:
            state.top.asked = ""
        return True

    def _not_ours(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """Say that it is none of our business, however often: it was understood, so no person need step in."""
        if not self.in_doubt(state, parsed):
            state.then("utter_out_of_scope_within" if state.top else "utter_out_of_scope")
            self._run.resume(state, view)
        return True

    def _only(self, parsed: ParsedMessage) -> Wish | None:
        """The one wish that a message may have meant, if it is one that the hall serves and no question."""
        wishes = self.likely(parsed)
        likely = bool(parsed.ranking) and max(share for _, share in parsed.ranking) >= self._limits.close
        served = likely and len(wishes) == 1 and not wishes[0][0].rest and wishes[0][0].name != HUMAN
        return wishes[0] if served and (not parsed.asks or wishes[0][0].kind == "answer") else None

    def take_only(self, state: State, wish: Wish, parsed: ParsedMessage, view: SlotView) -> None:
        """Do what a message can only have meant, and say so, with all that was said in it."""
        flow, intent = wish
        state.took = intent
        if flow.kind == "task" and not flow.so_far:  # else what was understood is said with the next question
            state.then("utter_take_it", task=flow.wish(intent))
        fills = self._run.filled(flow, parsed)
        self._run.begin(state, flow, view, ParsedMessage(intent=intent, confidence=1.0, fills=fills, chosen=True))

    def likely(self, parsed: ParsedMessage, least: float | None = None) -> list[Wish]:
        """The wishes that a message most probably meant, best first, at most three; small talk is none.

        Mere digits say nothing of a wish, whatever a model likens them to: the menu answers them.
        """
        if parsed.text.strip().isdecimal():
            return []
        least = self._limits.chance if least is None else least
        found: dict[str, Wish] = {}
        for intent, confidence in parsed.ranking:
            flow = self._flows.starting_at(intent)
            if flow is not None and flow.kind != "talk" and confidence >= least:
                found.setdefault(flow.wish(intent), (flow, intent))
        return list(found.values())[:3]

    def value_without_task(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """A value that nobody asked for: what can be told with it is told, what can be done with it is offered."""
        given = {name for name, _ in parsed.entities}
        held = state.top is not None and not (self._flows[state.top.flow].lapses and len(given) > 1)
        if held or not given or self.means(parsed, OFF_TOPIC):
            return False
        flows = self._takers(state, given)
        if not flows:
            return False
        flows.sort(key=lambda flow: flow.menu or LATER)
        likely = [flow for flow, _ in self.likely(parsed)]
        clear = bool(likely) and flows[:1] == likely[:1] and parsed.ranking[0][1] >= self._limits.close
        sure = len(parsed.rest.strip()) <= MAX_LEFTOVER or clear or bool(DEED.match(parsed.text.strip()))
        told = parsed.asks or parsed.happened  # what a story or a question names, nobody wants
        if len(flows) == 1 and sure and not (told and flows[0].kind == "task"):
            self.take_only(state, (flows[0], flows[0].intents[0]), parsed, view)
            return True
        state.doubt = "clarified" if len(parsed.rest.strip()) > MAX_LEFTOVER else ""
        if given == {PHONE} and state.top is None:
            state.focus.alone = str(parsed.values(PHONE)[-1])
        self.offer(state, parsed, "utter_what_with_it", [(flow, flow.intents[0]) for flow in flows[:3]])
        return True

    def _takers(self, state: State, given: set[str]) -> list[Flow]:
        """The flows that a value may be for: the one that was served last, if it takes it; of a month what is told."""
        takes = [
            f for f in self._flows if f.intents and any(s.kind == "collect" and s.entity in given for s in f.steps)
        ]
        if last := [flow for flow in takes if flow.name == state.focus.topic]:
            return last
        if len(given) > 1 and (all_ := [flow for flow in takes if given <= flow.entities]):
            return all_
        easy = [flow for flow in takes if flow.kind != "task" and not flow.needs_verified]
        return sorted(easy, key=lambda flow: flow.menu or MOST_MENU)[:1] if given == {MONTH} and easy else takes

    def in_doubt(self, state: State, parsed: ParsedMessage) -> bool:
        """Ask once what was meant; who was just asked is taken at the likeliest meaning."""
        if state.misses or not self.offer_rivals(state, parsed):
            return False
        state.misses = 1
        return True

    def offer_rivals(self, state: State, parsed: ParsedMessage) -> bool:
        """Offer the wishes that the likeliest meaning, however sure, is not clearly ahead of.

        A rare wish that is swallowed is worse than a choice of three. A vague wish is clearly ahead of others
        only when it is beyond doubt. In the middle of a task, where
        most of what is not understood answers its question badly, only a likely wish is offered.
        """
        if parsed.chosen or parsed.command or not parsed.ranking:
            return False
        limits, best = self._limits, parsed.ranking[0][1]
        sure = best >= limits.sure
        here = self._flows.starting_at(parsed.intent) if sure else None
        least = limits.within if state.top else limits.chance
        behind = 1.0 if parsed.intent == VAGUE and best < limits.strong else limits.close
        wishes = self.likely(parsed, max(least, best - behind))
        others = {flow.name for flow, _ in wishes} - {here.name if here else ""} - {f.flow for f in state.stack}
        if not others or not (sure or state.top):
            return False
        if here is not None and self._only_takes(here, others, parsed):
            return False
        state.doubt = "clarified"
        self.offer(state, parsed, "utter_clarify", wishes)
        return True

    def _only_takes(self, here: Flow, others: set[str], parsed: ParsedMessage) -> bool:
        """Whether the likeliest wish is the only one that takes a value of the message: 把校讯通的8块退给我."""
        given = {name for name, _ in parsed.entities} - {PHONE}
        return bool(given & here.entities) and not any(given & self._flows[name].entities for name in others)

    @staticmethod
    def offer(state: State, parsed: ParsedMessage, response: str, wishes: list[Wish]) -> None:
        """Offer wishes as choices; the one that is chosen begins with the values that were said."""
        choices = [(flow.wish(intent), f"/{intent}{given(flow, parsed)}") for flow, intent in wishes]
        none = "utter_choice_yes" if state.top else "utter_choice_none"
        state.then(OFFER, offer={"response": response, "choices": [*choices, (none, "/deny")]})
        state.question = "clarify"
