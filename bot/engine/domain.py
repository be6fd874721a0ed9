"""The domain: what `bot/domain` says, and what is derived from where the capabilities stand.

Written by hand are only the answers. Intents come from data/nlu, actions from the classes, slots from the flows,
entities from the extractors, and the menu's buttons from the flows that have a place in it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import TemplateSyntaxError

from actions import all_actions
from bot.answers import Answers
from bot.answers.source import Source, read
from bot.dialogue import flow_file, registry
from bot.dialogue.interpreter import SLOTS
from bot.nlu.values import ENTITIES
from hall import yaml_file
from hall.operator import Operator, Phrases, demonstrations
from hall.problems import Mistakes, Problem
from hall.yaml_file import ROOT, YamlError

OF_ANSWERS = ("words", "facts")  # read by bot/answers
DERIVED = ("intents", "actions", "slots", "entities")
CHANNELS = ("web", "sms")
WITH_MENU = ("utter_menu", "utter_main_business", "utter_out_of_scope")


def compose(root: Path = ROOT) -> dict[str, Any]:
    """The whole domain in Rasa's form. Of answers Rasa knows the names: bot/answers renders them. Raises Mistakes."""
    domain = _written(root / "bot" / "domain")
    files = flow_file.read(root / "data" / "flows")
    files.check()
    return domain | {
        "responses": {name: [{"text": name}] for name in domain["responses"]},
        "intents": list(registry.intents(root)),
        "entities": list(ENTITIES),
        "slots": {name: _slot() for name in (*SLOTS, *sorted(files.slots()))},
        "actions": sorted(all_actions()),
    }


def answers(root: Path = ROOT, operator: Operator | None = None) -> Answers:
    """What an operator says (by default the demonstration's), with the menu's buttons.

    Raises AnswerError, PolicyError.
    """
    operator = operator or demonstrations()
    source = read(root / "bot" / "domain")
    menu = registry.flows(root).menu
    buttons = [{"title": flow.menu_title, "payload": f"/{flow.intents[0]}"} for flow in menu]
    for name in WITH_MENU:
        for variant in source.responses.get(name, ()):
            variant.setdefault("buttons", buttons)
    said = Answers(_in_its_words(source, operator.phrases), {"brand": operator.brand})
    for name in operator.phrases.answers:
        for channel in CHANNELS:
            try:
                said.compiled(name, channel)
            except TemplateSyntaxError as error:
                raise operator.phrases.wrong(name, f"is no template: {error.message}") from error
    return said


def _in_its_words(source: Source, phrases: Phrases) -> Source:
    """The answers with those that an operator words itself in their place; buttons and cards stay where it has none."""
    for name, variants in phrases.only(source.responses).items():
        kept = {part: one[part] for one in source.responses[name] for part in ("card", "buttons") if one.get(part)}
        source.responses[name] = [kept | dict(one) for one in variants]
    return source


def _slot() -> dict[str, Any]:
    """A dictionary of its own for each slot: Rasa takes them apart."""
    return {"type": "any", "influence_conversation": False, "mappings": [{"type": "custom"}]}


def known(domain: dict[str, Any]) -> flow_file.Known:
    """What flows may name."""
    found = {key: frozenset(domain[key]) for key in ("actions", "responses", "slots", "intents", "entities")}
    return flow_file.Known(**found, topics=frozenset(registry.topics()))


def _written(folder: Path) -> dict[str, Any]:
    domain: dict[str, Any] = {"responses": {}}
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.yml")):
        try:
            document = yaml_file.read(path)
        except YamlError as error:
            problems.append(Problem(error.path, error.line, error.what))
            continue
        for section, content in (document.data or {}).items():
            if section in DERIVED:
                hint = "from data/nlu, the classes, the flows and the extractors"
                problems.append(Problem(path, document.line(section), f"{section} are derived", hint))
            elif section in OF_ANSWERS:
                continue
            elif section != "responses":
                domain[section] = content
            else:
                again = set(content) & set(domain["responses"])
                problems += [Problem(path, document.line(section, n), f"{n} is there twice") for n in sorted(again)]
                domain["responses"] |= content
    if problems:
        raise Mistakes(problems)
    return domain
