"""What a flow is, and what is wrong with one by itself. See README.md; flow_file.py reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bot.dialogue import sms_code
from bot.dialogue.sms_code import Code
from hall.errors import OfTheHouse
from hall.problems import meant
from hall.yaml_file import Keys

KINDS = ("collect", "check", "advise", "confirm", "act", "say", "use")
RESULTS = ("ok", "again", "blocked", "end", "down", "others", "queued")
STEP_KEYS = {
    "collect": {
        *("id", "entity", "accept", "check", "when", "again_max", "too_often", "secret", "ask", "next"),
        *("assume", "facts", "picks", "for_each", "own", "any_will_do", "on_yes", "words", "consents"),
    },
    "check": {"id", "when", "next"},
    "advise": {"id", "when"},
    "confirm": {"id", "when", "facts", "remind", "words", "mild"},
    "act": {"id", "when", "next"},
    "say": {"id", "when", "next"},
    "use": set(),
}
OFFERED = "offer"
FLOW_KINDS = ("task", "answer", "talk", OFFERED)
FLOW_KEYS = {
    *("title", "intent", "kind", "urgency", "line", "needs"),
    *("menu", "menu_title", "code", "slots", "asides", "steps", "rest"),
    *("cue", "after", "idle", "hears", "lapses", "instead", "stops", "story"),
    *("declined", "sets"),
    *("follow", "tracked_by", "facts", "about", "so_far"),
    "titles",  # of what no flow serves: written by registry.py
}
ABOUT = {"words", "entities", "intents", "idle", "topics"}
PART_KEYS = {"kind", "slots", "steps"}
HUMAN = "talk_to_human"
OFFER_PERSON = "offer_person"
IDENTIFY = "identify"
VERIFY = "verify"
GATES = (IDENTIFY, VERIFY)  # what runs by itself before a task: the line is proved, the customer is verified
LINES = ("proved", "verified")
PART = "part"  # the kind of steps that flows share by `use`


class FlowError(OfTheHouse, ValueError):
    """Flows are wrong; the message names file, line and reason of each mistake."""


class Fault(NamedTuple):
    """What is wrong in a flow: the way to the part (`("steps", 0, "check")`), the mistake and a hint."""

    keys: Keys
    what: str
    hint: str = ""


@dataclass(frozen=True)
class Step:
    """One step. `target` is a slot (collect), an action (check, act) or a response (confirm, say)."""

    id: str
    kind: str
    target: str
    ask: str = ""
    entity: str = ""
    accept: str = ""  # "" | digits | text | message
    check: str = ""
    when: Mapping[str, Any] = field(default_factory=dict)
    again_max: int = 0
    too_often: str = ""
    secret: bool = False
    remind: str = ""  # asks for the confirmation once more, shortly, when nothing has changed since
    picks: bool = False  # takes a superlative for the choice that it means
    assume: str = ""  # an action that may fill the slot, once, before it is asked for
    facts: Mapping[str, str] = field(default_factory=dict)  # topic → what answers it at this step
    for_each: str = ""  # the action that says which of several values are taken, each for a task of its own
    own: bool = False  # takes the line that the customer writes from, in whatever words
    any_will_do: bool = False  # who says 随便 gets the first choice
    on_yes: str = ""  # what is said to a yes, which is no answer here
    consents: bool = False  # where slot `consenting` is set, the question told everything: its answer is the consent
    mild: bool = False  # it costs nothing: a hesitant yes (嗯) will do
    words: str = ""  # a cue: a message with it is the value, or the yes, whatever else it sounds like
    next: Mapping[str, str] = field(default_factory=dict)

    def applies(self, slots: Mapping[str, Any]) -> bool:
        """Whether its `when` holds."""
        return all(
            slots.get(slot) in (wanted if isinstance(wanted, (list, tuple)) else [wanted])
            for slot, wanted in self.when.items()
        )


@dataclass(frozen=True)
class Flow:
    """A capability's happy path, and what it declares of itself."""

    name: str
    title: str  # what the task is called to the customer
    intents: tuple[str, ...]
    kind: str  # task | answer | talk | offer
    urgency: int
    needs_line: bool
    steps: tuple[Step, ...]
    asides: Mapping[str, str] = field(default_factory=dict)  # intent → what answers it in the middle of this flow
    titles: Mapping[str, str] = field(default_factory=dict)  # intent → what it is called, where that is not `title`
    menu: int = 0  # its place in the menu; 0: it has none
    menu_title: str = ""
    codes: tuple[Code, ...] = ()
    own_slots: tuple[str, ...] = ()  # what its actions keep beside what is collected
    rest: bool = False  # it takes the intents that no other flow claims
    declined: str = ""  # says that an offer was declined
    sets: Mapping[str, Any] = field(default_factory=dict)  # slots as they are when it begins
    facts: Mapping[str, str] = field(default_factory=dict)  # topic of a question → what answers it
    about: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # words and intents of questions about it
    so_far: str = ""  # says what is filled in, before the next question
    needs: tuple[str, ...] = ()  # the operator's systems without which it does not work
    cue: str = ""  # of data/nlu/cues.tsv: words that begin it, whatever the message was taken for
    after: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # cue → flows: it begins it if one was last
    idle: bool = False  # … only while no task is open
    stops: str = ""  # a cue: words that give it up while it is open, whatever else they sound like
    lapses: bool = False  # another wish ends it without a word
    story: bool = False  # a message that begins it is told as a whole, whatever else its parts sound like
    instead: str = ""  # the flow whose place it takes when its words begin it
    hears: Mapping[str, str] = field(default_factory=dict)  # slot → what of the message that begins it is kept there
    follow: tuple[str, ...] = ()  # cues of questions about its answer, which it answers when it was served last
    tracked_by: str = ""  # the intent that tells how it stands once it is done
    needs_verified: bool = False  # also the customer: by service password and one-time code

    @property
    def returns(self) -> bool:
        """Whether what it interrupts goes on by itself after it."""
        return self.kind != "task"

    def wish(self, intent: str) -> str:
        """What the wish `intent` is called to the customer."""
        return self.titles.get(intent, self.title)

    @property
    def slots(self) -> tuple[str, ...]:
        """The slots that it collects, in order."""
        return tuple(step.target for step in self.steps if step.kind == "collect")

    def index(self, step_id: str) -> int:
        """Where a step stands; `end` stands behind the last."""
        if step_id == "end":
            return len(self.steps)
        return next(i for i, step in enumerate(self.steps) if step.id == step_id)

    def is_secret(self, slot: str) -> bool:
        """Whether a slot holds a code or password."""
        return any(step.secret for step in self.steps if step.target == slot)

    @property
    def entities(self) -> frozenset[str]:
        """What kinds of values it asks for."""
        return frozenset(step.entity for step in self.steps if step.kind == "collect")

    def collecting(self, slot: str) -> int | None:
        """Where a slot is collected, if it is."""
        return next((i for i, s in enumerate(self.steps) if s.kind == "collect" and s.target == slot), None)


class Flows:
    """All flows, by name and by intent."""

    def __init__(self, flows: Mapping[str, Flow]) -> None:
        self._flows = dict(flows)
        self._by_intent: dict[str, Flow] = {}
        for flow in self._flows.values():
            for intent in flow.intents:
                if intent in self._by_intent:
                    raise FlowError(f"{flow.name} and {self._by_intent[intent].name} both start at {intent}")
                self._by_intent[intent] = flow
        self._spoken: dict[str, Flow] = {}  # by the cue; of several the most urgent
        for flow in sorted(self._flows.values(), key=lambda flow: -flow.urgency):
            if flow.cue:
                self._spoken.setdefault(flow.cue, flow)
        self._place = {name: place for place, name in enumerate(self._flows)}
        self._after = [(cue, last, flow) for flow in self._flows.values() for cue, last in flow.after.items()]
        self.follow_ups = frozenset(cue for flow in self._flows.values() for cue in flow.follow)
        for flow in self._flows.values():
            if flow.cue and not flow.intents:  # what offers it names it itself: no message means it but by its words
                self._by_intent.setdefault(flow.name, flow)

    def __getitem__(self, name: str) -> Flow:
        return self._flows[name]

    def named(self, name: str) -> Flow | None:
        """A flow by its name, if there is one."""
        return self._flows.get(name)

    def answering(self, name: str) -> Flow | None:
        """The flow that answers what is asked about one that was served: that which tracks it, else itself."""
        flow = self.named(name)
        return (self.starting_at(flow.tracked_by) or flow) if flow is not None and flow.tracked_by else flow

    def __contains__(self, name: object) -> bool:
        return name in self._flows

    def __iter__(self) -> Iterator[Flow]:
        return iter(self._flows.values())

    @property
    def menu(self) -> list[Flow]:
        """The flows of the menu, in its order."""
        return sorted((flow for flow in self if flow.menu), key=lambda flow: flow.menu)

    def begun_by(self, cues: frozenset[str]) -> Flow | None:
        """The flow that these words begin, whatever else they may mean; of several the most urgent."""
        found = (self._spoken[cue] for cue in cues & self._spoken.keys())
        return min(found, key=lambda flow: (-flow.urgency, self._place[flow.name]), default=None)

    def begun_after(self, last: str, cues: frozenset[str]) -> Flow | None:
        """The flow that these words begin where `last` was served last: 那开吧 after a price."""
        return next((flow for cue, lasts, flow in self._after if cue in cues and last in lasts), None)

    def starting_at(self, intent: str | None) -> Flow | None:
        """The flow that an intent starts, or that is begun by words alone and called so by what offers it."""
        return self._by_intent.get(intent or "")


def parsed(raw: Mapping[str, Any]) -> Flows:
    """All flows from their YAML forms. Raises FlowError."""
    return Flows({name: parse(name, data) for name, data in raw.items()})


def ask_candidates(step: Step) -> set[str]:
    """The action or response that may ask for a slot."""
    return {step.ask} if step.ask else {f"action_ask_{step.target}", f"utter_ask_{step.target}"}


def parse(name: str, data: Mapping[str, Any]) -> Flow:
    """One flow from its YAML form. Raises FlowError with the first of its `faults`."""
    if fault := next(faults(data), None):
        raise FlowError(f"{name}: {fault.what}")
    intents = _intents(data)
    return Flow(
        name=name,
        title=data["title"],
        intents=intents,
        kind=data.get("kind", "task"),
        urgency=data.get("urgency", 0),
        needs_line=data.get("line") in LINES,
        needs_verified=data.get("line") == "verified",
        steps=tuple(map(step_of, data["steps"])),
        asides=dict(data.get("asides") or {}),
        titles=dict(data.get("titles") or {}),
        menu=data.get("menu", 0),
        menu_title=data.get("menu_title", data["title"]),
        codes=tuple(sms_code.codes(data.get("code"), intents[0] if intents else "")),
        own_slots=tuple(data.get("slots") or ()),
        rest=bool(data.get("rest")),
        facts=dict(data.get("facts") or {}),
        about={key: tuple(words) for key, words in (data.get("about") or {}).items()},
        so_far=data.get("so_far", ""),
        needs=tuple(data.get("needs") or ()),
        cue=data.get("cue", ""),
        after={cue: tuple(last) for cue, last in (data.get("after") or {}).items()},
        stops=data.get("stops", ""),
        idle=bool(data.get("idle")),
        lapses=bool(data.get("lapses")),
        story=bool(data.get("story")),
        instead=data.get("instead", ""),
        hears=dict(data.get("hears") or {}),
        follow=tuple(data.get("follow") or ()),
        tracked_by=data.get("tracked_by", ""),
        declined=data.get("declined", ""),
        sets=dict(data.get("sets") or {}),
    )


def _intents(data: Mapping[str, Any]) -> tuple[str, ...]:
    intents = data.get("intent") or ()
    return (intents,) if isinstance(intents, str) else tuple(intents)


def step_of(data: Mapping[str, Any]) -> Step:
    """A step from its YAML form, which has no faults."""
    kind = _kind(data)
    options = {key: data[key] for key in STEP_KEYS[kind] - {"id"} if key in data}
    options.setdefault("entity", data[kind] if kind == "collect" else "")
    return Step(id=step_id(data), kind=kind, target=data[kind], **options)


def _kind(data: Mapping[str, Any]) -> str:
    # a `collect` step may have a `check` of its own: the first kind in KINDS that is there names the step
    return next((kind for kind in KINDS if kind in data), "")


def step_id(data: Mapping[str, Any]) -> str:
    """What a step is called: its `id`, or its kind and target."""
    kind = _kind(data)
    return str(data.get("id", f"{kind}_{data.get(kind)}"))


# -- what is wrong with a flow by itself -----------------------------------------------------------


def faults(data: Any) -> Iterator[Fault]:
    """Everything that is wrong with a flow's YAML form, without a look at anything else."""
    if not isinstance(data, Mapping):
        yield Fault((), "a flow is a mapping of title, intent, steps …")
        return
    part = data.get("kind") == PART
    known = PART_KEYS if part else FLOW_KEYS
    yield from (Fault((key,), f"unknown key {key}", meant(key, known)) for key in sorted(set(data) - known))
    if not part and not isinstance(data.get("title"), str):
        yield Fault(("title",), "a flow needs a title", "what the task is called to the customer")
    yield from _value_faults(data)
    steps = data.get("steps")
    if not isinstance(steps, list) or not steps:
        yield Fault(("steps",), "a flow needs steps")
        return
    found = [fault for index, step in enumerate(steps) for fault in _step_faults(index, step)]
    yield from found or _order_faults(steps)


def _value_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    if (kind := data.get("kind", "task")) not in (*FLOW_KINDS, PART):
        yield Fault(("kind",), f"kind is one of {', '.join(FLOW_KINDS)}, not {kind}", meant(str(kind), FLOW_KINDS))
    if (line := data.get("line", "proved")) not in LINES:
        yield Fault(("line",), f"line is {' or '.join(LINES)}, not {line}")
    for key in ("urgency", "menu"):
        if not isinstance(data.get(key, 0), int):
            yield Fault((key,), f"{key} is a number, not {data[key]!r}")
    for key in ("facts", "about", "after"):
        if not isinstance(data.get(key) or {}, Mapping):
            yield Fault((key,), f"{key} is a mapping, not {data[key]!r}")
    for key in sorted(set(data.get("about") or ()) - ABOUT):
        yield Fault(("about", key), f"about does not know {key}", meant(key, ABOUT))
    for key in ("slots", "needs", "follow"):
        if not isinstance(data.get(key) or [], list):
            yield Fault((key,), f"{key} is a list, not {data[key]!r}")
    if data.get("code") and not _intents(data):
        yield Fault(("code",), "a code needs an intent that it means")
    try:
        list(sms_code.codes(data.get("code"), ""))
    except ValueError as error:
        yield Fault(("code",), str(error))


def _step_faults(index: int, step: Any) -> Iterator[Fault]:
    keys: Keys = ("steps", index)
    kind = _kind(step) if isinstance(step, Mapping) else ""
    if not kind:
        wrong = next(iter(step), "") if isinstance(step, Mapping) else str(step)
        yield Fault(keys, f"a step has one of {', '.join(KINDS)}, not {wrong}", meant(str(wrong), KINDS))
        return
    known = STEP_KEYS[kind] | {kind}
    for key in sorted(set(step) - known):
        yield Fault((*keys, key), f"a step of kind {kind} does not know {key}", meant(key, known))
    if not isinstance(step[kind], str):
        yield Fault((*keys, kind), f"{kind} names one thing, not {step[kind]!r}")
    for key in ("when", "next", "facts"):
        if not isinstance(step.get(key) or {}, Mapping):
            yield Fault((*keys, key), f"{key} is a mapping, not {step[key]!r}")


def _order_faults(steps: list[Mapping[str, Any]]) -> Iterator[Fault]:
    """Steps with the same name, jumps to nowhere, and steps that nothing leads to."""
    ids = [step_id(step) for step in steps]
    for index, name in enumerate(ids):
        if name in ids[:index]:
            yield Fault(("steps", index), f"two steps are called {name}", "give one of them an id")
        for word, target in (steps[index].get("next") or {}).items():
            if target != "end" and target not in ids:
                yield Fault(("steps", index, "next", word), f"{target} is no step", meant(str(target), ids))
    reached = _reached(ids, steps)
    for index, name in enumerate(ids):
        if index not in reached:
            yield Fault(("steps", index), f"nothing leads to the step {name}", "the steps before it jump over it")


def _reached(ids: list[str], steps: list[Mapping[str, Any]]) -> set[int]:
    reached, open_ = set[int](), [0]
    while open_:
        index = open_.pop()
        if index in reached or index >= len(steps):
            continue
        reached.add(index)
        leads = steps[index].get("next") or {}
        open_ += [ids.index(target) for target in leads.values() if target in ids]
        if "ok" not in leads or steps[index].get("when"):
            open_.append(index + 1)
    return reached
