"""What a dialogue remembers between turns. Plain data: it is stored as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.dialogue.flow import GATES, HUMAN, Flow, Step
from bot.dialogue.focus import Focus
from hall import privacy


@dataclass
class Frame:
    """A task on the stack: how far its flow has come."""

    flow: str
    at: int = 0
    checked: list[str] = field(default_factory=list)  # steps whose check holds
    running: str = ""  # the step whose action ran last and whose outcome is not settled yet
    asked: str = ""  # the step whose question is open
    agains: dict[str, int] = field(default_factory=dict)
    confirmed: bool = False
    acted: bool = False  # past the point of no return
    told: dict[str, Any] = field(default_factory=dict)  # its values as the customer has last heard them
    confirming: dict[str, Any] = field(default_factory=dict)  # the values that the last confirmation showed
    blocked: bool = False  # it was refused, and waits for what is done about it
    assumed: list[str] = field(default_factory=list)  # steps whose assumption was made
    slots: dict[str, Any] = field(default_factory=dict)  # its values while it is not on top
    offers: list[dict[str, str]] = field(default_factory=list)  # the choices of its question while it is not on top

    def news(self, flow: Flow, view: SlotView) -> tuple[dict[str, Any], bool]:
        """Of the values that are to be told now: those they replace, and whether one is new."""
        known = {slot: view[slot] for slot in flow.slots if view[slot] is not None and not flow.is_secret(slot)}
        changed = {slot: old for slot, old in self.told.items() if known.get(slot, old) != old}
        fresh, self.told = not known.items() <= self.told.items(), known
        return changed, fresh

    def reopen(self, flow: Flow, index: int) -> None:
        """What was decided at or after step `index` no longer holds."""
        later = {step.id for step in flow.steps[index:]}
        self.checked = [done for done in self.checked if done not in later]
        self.at, self.asked, self.running, self.confirmed = 0, "", "", False


@dataclass
class State:
    """The dialogue: the stack of tasks, open questions of the patterns, what is to be said next."""

    stack: list[Frame] = field(default_factory=list)
    queue: list[dict[str, Any]] = field(default_factory=list)  # {"run": action, "sets": {slot: value}}
    question: str = ""  # "" | which | return | clarify | blocked | offer | queued: a pattern's; done: nothing open
    telling: str = ""  # the flow of which a fact is being told: what is down is said then, too
    misses: int = 0  # misunderstandings in a row
    rates: bool = False  # an agent has closed: how the service was may be said
    waiting: list[dict[str, Any]] = field(default_factory=list)  # wishes said beside another: see `later`
    offers: list[dict[str, str]] = field(default_factory=list)  # the choices that are open: title, payload
    focus: Focus = field(default_factory=Focus)  # what was spoken of last
    warned: bool = False  # that passwords, cards and the like are not kept

    # for review (review_candidates.py): how the last message was misunderstood, and which wish it was taken for …
    doubt: str = ""  # "" | fallback | clarified | misunderstood
    took: str = ""

    # what was noticed beside wishes and values (moods.py)
    danger: str = ""  # what has happened, or was feared, in this conversation
    anger: int = 0  # messages for which an episode of anger still lasts
    told: list[str] = field(default_factory=list)  # what is said once a conversation
    kept: bool = False  # the last message left the open question, and its choices, as they were
    heard: dict[str, Any] = field(default_factory=dict)  # bot/conversations/automata.py: checksums of the last hour
    # … what was understood and may still be taken back; doubts whose meaning the customer may yet tell
    said: dict[str, Any] = field(default_factory=dict)
    doubted: list[str] = field(default_factory=list)

    @property
    def top(self) -> Frame | None:
        return self.stack[-1] if self.stack else None

    def leads_out(self) -> bool:
        """Whether a no gives up what is offered: the choices have a way out, and none to correct something."""
        payloads = [offer["payload"] for offer in self.offers]
        return "/cancel" in payloads and "/deny" not in payloads

    def then(self, action: str, **sets: Any) -> None:
        """Run `action` before anything else, with these slots set."""
        self.queue.append({"run": action, "sets": sets})

    def next(self, view: SlotView) -> str:
        """The action that waits first, with its slots set."""
        item = self.queue.pop(0)
        if asked := item["sets"].get("asked"):
            self.telling, view["outcome"], view["outage"] = str(asked["flow"]), None, None
        view.update(item["sets"])
        return str(item["run"])

    def later(self, intent: str, fills: dict[str, Any], depth: int, *, like: bool = False, each: str = "") -> None:
        """Begin the wish `intent`, with these slots, when no more than `depth` tasks are left on the stack.

        `like`: with what was agreed in the task before it, of the same flow, where these slots say nothing.
        `each`: one of several, which are told apart by that slot.
        """
        wish = {"intent": intent, "fills": fills, "depth": depth, "like": like, "each": each}
        self.waiting.append({key: value for key, value in wish.items() if value or key not in ("like", "each")})

    def rested(self, slots: dict[str, Any]) -> Focus:
        """What the focus keeps over a long pause: the open task with its slots, else the last one."""
        frame = next((frame for frame in reversed(self.stack) if frame.flow not in (*GATES, HUMAN)), None)
        if frame is not None and not frame.acted:
            self.focus.left(frame.flow, slots if frame is self.top else frame.slots)
        return self.focus.rested()

    def dump(self) -> dict[str, Any]:
        """As JSON data, without what is at its default. Shares nothing with the state that a turn could change."""
        data = _kept(self)
        if self.stack:
            data["stack"] = [_kept(frame) for frame in self.stack]
        data["focus"] = _kept(self.focus)
        return data

    @classmethod
    def load(cls, data: dict[str, Any] | None) -> State:
        """The reverse of `dump`; unknown keys (of another version) are ignored."""
        data = data or {}
        state = cls(**{key: _own(value) for key, value in data.items() if key in cls.__annotations__})
        state.stack = [
            Frame(**{key: _own(value) for key, value in frame.items() if key in Frame.__annotations__})
            for frame in data.get("stack", ())
        ]
        known = Focus.__annotations__
        state.focus = Focus(**{key: _own(value) for key, value in data.get("focus", {}).items() if key in known})
        return state


def _kept(part: Frame | State | Focus) -> dict[str, Any]:
    return {key: _own(value) for key, value in vars(part).items() if value}


def _own(value: Any) -> Any:
    """A list or dictionary of one's own; what is in it is never changed in place."""
    return value.copy() if isinstance(value, (list, dict)) else value


class SlotView:
    """The slots, and which of them were changed."""

    def __init__(self, slots: dict[str, Any]) -> None:
        self.slots = slots
        self.changes: dict[str, Any] = {}

    def __getitem__(self, slot: str) -> Any:
        return self.slots.get(slot)

    def __setitem__(self, slot: str, value: Any) -> None:
        if self.slots.get(slot) != value:
            self.slots[slot] = value
            self.changes[slot] = value

    def update(self, values: dict[str, Any]) -> None:
        for slot, value in values.items():
            self[slot] = value


@dataclass(frozen=True)
class ParsedMessage:
    """What a message meant, as far as it was understood."""

    text: str = ""
    intent: str = ""
    confidence: float = 0.0
    ranking: tuple[tuple[str, float], ...] = ()
    entities: tuple[tuple[str, Any], ...] = ()
    rest: str = ""  # the text without its entities
    fills: dict[str, Any] = field(default_factory=dict)  # slots that a chosen button sets
    chosen: bool = False  # a button, a number or a title of the open choices
    command: str = ""  # "" | back | repeat | event, or one of bot/nlu/person_words.py
    leaves: str = ""  # no_person | no_wait: it begins with that, the rest is what else it says
    event: dict[str, Any] = field(default_factory=dict)
    cues: frozenset[str] = frozenset()  # of data/nlu/cues.tsv: what its words hint at
    act: str = ""  # "" tells | ask | if: see bot/nlu/acts.py
    does: frozenset[str] = frozenset()  # acts that were learned: see bot/nlu/act_model.py
    topics: tuple[str, ...] = ()  # what a question is about
    ruled_out: tuple[str, ...] = ()  # entities named only to be refused
    refused: tuple[Any, ...] = ()  # … and the value of each
    happened: bool = False  # it speaks of what has happened
    reopens: tuple[str, ...] = ()  # entities that are wrong or to be another: 换个号码
    pick: str = ""  # smallest | largest | middle | value | larger | smaller: which choice is meant
    parts: tuple[
        ParsedMessage, ...
    ] = ()  # the wishes of a message with several, each on its own, in the order of the text

    @property
    def asks(self) -> bool:
        """Whether it is a question or a condition: what it names is asked about, not chosen."""
        return bool(self.act) and not self.chosen

    @property
    def refuses(self) -> bool:
        """Whether it names values only to refuse them."""
        return bool(self.ruled_out) and not self.entities

    @property
    def corrects(self) -> bool:
        """不用支付宝，微信: one value instead of another is a correction, whatever else it sounds like."""
        return any(name in self.ruled_out for name, _ in self.entities)

    def values(self, entity: str) -> list[Any]:
        """The values of an entity, in the order of the text."""
        return [value for name, value in self.entities if name == entity]


PRICE = "amount_fen"  # an entity


def answers(step: Step, parsed: ParsedMessage) -> Any:
    """What a message gives for a collect step: by a button, an entity, or as raw text; else None."""
    if step.target in parsed.fills:
        return parsed.fills[step.target]
    if worded(step, parsed):
        return parsed.text.strip()
    if values := parsed.values(step.entity):
        return values[-1]
    return picked(step, parsed) or None


def picked(step: Step, parsed: ParsedMessage) -> str:
    """Which of the choices of a step is meant without its name: by a superlative, or by its price (`price:1000`)."""
    if not step.picks or parsed.pick:
        return parsed.pick if step.picks else ""
    prices = parsed.values(PRICE) if step.entity != PRICE and not parsed.happened else []
    return f"price:{prices[-1]}" if prices else ""


def worded(step: Step, parsed: ParsedMessage) -> bool:
    """Whether the words of a message are a value of the step, whatever else they sound like."""
    return bool(step.words) and step.words in parsed.cues and not parsed.chosen


def only_asks(flow: Flow, parsed: ParsedMessage) -> bool:
    """Whether a message asks and gives a task no value; what begins a flow by its words does (谁给我开的校讯通)."""
    said = flow.cue in parsed.cues or any(worded(step, parsed) for step in flow.steps)
    return parsed.asks and flow.kind == "task" and not said


def raw_answer(step: Step, parsed: ParsedMessage) -> str | None:
    """The text itself as the answer, where the step accepts it."""
    if step.accept == "text":
        return parsed.text.strip() or None
    if step.accept == "digits":
        return raw_digits(parsed.text) or None
    return None


def raw_digits(text: str) -> str:
    """The digits of a text that is little else, else ""."""
    others = sum(1 for c in text if not c.isdigit() and not c.isspace() and c not in "-+·.()（）")
    return "".join(c for c in text if c.isdigit()) if others <= 6 else ""


TOPIC = "topic"  # among what a flow `hears`: the flow that was served last
WORDS = "words"  # … the message itself, masked: it is still known when the line had to be proved first


def heard(state: State, slot: str, what: str, parsed: ParsedMessage | None) -> Any:
    """What a flow `hears` of the message that begins it: a value, or with TOPIC what was spoken of before."""
    if what == TOPIC:
        return state.focus.topic or None
    if parsed is None:
        return None
    if what == WORDS and not parsed.chosen:
        return privacy.mask(parsed.text)
    return parsed.fills.get(slot, next(iter(parsed.values(what)), None))
