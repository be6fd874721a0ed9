"""A linear model over strings of features, trained by scikit-learn, asked without it.

A prediction gathers the weight rows of the features it knows and adds them up: tens of microseconds, where a
vectoriser and a sparse matrix take a millisecond. Kept as one .npz of plain arrays, without pickle.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

Floats = NDArray[np.float32]
STRENGTH = 10.0  # inverse of the regularisation, chosen on the held-out set
FOLDS = 5
RAREST = 2  # a feature must occur in so many different texts
TEMPERATURES = np.geomspace(0.3, 3.0, 24)


@dataclass(frozen=True)
class Linear:
    """Weights by feature and label; `temperature` makes its confidences honest."""

    labels: list[str]
    vocabulary: dict[str, int]
    idf: Floats  # (features,)
    weights: Floats  # (features, labels)
    bias: Floats  # (labels,)
    unknown: float  # the weight of a feature never seen, so that strange texts get little confidence
    temperature: float = 1.0

    def logits(self, features: Iterable[str]) -> Floats:
        """The scores of the labels, before they become confidences."""
        known: list[int] = []
        strange = 0
        for feature in set(features):
            index = self.vocabulary.get(feature)
            if index is not None:
                known.append(index)
            elif len(feature) <= 2:  # rare long n-grams are normal, unknown characters and pairs are not
                strange += 1
        if not known:
            return self.bias
        rows = np.array(known)
        values = self.idf[rows]
        norm = float(np.sqrt(values @ values + strange * self.unknown**2))
        return np.asarray((values / norm) @ self.weights[rows] + self.bias, dtype=np.float32)

    def probabilities(self, features: Iterable[str]) -> Floats:
        """Confidences of the labels, adding up to 1."""
        return softmax(self.logits(features) / self.temperature)

    def save(self, path: Path) -> None:
        """Into one file; the vocabulary is in the order of the rows."""
        words = json.dumps({"labels": self.labels, "features": list(self.vocabulary)}, ensure_ascii=False)
        np.savez(
            path,
            words=np.frombuffer(words.encode(), dtype=np.uint8),
            idf=self.idf,
            weights=self.weights,
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
            arrays = kept["idf"], kept["weights"], kept["bias"]
        return cls(words["labels"], vocabulary, *arrays, unknown, temperature)


def softmax(scores: Floats) -> Floats:
    """Scores to shares of one."""
    shares = np.exp(scores - scores.max())
    return np.asarray(shares / shares.sum(), dtype=np.float32)


def train(samples: Sequence[Sequence[str]], labels: Sequence[str], seeds: Sequence[int]) -> Linear:
    """Learn on four fifths to find the temperature, then on everything; variants of one seed stay together."""
    learned = [i for i, seed in enumerate(seeds) if seed % FOLDS]
    kept = [i for i, seed in enumerate(seeds) if not seed % FOLDS and (i == 0 or seeds[i - 1] != seed)]
    trial = fit([samples[i] for i in learned], [labels[i] for i in learned])
    temperature = _temperature(trial, [samples[i] for i in kept], [labels[i] for i in kept])
    return replace(fit(samples, labels), temperature=temperature)


def fit(samples: Sequence[Sequence[str]], labels: Sequence[str]) -> Linear:
    """A logistic regression for each label on idf-weighted, length-normalised features."""
    names = sorted(set(labels))
    seen = Counter(feature for sample in samples for feature in set(sample))
    vocabulary = {f: i for i, f in enumerate(sorted(f for f, n in seen.items() if n >= RAREST or len(f) == 1))}
    idf = np.array([np.log((1 + len(samples)) / (1 + seen[f])) + 1 for f in vocabulary], dtype=np.float32)
    unknown = float(idf.max())
    model = LogisticRegression(C=STRENGTH, solver="liblinear", tol=0.01)
    model.fit(_matrix(samples, vocabulary, idf, unknown), [names.index(label) for label in labels])
    weights = np.ascontiguousarray(model.coef_.T, dtype=np.float32)
    return Linear(names, vocabulary, idf, weights, model.intercept_.astype(np.float32), unknown)


def _matrix(samples: Sequence[Sequence[str]], vocabulary: dict[str, int], idf: Floats, unknown: float) -> csr_matrix:
    data: list[Floats] = []
    columns: list[int] = []
    starts = [0]
    for sample in samples:
        known = [vocabulary[f] for f in set(sample) if f in vocabulary]
        values = idf[known] if known else np.zeros(0, dtype=np.float32)
        strange = sum(len(f) <= 2 and f not in vocabulary for f in set(sample))
        data.append(values / max(float(np.sqrt(values @ values + strange * unknown**2)), 1e-6))
        columns.extend(known)
        starts.append(len(columns))
    return csr_matrix((np.concatenate(data), columns, starts), shape=(len(samples), len(vocabulary)))


def _temperature(model: Linear, samples: Sequence[Sequence[str]], labels: Sequence[str]) -> float:
    """The one that makes what was held back likeliest."""
    scores = np.stack([model.logits(sample) for sample in samples])
    truth = np.array([model.labels.index(label) for label in labels])

    def surprise(temperature: float) -> float:
        scaled = scores / temperature
        scaled = scaled - scaled.max(axis=1, keepdims=True)
        likely = scaled[np.arange(len(truth)), truth] - np.log(np.exp(scaled).sum(axis=1))
        return -float(likely.mean())

    return float(min(TEMPERATURES, key=surprise))
