"""What is wrong with the answers: each is rendered for every channel with samples of the facts that it declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import TemplateError, TemplateSyntaxError, UndefinedError, meta

from bot.answers import cards, samples
from bot.answers.renderer import Answers
from bot.answers.source import variant
from hall import yaml_file
from hall.problems import Problem
from hall.yaml_file import Document

CHANNELS = ("web", "sms")
MOST = 70  # characters of one SMS
TELLS = "an answer says only the facts that `facts:` declares for it"


@dataclass(frozen=True, slots=True)
class _Place:
    """An answer in its file."""

    name: str
    channel: str
    document: Document

    def problem(self, what: str, line: int = 0, hint: str = "") -> Problem:
        variants = self.document.data["responses"][self.name]
        index = variants.index(variant(variants, self.channel))
        start = self.document.line("responses", self.name, index, "text")
        return Problem(self.document.path, start + line, f"{self.name}: {what}", hint)


def problems(answers: Answers) -> list[Problem]:
    """Templates that are none, facts and words that are missing, and long answers without a form for SMS."""
    source, found = answers.source, list[Problem]()
    documents = {path: yaml_file.read(path) for path in set(source.file_of.values())}
    for name, path in source.file_of.items():
        for channel in CHANNELS:
            found += _of_one(answers, _Place(name, channel, documents[path]))
    for document in documents.values():
        for name in document.data.get("facts") or ():
            if name not in source.responses:
                found.append(Problem(document.path, document.line("facts", name), f"no answer {name} takes facts"))
    return sorted(set(found))


def _of_one(answers: Answers, place: _Place) -> Iterator[Problem]:
    declared = answers.source.facts.get(place.name, {})
    said = variant(answers.source.responses[place.name], place.channel)
    try:
        unknown = _undeclared(answers, said, place.channel) - set(declared)
        answers.compiled(place.name, place.channel)
    except TemplateSyntaxError as error:
        yield place.problem(str(error.message), error.lineno if "\n" in said["text"] else 0)
        return
    for fact in sorted(unknown):
        yield place.problem(f"{fact} is no fact of it", _line_of(fact, said["text"]), TELLS)
    if not unknown:
        yield from _rendered(answers, place, declared)


def _undeclared(answers: Answers, said: Mapping[str, Any], channel: str) -> set[str]:
    env = answers.environment(channel)
    texts = [said["text"], *(text for b in said.get("buttons") or () for text in (b["title"], b["payload"]))]
    card = said.get("card") or {}
    texts += ["{{ " + value + " }}" for name, value in card.items() if name not in cards.NO_EXPRESSION]
    texts.append(card.get("note", ""))
    named = set[str]().union(*(meta.find_undeclared_variables(env.parse(text)) for text in texts))
    return named - set(env.globals)


def _rendered(answers: Answers, place: _Place, declared: Mapping[str, str]) -> Iterator[Problem]:
    try:
        texts = [
            answers.render(place.name, place.channel, facts)["text"]
            for facts in samples.facts(declared, answers.source.words)
        ]
    except (LookupError, UndefinedError, TemplateError, TypeError, ValueError, AttributeError) as error:
        yield place.problem(f"with a sample of its facts: {type(error).__name__}: {error}")
        return
    variants = answers.source.responses[place.name]
    has_own = any(one.get("channel") == "sms" for one in variants)
    if place.channel == "sms" and not has_own:
        longest = max(texts, key=len)
        if len(longest) > MOST or "\n" in longest:
            yield place.problem(f"is {len(longest)} characters", hint="add a form with channel: sms")


def _line_of(fact: str, text: str) -> int:
    lines = text.splitlines()
    found = next((index for index, line in enumerate(lines) if fact in line), 0)
    return found + 1 if len(lines) > 1 else 0
