"""Reads the training data in one go, and composes the domain.

Rasa's own importer reads every file with a slow YAML reader and merges them one after the other, copying all examples
each time: with tens of thousands of sentences that took longer than the learning.
"""

from __future__ import annotations

from pathlib import Path

from rasa.shared.core.domain import Domain
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.engine import domain
from bot.nlu.examples import examples


class OneGoImporter(RasaFileImporter):
    """Stories and configuration as Rasa reads them; sentences by intent, in which no entities are marked."""

    def get_domain(self) -> Domain:
        """What the domain's files say, and what is derived. Raises Mistakes."""
        return Domain.from_dict(domain.compose() if self._domain_path else {})

    def get_nlu_data(self, language: str | None = "zh") -> TrainingData:
        """All sentences as one set. Raises Mistakes naming file and line."""
        found = [example for path in sorted(self._nlu_files) for example in examples(Path(path))]
        return TrainingData([Message({TEXT: text, INTENT: intent}) for text, intent in found])
