"""Flows as Mermaid diagrams, for docs and reviewers; checks them against the domain first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ruamel.yaml import YAML

from bot.dialogue.flow import Flow, FlowError, Flows, Step, ask_candidates, load
from bot.settings import ROOT


def checked_diagrams(root: Path = ROOT) -> str:
    """Every flow's diagram; raises FlowError naming whatever is missing."""
    flows, domain = load(root / "data" / "flows"), _domain(root / "bot" / "domain")
    problems = flows.problems(domain["actions"], domain["responses"], domain["slots"], domain["intents"])
    problems += long_questions(flows, root / "bot" / "domain")
    if problems:
        raise FlowError("; ".join(problems))
    return "\n\n".join(f"%% {flow.name}\n{diagram(flow)}" for flow in flows)


def long_questions(flows: Flows, folder: Path) -> list[str]:
    """Questions without a form that fits one SMS (70 characters, gaps counted as written)."""
    texts: dict[str, list[dict[str, str]]] = {}
    for path in sorted(folder.glob("*.yml")):
        texts |= (YAML(typ="safe").load(path) or {}).get("responses") or {}
    asked = {name for flow in flows for step in flow.steps if step.kind == "collect" for name in ask_candidates(step)}
    return [
        f"{name}: no form of at most 70 characters for SMS"
        for name in sorted(asked & set(texts))
        if all(len(variant["text"]) > 70 for variant in texts[name] if variant.get("channel") in (None, "sms"))
    ]


def diagram(flow: Flow) -> str:
    """One flow, top to bottom."""
    lines = ["flowchart TD", f'  start(["{flow.name}: {", ".join(flow.intents[:3]) or "from other flows"}"])']
    before = "start"
    for step in flow.steps:
        lines += [f"  {step.id}{_shape(step)}", f"  {before} --> {step.id}", *_branches(step)]
        before = step.id
    return "\n".join([*lines, "  stop([end])", f"  {before} --> stop"])


def _shape(step: Step) -> str:
    when = "".join(f"<br>when {slot} = {value}" for slot, value in step.when.items())
    check = f"<br>{step.check}" if step.check else ""
    label = f'"{step.kind} {step.target}{check}{when}"'
    return {"collect": f"[/{label}/]", "check": "{" + label + "}", "confirm": "{{" + label + "}}"}.get(
        step.kind, f"[{label}]"
    )


def _branches(step: Step) -> Iterator[str]:
    for word, target in step.next.items():
        yield f"  {step.id} -- {word} --> {'stop' if target == 'end' else target}"


def _domain(folder: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {key: set() for key in ("actions", "responses", "slots", "intents")}
    for path in sorted(folder.glob("*.yml")):
        data = YAML(typ="safe").load(path) or {}
        for key, names in found.items():
            names.update(data.get(key) or ())
    return found
