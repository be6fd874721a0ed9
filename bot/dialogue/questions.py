"""Questions: answered from the facts that capabilities list by topic; no value in one is ever taken.

The task at hand answers first, then the one that was spoken of last, then whichever the words are about. The open
question is asked again, with its own digits: what answers a question offers nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from bot.dialogue.about import (
    SHARED,
    asks_what_is_agreed,
    by_size,
    distance,
    is_about,
    is_called,
    named,
    named_by,
    priced,
)
from bot.dialogue.choices import parse_payload
from bot.dialogue.flow import GATES, HUMAN, Flow, Step
from bot.dialogue.focus import MONTH, PHONE
from bot.dialogue.interpreter import OFFER, PROVED, Interpreter
from bot.dialogue.slot_filling import refuses_another
from bot.dialogue.state import PRICE, Frame, ParsedMessage, SlotView, State, worded

MOST = 2  # topics of a message that are answered
OPTIONS = "options"  # the topic of a question that only names values: 5G怎么样
WITHIN = "within"  # … of one in the middle of a task, whose topic has no name
ANY = "any"  # … of one about what was just told, whose topic has no name
CERTAIN = (
    "carry_over",
    "partial",
    "beyond",
    "failed",
    "instalments",
    "money_where",
    "pay_until",
)  # topics whose words mean nothing else, whatever it was taken for
PLAIN = ("proof", "abroad", "reopen", "from_balance", "landline")  # … within a task that answers them
SELF_EVIDENT = ("ways", "fee", *CERTAIN)  # topics that need no word for what they are about
SUSPECTS = "suspects"  # 是不是欠费了, of a line that was just refused: its reason, or that it is not told
TOLD = {
    "what_then": "then",
    "handler": "then",
    "why": "response",
    "meaning": "response",
    SUSPECTS: "response",
}  # topics that a refusal itself answers → where slot `why` has it
MERE = ("inform", "affirm", "out_of_scope")  # what a question without a wish is taken for: 那日本呢, 给孩子办呢
STORY = 24  # characters
PRICES = frozenset({"price", "cost"})  # topics that any thing has: of the open task only where nothing else is named
THE_FEE = re.compile(r"(?:手续|服务|跨行|转账)费")  # 手续费多少 asks for no price
CERTAINLY = 0.98  # confidence above which a question surely is about other things altogether
WAITS = frozenset({"how_long", "arrival", "until", "late", "from_when"})  # asked of what is down: until when?
URGES = "urges"  # 要多久, of who waits for nobody
LASTS = ("visit",)  # topics that are about what was told last, whoever else is called by their words
STATED = (
    "lost_id",
    "in_person",
    "moves",
)  # topics that are stated as often as asked, of what was told last: 我身份证丢了
STATED_WITHIN = ("away", "payer")  # … of the open task: 我下周去广州出差, while the scope is open
AND_THAT = re.compile(
    r"(?:那|那么|要是|如果|换成?|改成?|要)*[^,，。?？]{1,8}[呢咧哩喃嘞][?？]?"
)  # the last question, of another value: 那50呢
NAMED = 1  # the distance of a flow that is called by its words or by a name of its own
DEAR, CHEAPER = "dear", "recommend_plan"  # the topic of what answers 太贵了; the aside that tells prices
Likeness = Callable[[str, Collection[str], bool], str]  # bot/nlu/alike.py: which topic, surely or likely; "" for none
EVERYWHERE = {"cancel": "utter_can_cancel"}  # what any open task answers in the same way


class Questions:
    """Finds who answers a question."""

    def __init__(self, interpreter: Interpreter, sure: float, strong: float) -> None:
        """From confidence `sure` a message means another wish; from `strong` also after what answers any question."""
        self._run, self._flows, self._sure, self._strong = interpreter, interpreter.flows, sure, strong
        self.likeness: Likeness = lambda text, among, surely: ""

    def answer(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """Answer a question or a refusal of values, and ask the open question again. False: it is neither."""
        if parsed.chosen or parsed.event or parsed.command not in ("", URGES):
            return False
        if (state.top is not None and self._flows[state.top.flow].cue in parsed.cues) or self._is_story(parsed):
            return False
        if parsed.ruled_out and not parsed.entities and not parsed.topics and self._refuses(state, parsed, view):
            return True
        lacks = parsed.refuses and bool(parsed.topics)  # 我没有微信，孩子有
        suspects = SUSPECTS in parsed.topics and bool(view["why"])  # 他是欠费了吧
        if not (parsed.asks or parsed.topics == ("why",) or lacks or suspects or self._states(state, parsed)):
            return False
        parsed = self._named_by_likeness(state, parsed, surely=False)
        told = next((TOLD[topic] for topic in TOLD if topic in parsed.topics), "")
        if told and view["why"] and view["why"].get(told) and self._explains(state, parsed):
            state.then(OFFER, offer={"response": view["why"][told], "facts": view["why"]["facts"]})
            state.kept = state.top is None  # what was offered with the refusal stays open
            return self._again(state)
        if self._is_it_right(state, parsed):
            return True
        if state.top is None and state.focus.down and WAITS & set(parsed.topics):
            state.then("utter_outage_when")
            return True
        flow = state.top.flow if state.top else state.focus.topic
        found = again = self._once_more(state, parsed, view, self._flows.named(flow))
        if not found:
            found = self._within(state, parsed, view) if state.top else self._idle(state, parsed, view)
            flow = flow if state.top else state.focus.topic
            if state.top is not None and not found and self._flows[flow].lapses and parsed.asks:
                found = self._idle(state, parsed, view)  # what is asked once holds nobody
                flow = state.focus.topic if found else flow
        if state.top is not None and not found and (named_ := self._of_another(state.top, parsed)) is not None:
            flow, found = named_
        about = {"flow": flow, "topics": list(parsed.topics)}
        if found:
            self._wonder(state, flow, parsed)
        state.kept = state.top is None and bool(found)  # the choices of what it is about stay open
        before = {
            name: values for name, values in (view["asked"] or {}).items() if again and name not in (*about, "topic")
        }
        for topic, answer in found[:MOST]:
            state.then(answer, asked={"topic": topic, **about, **before, **named(parsed)}, changed={})
        return bool(found) and self._again(state)

    def like_one(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        """A pattern: words that nothing else takes, and that are much like a question about what is spoken of."""
        if parsed.chosen or parsed.event or parsed.command or parsed.parts or parsed.entities:
            return False
        named_ = self._named_by_likeness(state, replace(parsed, topics=()), surely=True)
        return bool(named_.topics) and self.answer(state, replace(named_, act="ask"), view)

    def _named_by_likeness(self, state: State, parsed: ParsedMessage, *, surely: bool) -> ParsedMessage:
        """A question whose words name no topic, with the one that it is like of what is spoken of."""
        known, step = self._known_here(state), self._run.open_step(state)
        if step is not None and worded(step, parsed):  # 试了还是不行 answers what was asked
            return parsed
        if parsed.topics or not known or self._is_wish(parsed) or AND_THAT.fullmatch(parsed.text):
            return parsed
        topic = self.likeness(parsed.text, known.keys(), surely)
        return replace(parsed, topics=(topic,)) if topic else parsed

    def _is_wish(self, parsed: ParsedMessage) -> bool:
        """Whether it surely is a wish that a flow serves, as 到账了吗 is, whatever it is like."""
        wish = self._flows.starting_at(parsed.intent)
        return wish is not None and wish.kind != "talk" and not wish.rest and parsed.confidence >= self._sure

    def _known_here(self, state: State) -> dict[str, str]:
        """What is known of the task at hand and its open question, or of what was told last."""
        if state.top is None:
            last = self._flows.named(state.focus.topic)
            return dict(last.facts) if last is not None else {}
        step = self._run.open_step(state)
        return {**self._flows[state.top.flow].facts, **(step.facts if step is not None else {})}

    def _is_story(self, parsed: ParsedMessage) -> bool:
        """A tale of what has happened that surely begins a flow which takes it whole, whatever is asked in it."""
        flow = self._flows.starting_at(parsed.intent)
        told = parsed.happened and len(parsed.text) >= STORY
        return told and flow is not None and flow.story and parsed.confidence >= self._strong

    def _states(self, state: State, parsed: ParsedMessage) -> bool:
        if state.top is not None:
            flow = self._flows[state.top.flow]
            stated = any(topic in parsed.topics and topic in flow.facts for topic in STATED_WITHIN)
            return stated and not flow.entities & {name for name, _ in parsed.entities}
        last = self._flows.named(state.focus.topic)
        return last is not None and any(topic in parsed.topics and topic in last.facts for topic in STATED)

    def _refuses(self, state: State, parsed: ParsedMessage, view: SlotView) -> bool:
        frame, step = state.top, self._run.open_step(state)
        if frame is None or frame.acted:
            return False
        flow = self._flows[frame.flow]
        if others := [one for one in flow.steps if one.kind == "collect" and refuses_another(one, parsed, view)]:
            return self._refuses_another(state, flow, others[0], parsed)
        if step is None or step.entity not in parsed.ruled_out:
            return False
        state.then("utter_ruled_out")
        return self._again(state)

    def _refuses_another(self, state: State, flow: Flow, step: Step, parsed: ParsedMessage) -> bool:
        """1G贵了点, 不要1G, of who has chosen 5G: what is cheaper than that, else what is chosen; nothing changes."""
        prices = flow.asides.get(CHEAPER) if step.picks and "贵" in parsed.text else None
        if prices:
            refused = list(parsed.refused)
            state.then(prices, asked={"topic": DEAR, "flow": flow.name, step.entity: refused}, changed={})
        elif flow.so_far:
            state.then(flow.so_far, changed={})
        return bool(prices or flow.so_far) and self._again(state)

    def _is_it_right(self, state: State, parsed: ParsedMessage) -> bool:
        """是138…对吧, at a confirmation that says everything: it is shown whole once more."""
        frame, step = state.top, self._run.open_step(state)
        if (
            frame is None
            or step is None
            or step.kind != "confirm"
            or not asks_what_is_agreed(parsed, self._flows[frame.flow])
        ):
            return False
        if not self._flows[frame.flow].so_far or self._means_other(parsed, self._flows[frame.flow], within=True):
            return False
        frame.confirming, frame.asked = {}, ""
        return True

    def _explains(self, state: State, parsed: ParsedMessage) -> bool:
        """Whether a why is about the last refusal, and not about the question that is open since."""
        step = self._run.open_step(state)
        if state.top is None and "what_then" in parsed.topics and parsed.topics[0] == "what_then":
            return True  # 那她充不了怎么办, right after it was said that she cannot
        if state.top is None and "what_then" in parsed.topics and not set(parsed.topics) - {"what_then", "validity"}:
            return not {name for name, _ in parsed.entities} - {MONTH}  # 下个月能充吗
        if state.top is None and "what_then" in parsed.topics and parsed.confidence < self._strong:
            return True
        refused = step is None or (state.top is not None and step.id in state.top.agains)
        about = self._flows[state.top.flow] if state.top is not None else self._flows.named(state.focus.flow)
        bare = parsed.topics == ("why",) and not parsed.entities
        bare = bare or (SUSPECTS in parsed.topics and not set(parsed.values(PHONE)) - {state.focus.number})
        return refused and (bare or "why" in parsed.cues or not self._means_other(parsed, about))

    def _within(self, state: State, parsed: ParsedMessage, view: SlotView) -> list[tuple[str, str]]:
        frame, step = state.stack[-1], self._run.open_step(state)
        flow = self._flows[frame.flow]
        if frame.acted:
            return []
        if plain := tuple(topic for topic in parsed.topics if topic in PLAIN and topic in flow.facts):
            return self._told(replace(parsed, topics=plain), flow.facts, flow)
        if self._elsewhere(flow, parsed) or self._means_other(parsed, flow, within=True):
            return []
        if asks_what_is_agreed(parsed, flow) and flow.so_far and frame.told:
            return [("right", flow.so_far)]
        mentioned = {name for name, _ in parsed.entities}
        known = {**EVERYWHERE, **flow.facts}
        for other in flow.steps:  # of what is named, else of the open question
            known |= other.facts if other.entity in mentioned or (other is step and not mentioned) else {}
        found = self._told(parsed, known, flow)
        if not found and parsed.pick and parsed.asks and "price" in known and any(step.picks for step in flow.steps):
            return [("price", known["price"])]  # 有没有用得久一点的
        answers = step is not None and worded(step, parsed)  # 试了还是不行: to what was asked
        if not found and WITHIN in known and parsed.act == "ask" and not mentioned and not answers:
            return [(WITHIN, known[WITHIN])]
        if not found and flow.name in GATES and len(state.stack) > 1:
            return self._told(parsed, self._flows[state.stack[-2].flow].facts, flow)
        return found

    def _once_more(
        self, state: State, parsed: ParsedMessage, view: SlotView, flow: Flow | None
    ) -> list[tuple[str, str]]:
        """那50呢, right after 30够不够: the same question once more, of another value."""
        topic = str((view["asked"] or {}).get("topic", ""))
        if flow is None or state.focus.asked_about != flow.name or parsed.topics or topic not in flow.facts:
            return []
        told = AND_THAT.fullmatch(parsed.text) and not self._means_other(parsed, flow, within=True)
        if told and not parsed.entities and (number := re.search(r"\d+", parsed.text)):  # 30呢, beside 10元 20元 30元
            self._number_of_choice(state, flow, number[0], view)
        return [(topic, flow.facts[topic])] if told else []

    @staticmethod
    def _number_of_choice(state: State, flow: Flow, number: str, view: SlotView) -> None:
        """Put the value of the choice that begins with that number into slot `asked`."""
        for offer in state.offers:
            fills = (parse_payload(offer["payload"]) or {}).get("fills") or {}
            if re.match(rf"{number}(?!\d)", offer["title"]):
                named_ = {step.entity: [fills[step.target]] for step in flow.steps if step.target in fills}
                view["asked"] = {**(view["asked"] or {}), **named_}

    def _elsewhere(self, flow: Flow, parsed: ParsedMessage) -> bool:
        """Whether a question names what only another flow is about: 宽带一年多少钱, while a service is ended."""
        priced = set(parsed.topics) - {"validity"}  # 一个月多少钱
        if flow.name in GATES or is_about(flow, parsed) or not priced or priced - PRICES:
            return False
        others = (other for other in self._flows if other is not flow and is_called(other, parsed))
        return any(set(parsed.topics) & set(other.facts) for other in others)

    def _idle(self, state: State, parsed: ParsedMessage, view: SlotView) -> list[tuple[str, str]]:
        proved = bool(view[PROVED])
        about = sorted(
            (flow for flow in self._flows if is_about(flow, parsed) and not self._begins(flow, parsed, proved)),
            key=lambda one: distance(one, parsed),
        )
        last = self._flows.named(state.focus.topic)
        evident = set(parsed.topics) & set(SELF_EVIDENT)
        any_ = self._owner(evident)
        lasts = last is not None and bool(set(parsed.topics) & set(last.facts))
        if (
            parsed.pick and "price" in parsed.topics and not about and not lasts
        ):  # 最便宜的多少钱: what is chosen by size
            about = [flow for flow in self._flows if any(step.picks for step in flow.steps)][:1]
        certain = any(topic in CERTAIN for topic in parsed.topics)
        if certain and self._tells_itself(parsed, last):
            return []
        if last is not None and priced(last, parsed) and not any(named_by(flow, parsed) for flow in about):
            about = [last, *about]  # 那10块的呢, after the prices of packages
        if last is not None and any(topic in parsed.topics and topic in last.facts for topic in LASTS):
            about = [last, *about]  # 师傅哪天来, after broadband was told of
        if lasts and last is not None and about and not any(is_called(flow, parsed) for flow in about):
            about = [last, *about]  # 充了能用几天, after what data costs: 充 alone is no word for credit
        others = [flow for flow in about if flow is not last and distance(flow, parsed) <= NAMED]
        bare = not parsed.topics and not others and AND_THAT.fullmatch(parsed.text)  # 那15块那个呢
        if last is not None and bare and (found := self._told(parsed, last.facts, last)):
            return found
        if last is not None and bare and (found := self._follows(last, parsed, proved)):
            return found
        way_on = self._flows.named(str((view["why"] or {}).get("about", ""))) if last is not None else None
        spoken = tuple(flow.name for flow in (last, way_on) if flow is not None)
        for flow in filter(None, (last, any_) if certain else (*about, last, way_on, any_)):
            sized = bool(parsed.pick) and flow in about
            other = self._means_other(parsed, flow, within=sized, spoken=spoken)
            if (certain or not other) and (found := self._told(parsed, flow.facts, flow)):
                if last is None or any(last.facts.get(topic) != answer for topic, answer in found):
                    state.focus.topic = flow.name  # else it is about the last, in whatever words: 合约没到期怎么办
                return found
        return self._follows(last, parsed, proved) if last is not None else []

    def _tells_itself(self, parsed: ParsedMessage, last: Flow | None) -> bool:
        """剩的流量月底清零不 is the wish for what is left, whose answer says until when; not of what is sold."""
        wish = self._flows.starting_at(parsed.intent)
        told = wish is not None and wish.kind == "answer" and wish is not last and parsed.confidence > CERTAINLY
        return wish is not None and told and bool(set(parsed.topics) & set(wish.facts))

    def _wonder(self, state: State, name: str, parsed: ParsedMessage) -> None:
        """Keep what a question about a task named: the next message may take it."""
        flow = self._flows.named(name)
        if flow is not None and flow.kind == "task":
            before = state.focus.wondered if state.focus.asked_about == name else {}  # 充1G要多少 … 省内的呢
            state.focus.asked_about = name
            state.focus.wondered = before | self._run.filled(flow, replace(parsed, act=""))

    def _of_another(self, open_: Frame, parsed: ParsedMessage) -> tuple[str, list[tuple[str, str]]] | None:
        """The answer of another flow that a question names, where the open task's own words are not in it."""
        flow = self._flows[open_.flow]
        if flow.name in GATES or is_about(flow, parsed):
            return None
        for other in self._flows:
            wished = parsed.intent in other.intents and parsed.confidence >= self._sure  # no question beside the task
            about = (
                other is not flow and is_called(other, parsed) and not wished and not self._means_other(parsed, other)
            )
            if about and (found := self._told(parsed, other.facts, other)):
                return other.name, found
        return None

    def _owner(self, evident: set[str]) -> Flow | None:
        """Who answers topics that need no word for what they are about: the flow that says so, else the first."""
        claims = (flow for flow in self._flows if evident & set(flow.about.get("topics", ())))
        return next(claims, next((flow for flow in self._flows if evident & set(flow.facts)), None))

    def _begins(self, flow: Flow, parsed: ParsedMessage, proved: bool) -> bool:
        """Whether it is the wish for an answer that still has to ask something, or for the line: 漫游怎么收费."""
        waits = any(step.kind == "collect" for step in flow.steps) or (flow.needs_line and not proved)
        asks = flow.kind == "answer" and waits
        return asks and parsed.intent in flow.intents and parsed.confidence >= self._sure

    def _follows(self, last: Flow, parsed: ParsedMessage, proved: bool) -> list[tuple[str, str]]:
        """A question without a topic is about what was told last, unless it surely is another wish, or small talk."""
        if self._begins(last, parsed, proved):  # the same wish again, with a case of its own
            return []
        sure = parsed.confidence >= self._sure
        own = (*last.intents, *last.about.get("idle", ()), *MERE)
        mine = not sure or (parsed.intent in own and not (parsed.intent == MERE[-1] and parsed.confidence > CERTAINLY))
        other = self._flows.starting_at(parsed.intent)  # 上个月账单多少, after points, has the bill's own words
        mine = mine and (other is None or other is last or not is_called(other, parsed) or named_by(last, parsed))
        return [(ANY, last.facts[ANY])] if ANY in last.facts and mine else []

    def _told(self, parsed: ParsedMessage, known: Any, flow: Flow) -> list[tuple[str, str]]:
        topics = [topic for topic in parsed.topics if topic in CERTAIN and topic in known] or parsed.topics
        if "fee" in topics and "fee" in known and THE_FEE.search(parsed.text):
            topics = [topic for topic in topics if topic not in PRICES]
        found = {known[topic]: topic for topic in reversed(topics) if topic in known}
        if not found and "price" in known and (priced(flow, parsed) or by_size(flow, parsed)):
            found = {known["price"]: "price"}
        if not found and OPTIONS in known and any(name in flow.entities for name, _ in parsed.entities):
            found = {known[OPTIONS]: OPTIONS}
        return [(topic, answer) for answer, topic in reversed(found.items())]

    @staticmethod
    def _unnamed(other: Flow, flow: Flow, parsed: ParsedMessage, spoken: tuple[str, ...]) -> bool:
        """Whether a question that `flow` answers only sounds like another wish, of whose words it has none.

        多久能到 is about the order that is spoken of, not about a complaint that nobody named.
        """
        entities = {name for name, _ in parsed.entities} & set(other.about.get("entities", ()))
        called = not other.about.get("words") or named_by(other, parsed) or bool(entities) or other.name in spoken
        return not called and bool(set(parsed.topics) & {*flow.facts, *EVERYWHERE})

    def _means_other(
        self, parsed: ParsedMessage, flow: Flow | None, *, within: bool = False, spoken: tuple[str, ...] = ()
    ) -> bool:
        """Whether a message surely means another wish that the hall serves, however it is worded.

        `spoken`: the flow that was served last.
        """
        other = self._flows.starting_at(parsed.intent)
        if other is None or other.rest or other.kind == "talk" or parsed.confidence < self._sure:
            return other is not None and other.name == HUMAN and parsed.confidence >= self._sure
        if flow is None or other.name == flow.name:
            return flow is None
        if ANY in flow.facts and parsed.confidence < self._strong and not within:
            return False
        own = {name for name, _ in parsed.entities} & flow.entities - other.entities - SHARED - {PRICE}
        if own and flow.kind == other.kind == "task":
            return False  # 充1G得多少钱 is about data, whatever it sounds like
        if flow.name in spoken and priced(flow, parsed) and not named_by(other, parsed):
            return False  # 有没有20块左右的, after what it sells was told
        if (within or flow.name in spoken or named_by(flow, parsed)) and self._unnamed(other, flow, parsed, spoken):
            return False
        if parsed.happened and ANY not in other.facts:  # guidance tells nothing that has happened
            return True
        return parsed.intent not in (flow.about.get("intents", ()) if within else flow.about.get("idle", ()))

    def _again(self, state: State) -> bool:
        if (frame := state.top) is not None:
            frame.asked = ""
        return True
