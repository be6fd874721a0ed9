"""Everything that is wrong with the files that people write, told at once and without a trained model.

`yingting check` prints it; training and the start of a server refuse with the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from bot.dialogue import flow_file, registry
from bot.dialogue.flow import Flows, ask_candidates
from bot.engine import domain
from bot.nlu.examples import examples
from hall import yaml_file
from hall.problems import Mistakes, Problem
from hall.yaml_file import ROOT, YamlError

MOST = 70  # characters of a question that is one SMS


def problems() -> list[Problem]:
    """Mistakes in flows, answers and sentences, each with file, line and hint; by file and line."""
    found = [*_flows(), *_from(registry.intents), *_sentences()]
    if not found:
        found += _from(domain.compose)
    if not found:
        found += _names()
    return sorted(set(found))


def refuse() -> None:
    """Raise Mistakes when anything is wrong."""
    if found := problems():
        raise Mistakes(found)


def _flows() -> list[Problem]:
    return flow_file.read(ROOT / "data" / "flows").problems


def _sentences() -> Iterator[Problem]:
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        yield from _from(partial(_read_examples, path))


def _read_examples(path: Path) -> None:
    for _ in examples(path):
        pass


def _names() -> Iterator[Problem]:
    """What flows name and does not exist, and questions that are too long for an SMS."""
    whole = domain.compose()
    flows = registry.flows()
    yield from flow_file.problems(flow_file.read(ROOT / "data" / "flows"), flows, domain.known(whole))
    yield from _long_questions(flows)


def _long_questions(flows: Flows) -> Iterator[Problem]:
    """Questions without a form that fits one SMS, gaps counted as written."""
    asked = {name for flow in flows for step in flow.steps if step.kind == "collect" for name in ask_candidates(step)}
    for path in sorted(domain.FOLDER.glob("*.yml")):
        document = yaml_file.read(path)
        for name, variants in (document.data.get("responses") or {}).items():
            fitting = (v for v in variants if v.get("channel") in (None, "sms"))
            if name in asked and all(len(variant["text"]) > MOST for variant in fitting):
                line = document.line("responses", name)
                yield Problem(path, line, f"{name} is longer than {MOST} characters", "add a form with channel: sms")


def _from(read: Callable[[], object]) -> Iterable[Problem]:
    """The mistakes that reading something raises."""
    try:
        read()
    except Mistakes as mistakes:
        return mistakes.problems
    except YamlError as error:
        return [Problem(error.path, error.line, error.what)]
    return []
