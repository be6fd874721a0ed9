"""What a question is about where no pattern says it: the topic whose example questions it is most like.

Examples stand in `data/nlu/questions/*.tsv` (topic, tab, questions between commas), for topics of topics.tsv and for
new ones. A linear head is learned on what the encoder (bot/nlu/encoder.py) makes of them, with the model, in seconds;
without the encoder there is none. Only the topics that the flow in focus has facts for are compared: few are told apart
well (docs/understanding.md has the figures).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.nlu import vocabulary
from bot.nlu.encoder import Encoder
from bot.nlu.normalise import normalise

Floats = NDArray[np.float32]

SMOOTH = 0.5  # ridge: how much the head is held back from learning its examples by heart
FOLDS, TRIED, FACTS = 10, 3, 18  # parts that are kept back in turn; topics that are compared, drawn so many times
LIKELY, SURELY = 0.12, 0.02  # of questions about something else, the share that may be taken for one of those topics


@dataclass(frozen=True)
class Head:
    """Scores of topics from a sentence's vector; from `likely` and `surely` on a score counts."""

    topics: list[str]
    middle: Floats
    weights: Floats  # (size of a vector, topics)
    likely: float
    surely: float

    def scores(self, vectors: Floats) -> Floats:
        """One row a vector, one column a topic."""
        found: Floats = _unit(vectors - self.middle) @ self.weights
        return found

    def save(self, path: Path) -> None:
        """As arrays, without pickles."""
        names = np.array("\n".join(self.topics))
        limits = np.array([self.likely, self.surely], np.float32)
        np.savez(path, topics=names, middle=self.middle, weights=self.weights, limits=limits)

    @classmethod
    def load(cls, path: Path) -> Head:
        """The reverse of `save`."""
        with np.load(path, allow_pickle=False) as kept:
            likely, surely = map(float, kept["limits"])
            return cls(str(kept["topics"]).split("\n"), kept["middle"], kept["weights"], likely, surely)


class Alike:
    """Names the topic of a question among those that there are answers for."""

    def __init__(self, head: Head, encoder: Encoder) -> None:
        self._head, self._encoder = head, encoder
        self._places = {topic: place for place, topic in enumerate(head.topics)}

    def topic(self, text: str, among: Collection[str], surely: bool) -> str:
        """The topic of a text as it was written; "" if it is like none of them. `surely`: or not beyond doubt."""
        places = [self._places[topic] for topic in among if topic in self._places]
        if not places or not (plain := normalise(text)):
            return ""
        scores = self._head.scores(self._encoder.vector(plain)[None])[0]
        best = max(places, key=lambda place: scores[place])
        least = self._head.surely if surely else self._head.likely
        return self._head.topics[best] if scores[best] >= least else ""


def examples() -> list[tuple[str, str]]:
    """Topic and question of each example of the house."""
    files = sorted((vocabulary.FOLDER / "questions").glob("*.tsv"))
    rows: list[Any] = [row for file in files for row in vocabulary.rows(f"questions/{file.name}")]
    return [(topic, question) for topic, said in rows for question in said.split(",")]


def learn(said: Sequence[tuple[str, str]], encoder: Encoder) -> Head:
    """A head of these topics and questions; its limits are fitted on questions that it has not learned."""
    topics = sorted({topic for topic, _ in said})
    wanted = np.array([topics.index(topic) for topic, _ in said])
    vectors = np.stack([encoder.vector(normalise(question)) for _, question in said])
    middle = vectors.mean(axis=0).astype(np.float32)
    unit = _unit(vectors - middle)
    strangers = _strangers(_kept_back(unit, wanted, len(topics)), wanted)
    likely, surely = (float(np.quantile(strangers, 1 - share)) for share in (LIKELY, SURELY))
    return Head(topics, middle, _ridge(unit, wanted, len(topics)), likely, surely)


def _ridge(unit: Floats, wanted: NDArray[np.int64], size: int) -> Floats:
    ones = np.eye(size, dtype=np.float32)[wanted]
    found = np.linalg.solve(unit.T @ unit + SMOOTH * np.eye(unit.shape[1], dtype=np.float32), unit.T @ ones)
    weights: Floats = found.astype(np.float32)
    return weights


def _kept_back(unit: Floats, wanted: NDArray[np.int64], size: int) -> Floats:
    """The scores of each question by a head that has not learned it."""
    scores = np.zeros((len(unit), size), np.float32)
    for fold in range(FOLDS):
        kept = np.arange(len(unit)) % FOLDS == fold
        scores[kept] = unit[kept] @ _ridge(unit[~kept], wanted[~kept], size)
    return scores


def _strangers(scores: Floats, wanted: NDArray[np.int64]) -> Floats:
    """The best score of each question among topics of which it is none."""
    chance = np.random.default_rng(0)
    found = []
    for row, own in zip(scores, wanted, strict=True):
        others = np.delete(np.arange(len(row)), own)
        found += [row[chance.choice(others, min(FACTS, len(others)), replace=False)].max() for _ in range(TRIED)]
    return np.array(found, np.float32)


def _unit(vectors: Floats) -> Floats:
    length: Floats = np.linalg.norm(vectors, axis=1, keepdims=True)
    found: Floats = vectors / np.maximum(length, 1e-6)
    return found
