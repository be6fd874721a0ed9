"""A linear model over sets of features. scikit-learn trains it; prediction needs only numpy.

A prediction gathers the weight rows of the features it knows and adds them up: tens of microseconds, where a
vectoriser and a sparse matrix take a millisecond. Stored as one .npz of plain arrays, without pickle.

Large margins (a linear support vector machine for each label) generalise better than a
logistic regression did; docs/understanding.md has the figures. Margins are not probabilities: a temperature, fitted on
examples held back from trial models, calibrates them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Features = AbstractSet[str]
Learner = Callable[[Sequence[int]], Any]  # of the numbers of the labels
STRENGTH = 1.0  # inverse of the regularisation
TOLERANCE = 0.05
HELD_BACK = 5  # one in so many seeds is held back to fit the temperature
RAREST = 4  # different texts in which a feature must occur
TEMPERATURES = np.geomspace(0.05, 3.0, 48)


@dataclass(frozen=True)
class Linear:
    """Weights by feature and label; `temperature` calibrates the confidences."""

    labels: list[str]
    vocabulary: dict[str, int]
    idf: Floats  # (features,)
    weights: Floats  # (features, labels)
    bias: Floats  # (labels,)
    unknown: float  # weight of an unknown feature: strange texts get a low confidence
    temperature: float = 1.0

    def logits(self, features: Features) -> Floats:
        """The scores of the labels, before they become confidences."""
        known, strange = _split(features, self.vocabulary)
        if not known:
            return self.bias
        rows = np.array(known)
        values = self.idf.take(rows)
        norm = sqrt(values.dot(values) + strange * self.unknown**2)
        scores: Floats = (values / np.float32(norm)).dot(self.weights.take(rows, axis=0)) + self.bias
        return scores

    def probabilities(self, features: Features) -> Floats:
        """Confidences of the labels, adding up to 1."""
        return softmax(self.logits(features) / self.temperature)

    def save(self, path: Path) -> None:
        """Write one file; the vocabulary is in the order of the rows."""
        words = json.dumps({"labels": self.labels, "features": list(self.vocabulary)}, ensure_ascii=False)
        np.savez(
            path,
            words=np.frombuffer(words.encode(), dtype=np.uint8),
            idf=self.idf,
            weights=self.weights.astype(np.float16),  # half the size, the same answers
            bias=self.bias,
            scalars=np.array([self.unknown, self.temperature]),
        )

    @classmethod
    def load(cls, path: Path) -> Linear:
        """The reverse of `save`."""
        with np.load(path, allow_pickle=False) as kept:
            words = json.loads(kept["words"].tobytes().decode())
            unknown, temperature = map(float, kept["scalars"])
            vocabulary = {feature: index for index, feature in enumerate(words["features"])}
            arrays = kept["idf"], kept["weights"].astype(np.float32), kept["bias"]
        return cls(words["labels"], vocabulary, *arrays, unknown, temperature)


def softmax(scores: Floats) -> Floats:
    """Softmax along the last axis."""
    shares: Floats = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares /= shares.sum(axis=-1, keepdims=True)
    return shares


@dataclass(frozen=True)
class Tried:
    """What a trial said of the texts that it had not learned."""

    labels: list[str]
    kept: list[int]  # numbers of the texts
    truth: list[int]  # numbers of their labels
    scores: Floats  # (texts, labels)


def train(samples: Sequence[Features], labels: Sequence[str], seeds: Sequence[int]) -> Linear:
    """Learn from all texts; fit the temperature on a trial."""
    return trained(samples, labels, attempt(samples, labels, seeds))


def trained(samples: Sequence[Features], labels: Sequence[str], tried: Tried) -> Linear:
    """Learn from all texts; the temperature is the one that makes the held-back ones likeliest."""
    return replace(fit(samples, labels), temperature=_temperature(tried.scores, tried.truth))


def attempt(samples: Sequence[Features], labels: Sequence[str], seeds: Sequence[int]) -> Tried:
    """A trial that learns some texts and is asked the others.

    Variants of a seed share its number and stay together; a number below zero is a kind of sentences, which are all
    held back or all learned: the confidences are to be honest for kinds that nobody thought of. The trial learns no
    variants, for the sake of time.
    """
    first = [seed < 0 or i == 0 or seeds[i - 1] != seed for i, seed in enumerate(seeds)]
    learned = [i for i, seed in enumerate(seeds) if first[i] and seed % HELD_BACK]
    kept = [i for i, seed in enumerate(seeds) if first[i] and not seed % HELD_BACK]
    trial = fit([samples[i] for i in learned], [labels[i] for i in learned])
    kept = [i for i in kept if labels[i] in trial.labels]
    scores = np.stack([trial.logits(samples[i]) for i in kept])
    return Tried(trial.labels, kept, [trial.labels.index(labels[i]) for i in kept], scores)


def margins(labels: Sequence[int] = ()) -> Any:
    """A support vector machine for each label.

    Rare labels are weighted up by the root of how rare they are: entirely, what is not ours, the largest label, would
    be pushed down; not at all, greetings drown in it.
    """
    from sklearn.svm import LinearSVC  # takes a second to import, and serving does not need it

    seen = Counter(labels)
    weights = {label: sqrt(len(labels) / len(seen) / count) for label, count in seen.items()}
    return LinearSVC(C=STRENGTH, tol=TOLERANCE, class_weight=weights or None, random_state=0)


def fit(
    samples: Sequence[Features], labels: Sequence[str], learner: Callable[[Sequence[int]], Any] = margins
) -> Linear:
    """Weights on idf-weighted, length-normalised features; the rare ones of these are left out.

    `learner` makes, for the labels' numbers, what of scikit-learn has `fit`, `coef_` and `intercept_`.
    """
    names = sorted(set(labels))
    vocabulary, idf = words(samples)
    unknown = float(idf.max())
    truth = [names.index(label) for label in labels]
    model = learner(truth).fit(matrix(samples, vocabulary, idf, unknown), truth)
    weights = np.ascontiguousarray(model.coef_.T, dtype=np.float32)
    return Linear(names, vocabulary, idf, weights, model.intercept_.astype(np.float32), unknown)


def words(samples: Sequence[Features]) -> tuple[dict[str, int], Floats]:
    """The features that are not too rare, each with its row, and what each weighs."""
    seen = Counter(feature for sample in samples for feature in sample)
    vocabulary = {f: i for i, f in enumerate(sorted(f for f, n in seen.items() if n >= RAREST or len(f) == 1))}
    return vocabulary, np.array([np.log((1 + len(samples)) / (1 + seen[f])) + 1 for f in vocabulary], dtype=np.float32)


def _split(features: Features, vocabulary: dict[str, int]) -> tuple[list[int], int]:
    """The rows of the known features, and the number of unknown ones that make a text strange."""
    known: list[int] = []
    strange = 0
    for feature in features:
        index = vocabulary.get(feature)
        if index is not None:
            known.append(index)
        elif len(feature) <= 2:  # unknown long n-grams are normal; unknown characters and pairs are not
            strange += 1
    return known, strange


def matrix(samples: Sequence[Features], vocabulary: dict[str, int], idf: Floats, unknown: float) -> Any:
    """The samples as a sparse matrix of scikit-learn; (samples, features)."""
    from scipy.sparse import csr_matrix

    data: list[Floats] = []
    columns: list[int] = []
    starts = [0]
    for sample in samples:
        known, strange = _split(sample, vocabulary)
        values = idf[known] if known else np.zeros(0, dtype=np.float32)
        data.append(values / max(float(np.sqrt(values @ values + strange * unknown**2)), 1e-6))
        columns.extend(known)
        starts.append(len(columns))
    return csr_matrix((np.concatenate(data), columns, starts), shape=(len(samples), len(vocabulary)))


def _temperature(scores: Floats, truth: Sequence[int]) -> float:
    """The temperature that makes the held-back examples likeliest."""

    def surprise(temperature: float) -> float:
        scaled = scores / temperature
        scaled = scaled - scaled.max(axis=1, keepdims=True)
        likely = scaled[np.arange(len(truth)), truth] - np.log(np.exp(scaled).sum(axis=1))
        return -float(likely.mean())

    return float(min(TEMPERATURES, key=surprise))
