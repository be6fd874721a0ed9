"""What the capabilities declare of themselves; whoever has to know of all of them asks here.

Intents stand in `data/nlu`, flows in `data/flows`. What an intent is called and which SMS codes mean it
stands with its flow; while no flow serves it, under `metadata:` of its sentences.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.dialogue import flow_file, sms_code
from bot.dialogue.flow import Flows, parse, parsed
from bot.dialogue.sms_code import Code
from hall import yaml_file
from hall.problems import Mistakes, Problem
from hall.yaml_file import ROOT, YamlError

PATTERNS = frozenset({"affirm", "deny", "cancel", "inform", "out_of_scope"})  # meant in any dialogue; no flow's
_HEADER = re.compile(r"^- intent: *(?P<name>\w+) *\n(?P<about>(?:^  (?!examples\b).*\n)*)", re.M)


@dataclass(frozen=True)
class Intent:
    """An intent and where its sentences are. `title` and `codes`: for while no flow serves it."""

    name: str
    path: Path
    line: int
    title: str = ""
    codes: tuple[Code, ...] = ()


def intents(root: Path = ROOT) -> dict[str, Intent]:
    """Every intent that has sentences in data/nlu. Raises Mistakes. The sentences themselves are not read."""
    found: dict[str, Intent] = {}
    problems: list[Problem] = []
    for path in sorted((root / "data" / "nlu").glob("*.yml")):
        text = path.read_text("utf-8")
        for match in _HEADER.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            try:
                intent = _intent(match, path, line)
            except (YamlError, ValueError, TypeError) as error:
                problems.append(Problem(path, line, f"{match['name']}: {getattr(error, 'what', error)}"))
                continue
            before = found.get(intent.name)
            found[intent.name] = intent if before is None or intent.title or intent.codes else before
    if problems:
        raise Mistakes(problems)
    return found


def _intent(match: re.Match[str], path: Path, line: int) -> Intent:
    about: Any = yaml_file.parse(match["about"], path).data or {}
    metadata = about.pop("metadata", None) or {}
    if unknown := {*about, *metadata} - {"title", "code"}:
        raise ValueError(f"only metadata with title and code stands above the examples, not {', '.join(unknown)}")
    codes = tuple(sms_code.codes(metadata.get("code"), match["name"]))
    return Intent(match["name"], path, line, str(metadata.get("title", "")), codes)


def topics(root: Path = ROOT) -> set[str]:
    """Every topic that a question may be about (data/nlu/topics.tsv, data/nlu/topics, data/nlu/questions)."""
    nlu = root / "data" / "nlu"
    files = [nlu / "topics.tsv", *(nlu / "topics").glob("*.tsv"), *(nlu / "questions").glob("*.tsv")]
    lines = [line for file in files for line in file.read_text("utf-8").splitlines()]
    return {line.split("\t")[0] for line in lines if line and not line.startswith("#")} | {"options", "any", "within"}


def raw_flows(root: Path = ROOT) -> dict[str, Any]:
    """Every flow in its YAML form, complete. Raises Mistakes."""
    files = flow_file.read(root / "data" / "flows")
    files.check()
    return with_elsewhere(files.raw(), intents(root))


def with_elsewhere(raw: Mapping[str, Any], known: Mapping[str, Intent]) -> dict[str, Any]:
    """The flows, of which the one with `rest: true` gets every intent that no other one claims."""
    claimed = {name for data in raw.values() for name in parse("", data).intents}
    left = [name for name in known if name not in claimed]
    rest = {
        "intent": [name for name in left if name not in PATTERNS],
        "titles": {name: known[name].title for name in left if known[name].title},
    }
    return {name: {**data, **rest} if data.get("rest") else data for name, data in raw.items()}


def flows(root: Path = ROOT) -> Flows:
    """All flows. Raises Mistakes."""
    return parsed(raw_flows(root))


@lru_cache(maxsize=1)
def codes() -> dict[str, Code]:
    """Every SMS code: of flows, and of intents that no flow serves yet. Raises Mistakes."""
    served = flows()
    found = {code.code: code for flow in served for code in flow.codes}
    for intent in intents().values():
        flow = served.starting_at(intent.name)
        if flow is None or flow.rest:
            found |= {code.code: code for code in intent.codes}
    return found
