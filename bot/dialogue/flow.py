"""What a flow is, and how flows are read from `data/flows/*.yml` and checked. See README.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

KINDS = ("collect", "check", "confirm", "act", "say")
RESULTS = ("ok", "again", "end", "down", "person")
STEP_KEYS = {
    "collect": {"id", "entity", "accept", "check", "when", "again_max", "too_often", "secret", "ask", "next"},
    "check": {"id", "when", "next"},
    "confirm": {"id", "when"},
    "act": {"id", "when", "next"},
    "say": {"id", "when", "next"},
}
FLOW_KINDS = ("task", "answer", "talk")
FLOW_KEYS = {"title", "intent", "kind", "urgency", "line", "asides", "steps"}
HUMAN = "talk_to_human"
IDENTIFY = "identify"


class FlowError(ValueError):
    """A flow file is wrong; the message names file, flow and reason."""


@dataclass(frozen=True)
class Step:
    """One step. `target` is a slot (collect), an action (check, act) or a response (confirm, say)."""

    id: str
    kind: str
    target: str
    ask: str = ""
    entity: str = ""
    accept: str = ""  # "" | digits | text
    check: str = ""
    when: Mapping[str, Any] = field(default_factory=dict)
    again_max: int = 0
    too_often: str = ""
    secret: bool = False
    next: Mapping[str, str] = field(default_factory=dict)

    def applies(self, slots: Mapping[str, Any]) -> bool:
        """Whether its `when` holds."""
        return all(
            slots.get(slot) in (wanted if isinstance(wanted, (list, tuple)) else [wanted])
            for slot, wanted in self.when.items()
        )


@dataclass(frozen=True)
class Flow:
    """A capability's happy path."""

    name: str
    title: str
    intents: tuple[str, ...]
    kind: str  # task | answer | talk
    urgency: int
    needs_line: bool
    steps: tuple[Step, ...]
    asides: Mapping[str, str] = field(default_factory=dict)  # intent → what answers it in the middle of this flow

    @property
    def returns(self) -> bool:
        """Whether what it interrupts goes on by itself after it."""
        return self.kind != "task"

    def wish(self, intent: str) -> str:
        """The response that names the wish `intent` to the customer: the flow's title, or the intent's own."""
        return self.title if len(self.intents) < 2 else f"utter_wish_{intent}"

    @property
    def slots(self) -> tuple[str, ...]:
        """The slots that it collects, in order."""
        return tuple(step.target for step in self.steps if step.kind == "collect")

    def index(self, step_id: str) -> int:
        """Where a step stands; `end` stands behind the last."""
        if step_id == "end":
            return len(self.steps)
        return next(i for i, step in enumerate(self.steps) if step.id == step_id)

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

    def __getitem__(self, name: str) -> Flow:
        return self._flows[name]

    def named(self, name: str) -> Flow | None:
        """A flow by its name, if there is one."""
        return self._flows.get(name)

    def __contains__(self, name: object) -> bool:
        return name in self._flows

    def __iter__(self) -> Iterator[Flow]:
        return iter(self._flows.values())

    def starting_at(self, intent: str | None) -> Flow | None:
        """The flow that an intent starts."""
        return self._by_intent.get(intent or "")

    def problems(self, actions: set[str], responses: set[str], slots: set[str], intents: set[str]) -> list[str]:
        """Everything that flows name and the domain does not have."""
        found: list[str] = []
        for flow in self:
            found += [f"{flow.name}: intent {i} does not exist" for i in flow.intents if i not in intents]
            if flow.title not in responses:
                found.append(f"{flow.name}: title {flow.title} is no response")
            found += [
                f"{flow.name}: {flow.wish(i)} is no response" for i in flow.intents if flow.wish(i) not in responses
            ]
            found += [f"{flow.name}: aside {i} does not exist" for i in flow.asides if i not in intents]
            found += [
                f"{flow.name}: aside {a} is neither action nor response"
                for a in flow.asides.values()
                if a not in actions | responses
            ]
            for step in flow.steps:
                found += [f"{flow.name}.{step.id}: {p}" for p in _step_problems(step, actions, responses, slots)]
        return found


def _step_problems(step: Step, actions: set[str], responses: set[str], slots: set[str]) -> Iterator[str]:
    known = actions | responses
    if step.kind == "collect":
        if step.target not in slots:
            yield f"slot {step.target} does not exist"
        if not ask_candidates(step) & known:
            yield f"nothing asks for {step.target}: neither {' nor '.join(sorted(ask_candidates(step)))} exists"
    elif step.target not in known:
        yield f"{step.target} is neither action nor response"
    for name in (step.check, step.too_often):
        if name and name not in known:
            yield f"{name} is neither action nor response"
    yield from (f"when names slot {slot}, which does not exist" for slot in step.when if slot not in slots)


def ask_candidates(step: Step) -> set[str]:
    """The action or response that may ask for a slot."""
    return {step.ask} if step.ask else {f"action_ask_{step.target}", f"utter_ask_{step.target}"}


def load(folder: Path) -> Flows:
    """Read every flow file of a folder; raises FlowError naming file, flow and reason."""
    flows: dict[str, Flow] = {}
    for path in sorted(folder.glob("*.yml")):
        for name, data in (YAML(typ="safe").load(path) or {}).items():
            if name in flows:
                raise FlowError(f"{path.name}: {name} is there twice")
            try:
                flows[name] = parse(name, data)
            except (KeyError, TypeError, ValueError) as error:
                raise FlowError(f"{path.name}: {name}: {error}") from error
    return Flows(flows)


def parse(name: str, data: Mapping[str, Any]) -> Flow:
    """One flow from its YAML form."""
    if unknown := set(data) - FLOW_KEYS:
        raise ValueError(f"unknown keys {sorted(unknown)}")
    if data.get("kind", "task") not in FLOW_KINDS:
        raise ValueError(f"kind is one of {', '.join(FLOW_KINDS)}, not {data['kind']}")
    intents = data.get("intent") or ()
    steps = tuple(_parse_step(index, step) for index, step in enumerate(data["steps"]))
    flow = Flow(
        name=name,
        title=data.get("title", f"utter_title_{name}"),
        intents=(intents,) if isinstance(intents, str) else tuple(intents),
        kind=data.get("kind", "task"),
        urgency=int(data.get("urgency", 0)),
        needs_line=data.get("line") == "proved",
        steps=steps,
        asides=dict(data.get("asides") or {}),
    )
    ids = [step.id for step in steps]
    if len(set(ids)) != len(ids):
        raise ValueError("two steps have the same id")
    for step in steps:
        if missing := [t for t in step.next.values() if t != "end" and t not in ids]:
            raise ValueError(f"{step.id} goes to {missing[0]}, which is no step")
    return flow


def _parse_step(index: int, data: Mapping[str, Any]) -> Step:
    # a `collect` step may have a `check` of its own: the first kind in KINDS that is there names the step
    kind = next((kind for kind in KINDS if kind in data), None)
    if kind is None:
        raise ValueError(f"step {index + 1} has none of {', '.join(KINDS)}")
    if unknown := set(data) - STEP_KEYS[kind] - {kind}:
        raise ValueError(f"step {index + 1} ({kind}) does not know {sorted(unknown)}")
    target = data[kind]
    options = {key: data[key] for key in STEP_KEYS[kind] - {"id"} if key in data}
    options.setdefault("entity", target if kind == "collect" else "")
    return Step(id=str(data.get("id", f"{kind}_{target}")), kind=kind, target=target, **options)
