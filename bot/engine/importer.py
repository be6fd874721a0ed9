"""Reads the training data in one go.

Rasa's own importer reads every file with a slow YAML reader and merges them one after the other, copying all examples
each time: with tens of thousands of sentences that took longer than the learning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

_LINE = re.compile(r"\s*-\s*(.*\S)\s*")


class OneGoImporter(RasaFileImporter):
    """Stories, domain and configuration as Rasa reads them; sentences by intent, in which no entities are marked."""

    def get_nlu_data(self, language: str | None = "zh") -> TrainingData:
        """All sentences as one set. Raises ValueError for what the format does not know, naming the file."""
        examples = [example for path in sorted(self._nlu_files) for example in sentences(Path(path))]
        return TrainingData([Message({TEXT: text, INTENT: intent}) for text, intent in examples])


def sentences(path: Path) -> Iterator[tuple[str, str]]:
    """The sentences of one file with their intents, in order."""
    content = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or {}
    for item in content.get("nlu") or ():
        intent, examples = _fields(path, item)
        for line in examples.splitlines():
            if not line.strip():
                continue
            if (match := _LINE.fullmatch(line)) is None:
                raise ValueError(f"{path}: {intent}: a sentence begins with a dash: {line!r}")
            yield match[1], intent


def _fields(path: Path, item: Any) -> tuple[str, str]:
    if not isinstance(item, dict) or set(item) != {"intent", "examples"} or not isinstance(item["examples"], str):
        raise ValueError(f"{path}: only intents with examples are known here, not {item!r:.80}")
    return str(item["intent"]), item["examples"]
