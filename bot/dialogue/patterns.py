"""How a message changes the dialogue: the patterns, written once for all flows.

In this order: an event of the hall; the open question of a pattern (which one? go back?); a hall
command; a wish to stop; an answer to the open question; a wish for another task; a correction;
what is left was not understood.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.dialogue import pending, second_thought, waiting
from bot.dialogue.about import named
from bot.dialogue.by_words import ByWords
from bot.dialogue.choices import parse_payload
from bot.dialogue.ellipsis import Ellipsis
from bot.dialogue.fallback import MAX_LEFTOVER, Fallback, Thresholds
from bot.dialogue.flow import GATES, HUMAN, IDENTIFY, Step
from bot.dialogue.going_back import GoingBack
from bot.dialogue.interpreter import BLOCKED, CONSENTING, OFFER, Interpreter
from bot.dialogue.moods import NO_NOTICES, NOTICE, Moods, confirms
from bot.dialogue.others_line import KIN, OthersLine
from bot.dialogue.person import Person
from bot.dialogue.questions import Likeness, Questions
from bot.dialogue.several import SeveralValues
from bot.dialogue.slot_filling import (
    for_long_digits,
    is_another,
    own_line,
    same_as_given,
    says_only_that,
    take,
)
from bot.dialogue.state import (
    PRICE,
    Frame,
    ParsedMessage,
    SlotView,
    State,
    answers,
    only_asks,
    picked,
    raw_answer,
    raw_digits,
    worded,
)
from bot.dialogue.stopping import Stopping

STOP, YES, NO = "cancel", "affirm", "deny"
GO_PAY = "go_pay"  # the cue of who is about to pay an order: no second consent


class Patterns:
    """Takes messages in."""

    def __init__(self, interpreter: Interpreter, thresholds: Thresholds, exact_yes: frozenset[str]) -> None:
        """`exact_yes` are the words that confirm even what costs money, written exactly so."""
        self._run, self._flows = interpreter, interpreter.flows
        self._limits, self._exact_yes = thresholds, exact_yes
        self._unsure = Fallback(interpreter, thresholds)
        self._by_words = ByWords(interpreter)
        self._ellipsis = Ellipsis(interpreter, self._unsure)
        self._several = SeveralValues(interpreter, thresholds.sure)
        self._person = Person(interpreter, self._unsure)
        self._back = GoingBack(interpreter)
        self._stops = Stopping(interpreter, self._unsure, self._back)
        self._questions = Questions(interpreter, thresholds.sure, thresholds.strong)
        self._moods = Moods(interpreter, self._unsure)
        self._others = OthersLine(interpreter, thresholds.sure)
        self._patterns = (
            self._event, self._person.hear, self._pattern_question, self._back.command, self._others.refuses,
            self._by_words.takes,
            self._ellipsis.refers, self._question, self._moods.wonder, self._stops.stop, self._back.reopen,
            self._deed, self._answer, self._aside, self._ellipsis.goes_on, self._wish, self._correct, self._small_talk,
            self._questions.like_one, self._unsure.value_without_task, self._second_thought, self._unsure.miss,
        )  # fmt: skip

    def know(self, likeness: Likeness) -> None:
        """Let questions be known by what they are like."""
        self._questions.likeness = likeness

    def hear(self, state: State, parsed: ParsedMessage, view: SlotView) -> None:
        """Change the state and the slots as the message asks; the first pattern that takes it wins."""
        state.queue.clear()
        state.doubt = state.took = ""
        state.kept = False
        parsed = self._ellipsis.complete(state, self._by_words.whole(parsed), view)
        parsed, others = self._several.apart(state, parsed, view)
        if not parsed.event:
            numbers = parsed.values("phone_number")
            view["mentioned_number"] = numbers[0] if numbers else None
        if others is not None and others.beside:
            self._several.wait(state, others, view)
            return
        parsed = self._moods.plainly(state, parsed)
        if self._person.takes_down(state, parsed, view) or self._moods.take(state, parsed, view):
            state.misses = 0
            return
        if self._several.announces(state, parsed, view):
            return
        misses = state.misses
        self._person.refused(state, parsed, view)
        self._person.let_go(state, parsed, view)
        first, *rest = pending.in_order(self._run, pending.without_context(self._run, state, parsed))
        answers_first = bool(rest) and self._flows.starting_at(first.intent) is None
        if answers_first:
            pending.wait_for_answer(self._run, state, rest)
        wondered = state.focus.wondered
        next(pattern for pattern in self._patterns if pattern(state, first, view))
        if state.focus.wondered is wondered:  # what was wondered about can be taken by the next message only
            state.focus.wondered, state.focus.asked_about = {}, ""
        self._several.wait(state, others, view)
        if answers_first:
            pending.digress(self._run, state, view)
        elif rest:
            pending.wait_for_wish(self._run, state, first, rest, view)
            if state.top is None and not state.question:  # the first was answered by a fact, and nothing goes on
                waiting.begin_next(self._run, state, view)
        if state.misses == misses and not parsed.event:
            state.misses = 0

    def sure_wish(self, parse: dict[str, Any], clear: bool) -> str:
        """The intent of parse data if it surely is a wish that a flow serves, small talk apart; else "".

        `clear`: beyond doubt, as a consent that costs money must be.
        """
        intent = parse.get("intent") or {}
        if intent.get("name") == pending.TELLS:
            return pending.only_taker(self._run, parse)
        flow = self._flows.starting_at(intent.get("name"))
        sure = (
            flow is not None
            and flow.kind != "talk"
            and float(intent["confidence"]) >= (self._limits.strong if clear else self._limits.sure)
        )
        return str(intent["name"]) if sure else ""

    def _event(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        if not parsed.event:
            return False
        offer = {name: parsed.event.get(name) or {} for name in ("facts", "choices")}
        state.then(OFFER, offer=offer | {"response": parsed.event["response"]})
        if parsed.event["response"].startswith(f"utter_{NOTICE}_") and not state.question and state.top is None:
            state.question = NOTICE
        if parsed.event.get("rate"):
            self._person.left(state, view)
        elif parsed.event.get("resume") and state.top is not None and not state.question:
            self._run.resume(state, view)
        return True

    def _pattern_question(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        question, state.question = state.question, ""
        if not question:
            return False
        if question == "return":
            return self._return(state, parsed, view)
        if question == "which":
            return self._which(state, parsed, view)
        if question == "clarify":
            return self._clarified(state, parsed, view)
        if question == "offer":
            taken = self._offered(state, parsed, view)
            state.question = "offer" if (parsed.asks or KIN in parsed.cues) and not taken else state.question  # 凭啥
            return taken
        if question == NOTICE and NO_NOTICES.fullmatch(parsed.text.strip()):
            state.then("action_notices_off")
            return True
        if question == BLOCKED and state.offers:
            return self._remedied(state, parsed, view)
        spoken = GO_PAY in parsed.cues or self._flows.begun_by(parsed.cues) is not None
        if question == "done" and self._means(parsed, YES) and not spoken:
            state.then("utter_already_confirmed")
            return True
        return False

    def _remedied(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """A yes to what would remove an obstacle, or the mere wish for it, takes the first way on offer."""
        first = self._choice(state.offers[0]["payload"])
        same = self._means(parsed, first.intent) and not parsed.entities and not parsed.asks and not parsed.chosen
        return (same or self._means(parsed, YES)) and self._wish(state, first, view)

    def _return(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        if self._means(parsed, YES):
            self._run.resume(state, view)
            return True
        frame = self._run.drop(state, view)
        if not (self._means(parsed, NO) or self._means(parsed, STOP)):
            return False
        state.then("utter_dropped", task=self._run.title(frame))
        self._run.resume(state, view)
        return True

    def _clarified(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """A yes takes the only choice there was; a no is a misunderstanding, unless a task goes on as it is."""
        step = self._run.open_step(state)
        agrees = step is not None and step.kind == "confirm" and not parsed.chosen and self._means(parsed, YES)
        if agrees or (self._means(parsed, NO) and state.top is not None):  # 确认 is meant for what was to be confirmed
            self._run.resume(state, view)
            return True
        if self._means(parsed, NO):
            return self._unsure.miss(state, parsed, view)
        only = self._only_choice(state, parsed)
        return only is not None and self._wish(state, only, view)

    def _offered(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """One's own line was offered beside an answer: a yes or "my own" takes it, everything else is heard afresh."""
        wish = self._flows.starting_at(parsed.intent)
        clear = wish is not None and parsed.confidence >= self._limits.strong
        only = self._only_choice(state, parsed, said_yes=own_line(parsed) and not clear)
        return only is not None and self._wish(state, only, view)

    def _only_choice(self, state: State, parsed: ParsedMessage, *, said_yes: bool = False) -> ParsedMessage | None:
        """The choice that a bare yes takes: the only one on offer. `said_yes`: the words mean it in another way."""
        offered = [offer["payload"] for offer in state.offers if offer["payload"] != "/deny"]
        if parsed.chosen or len(offered) != 1 or not (said_yes or self._means(parsed, YES)):
            return None
        return self._choice(offered[0])

    @staticmethod
    def _choice(payload: str) -> ParsedMessage:
        """What a choice says when it is taken."""
        chosen = parse_payload(payload) or {}
        return ParsedMessage(intent=chosen["intent"]["name"], confidence=1.0, fills=chosen["fills"], chosen=True)

    def _which(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        frame = state.top
        slot = parsed.fills.get("change")
        if frame is None:
            return False
        if slot and (index := self._flows[frame.flow].collecting(slot)) is not None:
            self._back.ask_anew(frame, self._flows[frame.flow].steps[index], view)
            return True
        frame.asked = ""  # any other message: the confirmation is shown again if nothing else happens
        return False

    def _question(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        return self._questions.answer(state, parsed, view)

    def _deed(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """充20, where the open question takes text, or no money: what is done with the amount is a wish of its own."""
        if state.top is None or parsed.chosen or parsed.asks or not pending.DEED.match(parsed.text.strip()):
            return False
        here, given = self._flows[state.top.flow], {name for name, _ in parsed.entities}
        takers = [flow for flow in self._flows if flow.kind == "task" and flow.intents and given <= flow.entities]
        if PRICE not in given or given & here.entities or any(s.picks for s in here.steps) or len(takers) != 1:
            return False
        self._run.begin(state, takers[0], view, replace(parsed, intent=takers[0].intents[0]))
        return True

    def _answer(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        frame, step = state.top, self._run.open_step(state)
        if frame is None or step is None or only_asks(self._flows[frame.flow], parsed):
            return False
        if step.kind == "confirm":
            frame.confirmed = worded(step, parsed) and not parsed.entities
            return frame.confirmed or self._answer_confirm(state, frame, parsed, view)
        value = answers(step, parsed)
        if value is None:
            value = self._raw(frame, step, parsed, view)
        elif not self._is_mere_value(frame, parsed, step) or is_another(
            self._flows[frame.flow], step, value, parsed, view
        ):
            value = None
        if value is None:
            return False
        others = {s.target for s in self._flows[frame.flow].steps if s.kind == "collect" and s.entity == step.entity}
        take(self._flows[frame.flow], frame, parsed, view, skip=others)
        view[step.target] = value
        frame.reopen(self._flows[frame.flow], self._flows[frame.flow].index(step.id))
        frame.confirmed = step.consents and bool(view[CONSENTING]) and says_only_that(parsed)
        return True

    def _answer_confirm(self, state: State, frame: Frame, parsed: ParsedMessage, view: SlotView) -> bool:
        flow = self._flows[frame.flow]
        if "change" in parsed.fills:
            return self._which(state, parsed, view)
        if flow.so_far and same_as_given(flow, None, parsed, view) and not self._means(parsed, YES):
            frame.confirming, frame.asked = {}, ""
            return True
        said = parsed.corrects or any(worded(step, parsed) for step in flow.steps if step.kind == "collect")
        if (said or self._unsure.other_flow(frame, parsed) is None) and take(flow, frame, parsed, view) is not None:
            return True
        if self._means(parsed, YES) or "weak_yes" in parsed.cues:
            step = self._run.open_step(state)
            mild = step is not None and step.mild
            if mild or "consent" in parsed.cues or confirms(parsed, self._exact_yes, self._limits.strong):
                frame.confirmed = True
            else:
                state.then("utter_confirm_clearly")
                frame.asked = ""
            return True
        if self._means(parsed, NO) and (not flow.slots or "gives_up" in parsed.cues or state.leads_out()):
            self._back.abandon(state, view)
            return True
        if self._means(parsed, NO):
            choices: list[tuple[Any, ...]] = [
                ("utter_slot_name", f'/inform{{"change":"{slot}"}}', {"slot": slot})
                for slot in flow.slots
                if view[slot]
            ]
            choices.append(("utter_choice_cancel", "/cancel"))
            state.then(OFFER, offer={"response": "utter_which", "choices": choices})
            state.question = "which"
            return True
        return False

    def _aside(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """A question about the open task itself: the task answers it, and asks its own question again."""
        frame = state.top
        answer = self._flows[frame.flow].asides.get(parsed.intent) if frame and not frame.acted else None
        if frame is None or answer is None or not self._means(parsed, parsed.intent):
            return False
        state.then(answer, asked={"topic": "price", "flow": frame.flow, **named(parsed)})
        frame.asked = ""
        return True

    def _wish(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        flow = self._flows.starting_at(parsed.intent)
        if flow is None or not self._unsure.asks_for(flow, state.top, parsed):
            return False
        if self._unsure.in_doubt(state, parsed):
            return True
        state.took = "" if flow.kind == "talk" else parsed.intent
        if (frame := state.top) is not None and frame.flow in GATES and len(state.stack) > 1:
            if state.stack[-2].flow == flow.name:
                frame.asked = ""
                return True
            if frame.flow == IDENTIFY:  # the line is proved later, when the first task is taken up again
                self._run.drop(state, view)
        frame = state.top
        if frame is not None and frame.flow == flow.name and not frame.acted:
            if parsed.asks:  # 保号费多少 is about what is to be confirmed, and no consent
                frame.asked = ""
            elif not flow.slots:
                frame.confirmed = True  # there is nothing to confirm but the wish itself
            elif not self._note(state, parsed, view):
                frame.asked = ""
            return True
        below = next((f for f in state.stack[:-1] if f.flow == flow.name), None)
        if below is not None:
            self._run.bring_up(state, below, view)
            return True
        self._run.begin(state, flow, view, parsed)
        return True

    def _correct(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        frame = state.top
        if frame is None or frame.acted:
            return False
        return self._note(state, parsed, view) or self._long_digits(frame, parsed, view)

    def _long_digits(self, frame: Frame, parsed: ParsedMessage, view: SlotView) -> bool:
        """Digits too long for a choice are meant for the step that takes digits, right or wrong."""
        step = for_long_digits(flow := self._flows[frame.flow], parsed)
        if step is None:
            return False
        view[step.target] = raw_digits(parsed.text)
        frame.reopen(flow, flow.index(step.id))
        return True

    def _note(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """Take a message's values; say so when they are for later and the open question stays."""
        frame, step = state.stack[-1], self._run.open_step(state)
        flow = self._flows[frame.flow]
        if flow.so_far and same_as_given(
            flow, step, parsed, view
        ):  # said once more: it is said back, and nothing changes
            state.then(flow.so_far, changed={})
            frame.asked = ""
            return True
        first = take(flow, frame, parsed, view)
        waits = step is not None and step.kind == "collect" and view[step.target] is None and not flow.so_far
        if waits and step is not None and first is not None and first > flow.index(step.id):
            state.then("utter_noted")
        return first is not None

    def _small_talk(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """A yes or no to nothing in particular; a yes to an open question takes its only choice or repeats it."""
        if parsed.confidence < self._limits.sure:
            return False
        if state.top is not None:
            return parsed.intent == YES and self._nod(state, parsed, view)
        if (only := self._only_choice(state, parsed)) is not None and self._by_words.is_task(only):
            return self._wish(state, only, view)
        if parsed.intent in (YES, NO) and parsed.asks:  # 是这样吗, of what was told: no yes
            return False
        if parsed.intent in (YES, NO) and self._unsure.in_doubt(state, parsed):
            return True
        response = {YES: "utter_what_next", NO: "utter_fine"}.get(parsed.intent)
        if response:
            state.then(response)
        return response is not None

    def _second_thought(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """What nothing else takes, as what it does."""
        again = second_thought.again(parsed, state, self._run.open_step(state), self._unsure)
        if again is None:
            return False
        return self._moods.take(state, again, view) or any(take(state, again, view) for take in self._patterns[:-2])

    def _nod(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        only = self._only_choice(state, parsed)
        if only is not None and self._answer(state, only, view):
            return True
        frame, step = state.stack[-1], self._run.open_step(state)
        if (so_far := self._flows[frame.flow].so_far) and frame.told and step is not None and step.kind == "collect":
            state.then(so_far, changed={})
        frame.asked = ""
        return True

    def _means(self, parsed: ParsedMessage, intent: str) -> bool:
        """Whether a message surely means `intent`; no question and no refusal of a value is a yes, a no or a stop."""
        return self._unsure.agrees(parsed, intent)

    def _is_mere_value(self, frame: Frame, parsed: ParsedMessage, step: Step) -> bool:
        mere = parsed.chosen or parsed.corrects or worded(step, parsed) or len(parsed.rest.strip()) <= MAX_LEFTOVER
        return mere or self._unsure.other_flow(frame, parsed) is None

    def _raw(self, frame: Frame, step: Step, parsed: ParsedMessage, view: SlotView) -> str | None:
        """What was written, as it is, where the step takes that and it is nothing else."""
        others = (s for s in self._flows[frame.flow].steps if s.kind == "collect" and s.entity != step.entity)
        if (
            parsed.chosen
            or parsed.ruled_out
            or second_thought.puts_off(step, parsed)
            or any(
                parsed.values(o.entity) or picked(o, parsed) or (worded(o, parsed) and view[o.target]) for o in others
            )
        ):
            return None
        other = self._unsure.other_flow(frame, parsed)
        if step.accept == "digits" and parsed.text.strip().isdigit() and not (other and other.name == HUMAN):
            return parsed.text.strip()  # where digits are asked for, digits are no SMS code but the one for a person
        if other or self._means(parsed, YES) or self._means(parsed, NO):
            return None
        return None if step.accept == "digits" and parsed.entities else raw_answer(step, parsed)
