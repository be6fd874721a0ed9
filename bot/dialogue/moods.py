"""What a message is beside a wish: danger, anger, a pause, laughter, a doubt, whose line, any of them.

Danger comes before everything else. None of it is a miss, and the open question stays open with its choices.
The words are data of the understanding (data/nlu/cues.tsv, data/nlu/moods.tsv).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.dialogue.choices import parse_payload
from bot.dialogue.fallback import Fallback
from bot.dialogue.flow import Flow
from bot.dialogue.interpreter import OFFER, PROVED, QUEUED, Interpreter
from bot.dialogue.person import URGES
from bot.dialogue.questions import CHEAPER, DEAR
from bot.dialogue.slot_filling import OTHERS, take
from bot.dialogue.state import ParsedMessage, SlotView, State, worded

NOTICE = "notice"  # the last thing said was one of the hall's own accord: these words stop them
NO_NOTICES = re.compile(r"(?i:t|td|n|r|0000)|退订?|拒收|不要了?|别发了?|不收")
NOT_DONE = re.compile(
    r"(?:还好|幸好|好在)?(?:我)?(?:都|还|也|就)?(?:没|没有)(?:给|转|点|信|告诉|发|理|说|填)(?:他|她|钱|过去)*(?:啊|呢|呀|的)*[。!！]*"
)
OWN = "own"  # the value of a step with `own: true` for the line that one writes from
DANGER, DOUBT = "danger", "scam_doubt"  # flows
LOST = "report_lost"  # the wish of who was robbed
OUR_OWN = "order_is_real"  # the cue of a doubt about our own text or page, which the order answers
DANGERS = ("despair", "threat", "theft", "scam")
LIKELY = 0.15  # confidence from which a wish is served to who has trouble to write
CALM_AGAIN = 6  # messages after which anger is another episode
INSTEAD = re.compile(r"还是|换|改")  # 不，还是流量 says what instead
STATED = ("no_code", "unwilling", "next", "meaning")  # topics that are stated as often as asked
AGREED = frozenset({"consent", "weak_yes"})
COMPLAINTS = ("complaint", "abuse")  # flows that say sorry by themselves
ONCE = ("deaf", "frail")  # said once a conversation
MENU, PERSON = ("utter_choice_menu", "/ask_help"), ("utter_choice_person", "/talk_to_human")
BILL, PLANS = ("utter_choice_bill", "/check_bill"), ("utter_choice_plans", "/recommend_plan")
CHARGE = ("utter_choice_charge", "/explain_charge")
SHORT = 12  # characters of a yes that is nothing but a yes
COMPLAINT, COMPLAINS = "file_complaint", "complains"  # an intent; the cue of a complaint in so many words


class Moods:
    """Takes what is no wish and no value."""

    Takers = dict[str, Callable[[State, SlotView], bool]]

    def __init__(self, interpreter: Interpreter, unsure: Fallback) -> None:
        self._run, self._flows, self._unsure = interpreter, interpreter.flows, unsure
        self._moods: Moods.Takers = {
            "wait": self._wait, "carry_on": self._carry_on, "hurry": self._hurry, "name": self._name,
            "pleasant": self._pleasant, "nothing": self._nothing,
        }  # fmt: skip
        self._wonders: Moods.Takers = {
            "dear": self._dear, "doubt": self._doubt, "why": self._why, "more": self._more,
        }  # fmt: skip

    def plainly(self, state: State, parsed: ParsedMessage) -> ParsedMessage:
        """The message as it is to be taken: of who has trouble to write the likeliest wish is the wish."""
        parsed = _calmly(parsed)
        if "frail" not in parsed.cues or self._is_wish(parsed) or state.top is not None:
            return parsed
        likely = self._unsure.likely(parsed, LIKELY)
        return replace(parsed, intent=likely[0][1], confidence=1.0, ranking=(), chosen=True) if likely else parsed

    def take(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """Whether the message was nothing but that, and is dealt with; else its wish or value is still to be taken."""
        if self._dangerous(state, parsed, view):
            return True
        urges = parsed.command == URGES and not view[QUEUED]  # 快点, of who waits for nobody, is a mood
        if parsed.event or (parsed.command and not urges):
            return False
        if "opt_out" in parsed.fills:
            state.then("action_notices_off")
            return True
        if parsed.chosen:
            return self._tone(state, parsed)
        return (
            self._tone(state, parsed)
            or self._opt_out(state, parsed)
            or self._at_step(state, parsed, view)
            or self._mood(state, parsed, view)
        )

    # -- danger ------------------------------------------------------------------------------------

    def _dangerous(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        if state.danger in DANGERS and "what_then" in parsed.topics and not parsed.entities:
            return self._say_again(state)
        if state.danger == DOUBT and NOT_DONE.fullmatch(parsed.text.strip()):
            return self._keep(state, "utter_well_done")
        kind = self._danger(state, parsed)
        if kind in (DOUBT, "police"):
            state.danger = state.danger or DOUBT
            return self._begin(state, DOUBT, view) if kind == DOUBT else self._say(state, "utter_call_police")
        if not kind or not self._begin(state, DANGER, view):
            return False
        state.danger = view["danger"] = kind
        if kind == "theft":  # the line is stopped here, at one yes; the person is called all the same
            state.later(LOST, {}, len(state.stack) - 1)
        return True

    @staticmethod
    def _say_again(state: State) -> bool:
        """那怎么办: what to do now is said once more."""
        state.then("action_danger", danger=state.danger)
        state.kept = True
        return True

    @staticmethod
    def _danger(state: State, parsed: ParsedMessage) -> str:
        """What has happened, or may have: one of DANGERS, a doubt, a cry for the police, or ""."""
        if parsed.chosen or parsed.event:
            return str(parsed.fills.get("danger") or "")
        cues = parsed.cues - ({"scam", "paid_out"} if "hypothetical" in parsed.cues else set())
        if found := next((kind for kind in DANGERS if kind in cues), ""):
            return DOUBT if found == "scam" and "unsure" in cues and "paid_out" not in cues else found
        if "paid_out" in cues and (state.danger or DOUBT in cues):
            return "scam"
        if DOUBT in cues and OUR_OWN not in cues:
            return DOUBT
        return "police" if "police" in cues else ""

    def _begin(self, state: State, flow: str, view: SlotView) -> bool:
        found = self._flows.named(flow)
        if found is not None:
            self._run.begin(state, found, view)
        return found is not None

    # -- tone --------------------------------------------------------------------------------------

    def _tone(self, state: State, parsed: ParsedMessage) -> bool:
        """One sorry an episode of anger, one word for who cannot hear or type well; then what else was said."""
        foreign = {"file_complaint", *({"report_fault"} if "deaf" in parsed.cues else ())}  # 听不见 is no fault of ours
        wished = bool(parsed.parts) or (self._is_wish(parsed) and parsed.intent not in foreign)
        wished = wished or self._flows.begun_by(parsed.cues) is not None
        for cue in ONCE:
            if cue in parsed.cues and cue not in state.told:
                state.told.append(cue)
                return self._prefix(state, f"utter_{cue}", mere=not wished and not parsed.entities)
        if "anger" not in parsed.cues:
            state.anger = max(0, state.anger - 1)
            return False
        first, state.anger = not state.anger, CALM_AGAIN
        if parsed.intent == "file_complaint" or self._complains(state):
            return False  # which says sorry itself
        mere = not wished and not parsed.entities
        if first:
            return self._prefix(state, "utter_sorry", mere=mere)
        return mere and self._prefix(state, "utter_hurry", mere=True)

    def _prefix(self, state: State, answer: str, *, mere: bool) -> bool:
        """Say it before the rest; who said nothing else is asked what to do, or the open question again."""
        if mere and state.top is None:
            self._offer(state, answer, PERSON, MENU)
        elif mere:
            self._say(state, answer)
            self._ask_again(state)
        else:
            state.then(answer)
        return mere

    def _is_wish(self, parsed: ParsedMessage) -> bool:
        flow = self._flows.starting_at(parsed.intent)
        return flow is not None and flow.kind != "talk" and self._unsure.means(parsed, parsed.intent)

    def _other(self, parsed: ParsedMessage, flow: Flow) -> bool:
        return self._is_wish(parsed) and self._flows.starting_at(parsed.intent) is not flow

    def _complains(self, state: State) -> bool:
        return state.top is not None and state.top.flow in COMPLAINTS

    def _opt_out(self, state: State, parsed: ParsedMessage) -> bool:
        step = self._run.open_step(state)
        plain = "notices_off" in parsed.cues or (step is not None and worded(step, parsed))
        if "opt_out" not in parsed.cues or plain:  # that is said of notices, this of what the step ends
            return False
        stop, service = '/inform{"opt_out":true}', "/cancel_service"
        self._offer(state, "utter_opt_out", ("utter_choice_no_texts", stop), ("utter_choice_cancel_service", service))
        return True

    # -- short answers at a step -------------------------------------------------------------------

    def _at_step(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        frame, step = state.top, self._run.open_step(state)
        if frame is None or frame.acted or parsed.entities or (step is not None and worded(step, parsed)):
            return False
        if parsed.pick and not parsed.asks and self._resize(state, parsed, view):
            return True
        agreed, this_line = bool(AGREED & parsed.cues), "this_line" in parsed.cues
        yes = agreed or this_line or (not parsed.chosen and self._unsure.agrees(parsed, "affirm"))
        if step is not None and step.on_yes and yes:
            return self._keep(state, step.on_yes)
        if step is not None and step.kind == "confirm" and agreed:
            return False
        flow = self._flows[frame.flow]
        if (topic := next((one for one in STATED if one in parsed.topics and one in flow.facts), "")) != "":
            return self._say(state, flow.facts[topic])
        own = next((one for one in flow.steps if one.own), None)
        if (
            own is not None
            and own is step
            and OTHERS in parsed.reopens
            and not parsed.asks
            and not self._other(parsed, flow)
        ):
            frame.asked = ""  # 给我老婆充: the number of somebody else is still to come
            return True
        mine = this_line or "own" in parsed.cues or self._for_own_line(parsed)
        if own is not None and mine and not parsed.reopens:
            if flow.so_far and view[own.target] is not None and view[own.target] == view[PROVED]:
                state.then(flow.so_far, changed={})  # it was assumed already: that is said back
                self._ask_again(state)
                return True
            view[own.target] = OWN
            frame.reopen(flow, flow.index(own.id))
            return True
        if step is None or step.kind != "collect" or worded(step, parsed):
            return False
        goes_on = bool(parsed.ruled_out or parsed.reopens) or "calls_off" in parsed.cues or INSTEAD.search(parsed.text)
        if self._unsure.means(parsed, "deny") and not goes_on:
            return self._say(state, "utter_no_then")
        if "any" not in parsed.cues:
            return False
        if step.any_will_do and (value := _first_offered(state, step.target)) is not None:
            view[step.target] = value
            frame.reopen(flow, flow.index(step.id))
            return True
        return self._say(state, "utter_you_choose")

    def _for_own_line(self, parsed: ParsedMessage) -> bool:
        """充到我自己手机上: whose it is for, and nothing of what is bought."""
        wish = self._flows.starting_at(parsed.intent)
        named = wish is not None and wish.title[-2:] in parsed.text
        return "own_line" in parsed.cues and not parsed.asks and not named and self._of_own_line(wish)

    def _of_own_line(self, wish: Flow | None) -> bool:
        return wish is None or wish.kind == "talk" or any(step.own for step in wish.steps)

    def _resize(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """小一点, 最大的: another size than the one that is chosen, wherever the task is."""
        frame = state.stack[-1]
        flow = self._flows[frame.flow]
        chosen = any(step.picks and view[step.target] is not None for step in flow.steps)
        return chosen and take(flow, frame, parsed, view) is not None

    # -- moods -------------------------------------------------------------------------------------

    def _mood(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        step = self._run.open_step(state)
        value = step is not None and step.kind == "collect" and worded(step, parsed)  # 还是慢: no wish to wait
        return not value and not AGREED & parsed.cues and _taken(self._moods, state, parsed, view)

    def wonder(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """What wonders (太贵了, 不对吧, 为什么, 还有呢) where no fact has answered it."""
        corrects = state.top is not None and (parsed.entities or parsed.reopens)  # 不对，应该是5G
        return not (parsed.chosen or corrects) and _taken(self._wonders, state, parsed, view)

    def _wait(self, state: State, view: SlotView) -> bool:
        return self._keep(state, "utter_take_your_time")

    def _carry_on(self, state: State, view: SlotView) -> bool:
        if state.top is None or (state.question and state.question != "return"):
            return False
        self._run.take_up(state, view)
        return True

    def _hurry(self, state: State, view: SlotView) -> bool:
        if state.top is None and state.danger in DANGERS:
            return self._say_again(state)
        if state.top is None:
            return self._offer(state, "utter_hurry_what", PERSON, MENU)
        return self._say(state, "utter_hurry")

    def _dear(self, state: State, view: SlotView) -> bool:
        if state.top is None:
            return self._offer(state, "utter_dear", BILL, PLANS)
        if prices := self._flows[state.top.flow].asides.get(CHEAPER):
            state.then(prices, asked={"topic": DEAR, "flow": state.top.flow})
            self._ask_again(state)
            return True
        return self._say(state, "utter_dear_within")

    def _doubt(self, state: State, view: SlotView) -> bool:
        if state.top is None:
            return self._offer(state, "utter_doubt", BILL, PERSON)
        step = self._run.open_step(state)  # 不对 to a confirmation is a no
        return (step is None or step.kind != "confirm") and self._say(state, "utter_doubt_within")

    def _why(self, state: State, view: SlotView) -> bool:
        return state.top is None and self._offer(state, "utter_why", CHARGE, BILL)

    def _more(self, state: State, view: SlotView) -> bool:
        if state.top is None:
            return self._offer(state, "utter_more", PERSON, MENU)
        return self._say(state, "utter_no_more")

    def _name(self, state: State, view: SlotView) -> bool:
        return self._keep(state, "utter_name")

    def _nothing(self, state: State, view: SlotView) -> bool:
        step = self._run.open_step(state)
        if step is not None and step.accept == "text":  # ？, 。。。: nothing to read, so the question comes again
            self._ask_again(state)
            return True
        return (step is None or not step.accept) and self._keep(state, "utter_listening")

    def _pleasant(self, state: State, view: SlotView) -> bool:
        return self._keep(state, "utter_pleasant")

    # -- what they share ---------------------------------------------------------------------------

    @staticmethod
    def _keep(state: State, answer: str) -> bool:
        """Say it and nothing else: the question that is open stays, with its choices."""
        state.then(answer)
        state.kept = True
        return True

    def _say(self, state: State, answer: str) -> bool:
        """Say it, and the open question after it."""
        state.then(answer)
        self._ask_again(state)
        return True

    @staticmethod
    def _ask_again(state: State) -> None:
        if state.top is None or state.question:
            state.kept = True
        else:
            state.top.asked = ""

    @staticmethod
    def _offer(state: State, answer: str, *choices: tuple[str, str]) -> bool:
        """Say it with choices; a pattern's open question is over with it."""
        state.then(OFFER, offer={"response": answer, "choices": list(choices)})
        state.question = ""
        return True


def _calmly(parsed: ParsedMessage) -> ParsedMessage:
    """什么破服务，给我充50: anger before a wish is no complaint beside it, unless it is called one."""
    left = tuple(part for part in parsed.parts if part.intent != COMPLAINT)
    if "anger" not in parsed.cues or COMPLAINS in parsed.cues or not left or len(left) == len(parsed.parts):
        return parsed
    if len(left) > 1:
        return replace(parsed, parts=left)
    return replace(left[0], cues=left[0].cues | {"anger"}, text=parsed.text)


def _taken(takers: Moods.Takers, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
    found = next((take for mood, take in takers.items() if mood in parsed.cues), None)
    return found is not None and found(state, view)


def confirms(parsed: ParsedMessage, exact: frozenset[str], strong: float) -> bool:
    """A yes that may cost money: one that is written exactly so, or a sure one with such a word in it."""
    said = parsed.text.strip("。！!.，, ")
    if parsed.chosen or said in exact:
        return True
    has_word = any(len(word) > 1 and word in said for word in exact)
    return has_word and len(said) <= SHORT and parsed.confidence >= strong


def _first_offered(state: State, slot: str) -> Any:
    """The value for a slot that the first of the open choices gives, or None."""
    for offer in state.offers:
        value = ((parse_payload(offer["payload"]) or {}).get("fills") or {}).get(slot)
        if value is not None:
            return value
    return None
