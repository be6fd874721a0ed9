"""Reads bot/domain: answers with their variants by channel, tables of words, and the facts that answers take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from hall.errors import OfTheHouse

DOMAIN = Path(__file__).resolve().parents[1] / "domain"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class AnswerError(OfTheHouse, ValueError):
    """An answer is wrong; the message names file and reason."""


class NoAnswer(OfTheHouse, LookupError):
    """There is no answer of that name, or not the fact that it names."""


@dataclass(frozen=True, slots=True)
class Source:
    """The answers of a folder of domain files.

    `responses`: the variants of each answer as Rasa's domain has them, at most one a channel, and `card`.
    `words`: by table and key a text, or {"text": …, "sms": …} where a channel has its own.
    `facts`: by answer the name of each fact and its type, see samples.py.
    """

    responses: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    words: dict[str, dict[str, Any]] = field(default_factory=dict)
    facts: dict[str, dict[str, str]] = field(default_factory=dict)
    file_of: dict[str, Path] = field(default_factory=dict)  # of each answer


def read(folder: Path = DOMAIN) -> Source:
    """All files of a folder. Raises AnswerError for an answer, a word or facts that are there twice."""
    source = Source()
    for path in sorted(folder.glob("*.yml")):
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER) or {}
        _add(source.responses, content.get("responses"), path)
        _add(source.facts, content.get("facts"), path)
        source.file_of.update(dict.fromkeys(content.get("responses") or (), path))
        for table, words in (content.get("words") or {}).items():
            _add(source.words.setdefault(table, {}), words, path)
    return source


def _add(known: dict[str, Any], more: Mapping[str, Any] | None, path: Path) -> None:
    for name, value in (more or {}).items():
        if name in known:
            raise AnswerError(f"{path.name}: {name} is there twice")
        known[name] = value


def variant(variants: list[dict[str, Any]], channel: str) -> dict[str, Any]:
    """The variant that is said on a channel: its own, else the one for every channel."""
    own = next((v for v in variants if v.get("channel") == channel), None)
    return own or next((v for v in variants if not v.get("channel")), variants[0])
