"""Flows as they are written in `data/flows`: read, shared steps put in, and checked against what they name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.dialogue.flow import PART, Fault, Flow, Flows, Step, ask_candidates, faults, parse, step_of
from hall import yaml_file
from hall.problems import Mistakes, Problem, meant
from hall.yaml_file import Document, YamlError


@dataclass(frozen=True)
class Known:
    """What exists, by name: that which flows may name."""

    actions: frozenset[str]
    responses: frozenset[str]
    slots: frozenset[str]
    intents: frozenset[str]
    entities: frozenset[str]
    topics: frozenset[str]


@dataclass(frozen=True)
class Written:
    """A flow or a part as it stands in its file."""

    name: str
    document: Document

    @property
    def data(self) -> Any:
        """Its YAML form."""
        return self.document.data[self.name]

    def problem(self, fault: Fault) -> Problem:
        """A fault in it, where it stands."""
        line = self.document.line(self.name, *fault.keys)
        return Problem(self.document.path, line, f"{self.name}: {fault.what}", fault.hint)


@dataclass
class FlowFiles:
    """Everything that a folder of flows holds, and what is wrong with the files as such."""

    written: dict[str, Written] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def check(self) -> None:
        """Raise Mistakes with everything that is wrong so far."""
        if self.problems:
            raise Mistakes(self.problems)

    def raw(self) -> dict[str, Any]:
        """The YAML form of every flow, with the steps of parts in their places."""
        parts = {name: one.data["steps"] for name, one in self.written.items() if one.data.get("kind") == PART}
        return {name: _whole(one.data, parts) for name, one in self.written.items() if name not in parts}

    def slots(self) -> set[str]:
        """Every slot that flows and parts collect or declare."""
        found = {slot for one in self.written.values() for slot in one.data.get("slots") or ()}
        steps = (step for one in self.written.values() for step in one.data["steps"])
        heard = {slot for one in self.written.values() for slot in one.data.get("hears") or ()}
        return found | heard | {step["collect"] for step in steps if "collect" in step}


def read(folder: Path) -> FlowFiles:
    """Read every flow file of a folder; mistakes are in `problems`."""
    files = FlowFiles()
    for path in sorted(folder.glob("*.yml")):
        try:
            document = yaml_file.read(path)
        except YamlError as error:
            files.problems.append(Problem(error.path, error.line, error.what))
            continue
        for name in document.data or ():
            one = Written(name, document)
            if name in files.written:
                files.problems.append(one.problem(Fault((), "there is another flow of this name")))
            found = list(faults(one.data))
            files.problems += map(one.problem, found)
            if not found:
                files.written[name] = one
    files.problems += _wrong_uses(files)
    files.problems += [] if files.problems else _clashes(files)
    return files


def _whole(data: Mapping[str, Any], parts: Mapping[str, list[Any]]) -> dict[str, Any]:
    steps = [inner for step in data["steps"] for inner in (parts[step["use"]] if "use" in step else [step])]
    return {**data, "steps": steps}


def _wrong_uses(files: FlowFiles) -> Iterator[Problem]:
    parts = {name for name, one in files.written.items() if one.data.get("kind") == PART}
    used = set[str]()
    for name, one in files.written.items():
        for index, step in enumerate(one.data["steps"]):
            if "use" not in step:
                continue
            used.add(step["use"])
            keys = ("steps", index, "use")
            if name in parts:
                yield one.problem(Fault(keys, "a part uses no other part"))
            elif step["use"] not in parts:
                yield one.problem(Fault(keys, f"there is no part {step['use']}", meant(step["use"], parts)))
    yield from (files.written[name].problem(Fault((), "no flow uses this part")) for name in sorted(parts - used))


def _clashes(files: FlowFiles) -> Iterator[Problem]:
    """What is wrong with a flow once the parts are in it, and what two flows claim."""
    claimed: dict[str, str] = {}
    for name, data in files.raw().items():
        one = files.written[name]
        found = list(faults(data))
        yield from (one.problem(Fault(("steps",), fault.what, fault.hint)) for fault in found)
        if found:
            continue
        flow = parse(name, data)
        places = [f"place {flow.menu} of the menu"] if flow.menu else []
        for claim in (*flow.intents, *(f"code {code.code}" for code in flow.codes), *places):
            if claim in claimed:
                yield one.problem(Fault((), f"{claim} is claimed by {claimed[claim]}, too"))
            claimed[claim] = name


# -- against what exists ---------------------------------------------------------------------------


def problems(files: FlowFiles, flows: Flows, known: Known) -> Iterator[Problem]:
    """Everything that flows name and that does not exist."""
    for name, one in files.written.items():
        for index, step in enumerate(one.data["steps"]):
            if "use" in step:
                continue
            for fault in _step_problems(step_of(step), known):
                yield one.problem(Fault(("steps", index, *fault.keys), fault.what, fault.hint))
        if flow := flows.named(name):
            yield from map(one.problem, _flow_problems(flow, known))
            for last in (last for each in flow.after.values() for last in each if last not in flows):
                yield one.problem(Fault(("after",), f"there is no flow {last}", meant(last, [f.name for f in flows])))


def _flow_problems(flow: Flow, known: Known) -> Iterator[Fault]:
    for intent in flow.intents:
        if intent not in known.intents:
            yield Fault(("intent",), f"no sentence of data/nlu means {intent}", meant(intent, known.intents))
    for intent, answer in flow.asides.items():
        if intent not in known.intents:
            yield Fault(("asides", intent), f"no sentence of data/nlu means {intent}", meant(intent, known.intents))
        yield from _unknown(("asides", intent), answer, known)
    yield from _wrong_facts(("facts",), flow.facts, known)
    for intent in flow.about.get("intents", ()):
        if intent not in known.intents:
            yield Fault(("about",), f"no sentence of data/nlu means {intent}", meant(intent, known.intents))
    if flow.so_far:
        yield from _unknown(("so_far",), flow.so_far, known)
    if flow.menu and not flow.intents:
        yield Fault(("menu",), "without an intent there is nothing to choose in the menu")


def _step_problems(step: Step, known: Known) -> Iterator[Fault]:
    if step.kind == "collect":
        names = known.actions | known.responses
        if not ask_candidates(step) & names:
            wanted = " nor ".join(sorted(ask_candidates(step)))
            hint = meant(step.ask or f"utter_ask_{step.target}", names)
            yield Fault(("collect",), f"nothing asks for {step.target}: neither {wanted} exists", hint)
        if step.entity not in known.entities and step.entity != step.target:
            yield Fault(("entity",), f"there is no entity {step.entity}", meant(step.entity, known.entities))
    else:
        yield from _unknown((step.kind,), step.target, known)
    yield from _wrong_facts(("facts",), step.facts, known)
    for key, name in (
        ("check", step.check),
        ("too_often", step.too_often),
        ("assume", step.assume),
        ("remind", step.remind),
        ("for_each", step.for_each),
        ("on_yes", step.on_yes),
    ):
        if name:
            yield from _unknown((key,), name, known)
    for slot in step.when:
        if slot not in known.slots:
            hint = meant(slot, known.slots) or "a slot is collected, or listed under slots:"
            yield Fault(("when", slot), f"there is no slot {slot}", hint)


def _wrong_facts(keys: tuple[str, ...], facts: Mapping[str, str], known: Known) -> Iterator[Fault]:
    for topic, answer in facts.items():
        if topic not in known.topics:
            yield Fault((*keys, topic), f"there is no topic {topic}", meant(topic, known.topics))
        yield from _unknown((*keys, topic), answer, known)


def _unknown(keys: tuple[str, ...], name: str, known: Known) -> Iterator[Fault]:
    if name.startswith("action_") and name not in known.actions:
        hint = meant(name, known.actions) or "a subclass of HallAction in actions/ has it as name_"
        yield Fault(keys, f"there is no action {name}", hint)
    elif not name.startswith("action_") and name not in known.responses:
        yield Fault(keys, f"there is no answer {name}", meant(name, known.responses) or "bot/domain has the answers")
