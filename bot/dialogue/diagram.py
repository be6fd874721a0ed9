"""Flows as Mermaid diagrams, for docs and reviewers."""

from __future__ import annotations

from collections.abc import Iterator

from bot.dialogue.flow import Flow, Flows, Step


def diagrams(flows: Flows) -> str:
    """Every flow's diagram."""
    return "\n\n".join(f"%% {flow.name}\n{diagram(flow)}" for flow in flows)


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
