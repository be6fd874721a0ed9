"""The example sentences of a file of data/nlu, each with its intent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hall import yaml_file
from hall.problems import Mistakes, Problem
from hall.yaml_file import Document, YamlError

KEYS = {"intent", "metadata", "examples"}
_LINE = re.compile(r"\s*-\s*(.*\S)\s*")


def examples(path: Path) -> Iterator[tuple[str, str]]:
    """Sentence and intent, in order. Raises Mistakes naming file and line."""
    try:
        document = yaml_file.read(path)
    except YamlError as error:
        raise Mistakes([Problem(error.path, error.line, error.what)]) from error
    for index, item in enumerate((document.data or {}).get("nlu") or ()):
        yield from _of_intent(document, index, item)


def _of_intent(document: Document, index: int, item: Any) -> Iterator[tuple[str, str]]:
    known = isinstance(item, dict) and {"intent", "examples"} <= set(item) <= KEYS
    if not known or not isinstance(item["examples"], str):
        what = f"only intents with examples are known here, not {item!r:.80}"
        raise Mistakes([Problem(document.path, document.line("nlu", index), what, "examples: | and a sentence a line")])
    first = document.line("nlu", index, "examples") + 1
    for line, text in enumerate(item["examples"].splitlines(), start=first):
        if not text.strip():
            continue
        if (match := _LINE.fullmatch(text)) is None:
            what = f"{item['intent']}: a sentence begins with a dash: {text!r}"
            raise Mistakes([Problem(document.path, line, what)])
        yield match[1], str(item["intent"])
