"""A person is offered, called, waited for, and has left: written once for all flows.

A person owns the conversation only while an agent has taken it. Who waits is served as always. What is offered (kind
`offer`: a person, a message for later) is asked once: whatever does not answer the offer ends it without a word, and
what it interrupted is where it was.
"""

from __future__ import annotations

from bot.dialogue import waiting
from bot.dialogue.fallback import Fallback
from bot.dialogue.flow import HUMAN, OFFER_PERSON, OFFERED, Flow, Step
from bot.dialogue.interpreter import OFFER, QUEUED, Interpreter
from bot.dialogue.state import ParsedMessage, SlotView, State, answers, worded

YES, NO, STOP, BACK = "affirm", "deny", "cancel", "back"
# commands of bot/nlu/person_words.py
NO_PERSON, NO_WAIT, URGES, ABOUT_PERSON, RATES = "no_person", "no_wait", "urges", "about_person", "rates_"
LEAVES_WORD = frozenset({"leave_word", "leaves_words"})  # cues of 留言, and of 留言：宽带断了三天
SHORT = 6  # characters of a stop where any text is an answer
REASON = "handoff_reason"


class Person:
    """The patterns around a person."""

    def __init__(self, interpreter: Interpreter, unsure: Fallback) -> None:
        self._run, self._flows, self._unsure = interpreter, interpreter.flows, unsure

    def _means(self, parsed: ParsedMessage, intent: str) -> bool:
        """Whether a message surely means `intent`; a question is no yes: 是国内对吧 takes no offer."""
        return not (intent == YES and parsed.asks) and self._unsure.means(parsed, intent)

    # -- before any pattern ----------------------------------------------------------------------

    def takes_down(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """Where a message for later is asked for, everything is the message, but a short word that stops it."""
        frame, step = state.top, self._run.open_step(state)
        if frame is None or step is None or step.accept != "message" or parsed.event:
            return False
        stops = parsed.chosen or parsed.command in (BACK, NO_WAIT, NO_PERSON) or self._means(parsed, STOP)
        text = parsed.text.strip()
        stops = stops or text.isdecimal() or self._means(parsed, HUMAN)  # a choice of before, 9
        if not text or (stops and len(text) <= SHORT):
            return False
        view[step.target] = text
        flow = self._flows[frame.flow]
        frame.reopen(flow, flow.index(step.id))
        return True

    def refused(self, state: State, parsed: ParsedMessage, view: SlotView) -> None:
        """不等了，查话费: who waits waits no more, whatever else is said."""
        if parsed.leaves and view[QUEUED]:
            state.then("action_leave_queue")
            state.question = "" if state.question == QUEUED else state.question
            view[QUEUED] = None

    def let_go(self, state: State, parsed: ParsedMessage, view: SlotView) -> None:
        """An offer that a message does not answer is over."""
        offer, step = self._open_offer(state)
        if offer is None or step is None or parsed.event or self._answers(offer, step, parsed):
            return
        self._run.drop(state, view)

    def _answers(self, offer: Flow, step: Step, parsed: ParsedMessage) -> bool:
        meant = any(self._means(parsed, intent) for intent in (YES, NO, STOP, HUMAN))
        meant = meant or self._again(offer, parsed) or bool(parsed.command)
        meant = meant or any(one.accept == "message" and worded(one, parsed) for one in offer.steps)
        return meant or step.accept == "message" or answers(step, parsed) is not None

    def _again(self, offer: Flow, parsed: ParsedMessage) -> bool:
        """Whether a message is the same wish again, by its intent or by its words."""
        return offer is self._flows.begun_by(parsed.cues) or any(self._means(parsed, one) for one in offer.intents)

    # -- as the second of the patterns -----------------------------------------------------------

    def hear(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """What is said to an offer, in the queue, of a person, and of how the service was."""
        return (
            self._answer_offer(state, parsed, view)
            or self._rate(state, parsed, view)
            or (bool(view[QUEUED]) and self._in_queue(state, parsed, view))
            or self._of_person(state, parsed, view)
        )

    def _answer_offer(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        offer, step = self._open_offer(state)
        frame = state.top
        if frame is None or offer is None or step is None or answers(step, parsed) is not None:
            return False
        if self._leaves_word(offer, parsed, view):
            frame.reopen(offer, offer.index(step.id))
            frame.confirmed = step.kind == "confirm"
            return True
        if parsed.command in (BACK, NO_PERSON, NO_WAIT) or self._means(parsed, NO) or self._means(parsed, STOP):
            self._decline(state, offer, view)
            return True
        if not (self._again(offer, parsed) or any(self._means(parsed, intent) for intent in (YES, HUMAN))):
            return False
        frame.confirmed, frame.asked = step.kind == "confirm", ""
        return True

    @staticmethod
    def _leaves_word(offer: Flow, parsed: ParsedMessage, view: SlotView) -> bool:
        """我留个话：宽带断了三天: the wish to leave a message, and the message."""
        left = next((one for one in offer.steps if one.accept == "message" and worded(one, parsed)), None)
        if left is not None:
            view[left.target] = parsed.text.strip()
        return left is not None

    def _decline(self, state: State, offer: Flow, view: SlotView) -> None:
        self._run.drop(state, view)
        state.then(offer.declined or "utter_fine")
        if not waiting.begin_next(self._run, state, view):
            self._run.resume(state, view)

    def _rate(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        rating = parsed.fills.get("rating") or (
            parsed.command.removeprefix(RATES) if parsed.command.startswith(RATES) else None
        )
        if not state.rates or not rating:
            return False
        state.rates = False
        state.then("action_rate_service", rating=rating)
        self._ask_again(state)
        return True

    def _in_queue(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        if self._leaves(state, parsed):
            state.then("action_leave_queue")
            self._ask_again(state)
            return True
        asks = parsed.command in (URGES, ABOUT_PERSON)
        # a yes is to the place that was told, and confirms nothing of the task below
        nods = state.question == QUEUED and not parsed.chosen and self._means(parsed, YES)
        if asks or nods:
            state.then("action_tell_place")
            state.question = QUEUED
        if nods:
            self._ask_again(state)
        return asks or nods

    def _leaves(self, state: State, parsed: ParsedMessage) -> bool:
        """0 and a no leave the queue only where nothing else is open; words that say so, anywhere."""
        told = state.question == QUEUED or (state.top is None and state.question in ("", "done"))
        no = (
            state.question == QUEUED
            and not (parsed.chosen or parsed.asks)
            and (self._means(parsed, NO) or self._means(parsed, STOP))
        )
        return parsed.command in (NO_WAIT, NO_PERSON) or (told and parsed.command == BACK) or no

    def _of_calls(self, state: State, parsed: ParsedMessage) -> bool:
        if state.top is not None:
            return self._flows[state.top.flow].stops in parsed.cues
        return self._flows.begun_after(state.focus.topic, parsed.cues) is not None

    def _of_person(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        if parsed.command == NO_PERSON and self._of_calls(state, parsed):  # 别转了, of calls that are forwarded
            return False
        if parsed.command == NO_PERSON or (parsed.command == NO_WAIT and state.top is None and "排" in parsed.text):
            state.then("utter_no_person")
            self._ask_again(state)
            return True
        offer = self._flows.named(OFFER_PERSON)
        leaves_word = state.top is None and bool(LEAVES_WORD & parsed.cues)
        if not (parsed.command == ABOUT_PERSON or leaves_word) or offer is None:
            return False
        if self._open_offer(state)[0] is None:
            self._run.begin(state, offer, view)
        self._ask_again(state)
        view[REASON] = "wondered"
        if state.top is not None and self._leaves_word(offer, parsed, view):
            state.top.confirmed = True
        return True

    @staticmethod
    def _ask_again(state: State) -> None:
        state.question = "" if state.question == QUEUED else state.question
        if state.top is not None:
            state.top.asked = ""

    # -- events ----------------------------------------------------------------------------------

    def left(self, state: State, view: SlotView) -> None:
        """A person has left: how was it, and on with the task, whose values are told and whose choices keep their
        digits."""
        state.question = "" if state.question == QUEUED else state.question
        state.rates = True
        if state.top is None or state.question:
            state.then("utter_ask_rating")
            return
        state.then("utter_ask_rating_in_words")
        self._go_on(state, view)

    def _go_on(self, state: State, view: SlotView) -> None:
        frame = state.stack[-1]
        given = self._run.given(frame, view)
        if not given:
            self._run.resume(state, view)
            return
        frame.asked = ""
        facts = {"task": self._run.title(frame), "given": given}
        state.then(OFFER, offer={"response": "utter_continue_with", "facts": facts})

    def _open_offer(self, state: State) -> tuple[Flow | None, Step | None]:
        frame = state.top
        flow = self._flows[frame.flow] if frame is not None else None
        if flow is None or flow.kind != OFFERED:
            return None, None
        return flow, self._run.open_step(state)
