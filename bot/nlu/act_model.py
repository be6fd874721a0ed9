"""What a message does, learned: the second output beside the intent, a margin for each act over the same features.

Acts are as tests/bot/nlu/acts.tsv rules on them. The rules of bot/nlu/acts.py know the closed words of questions and
conditions; people ask, agree, put off and refuse in open ones, which the sentences of data/nlu/acts stand for. Beside
them it learns a part of the sentences of the intents, as far as rules and intents tell what these do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.nlu import acts, entities, linear, wordings
from bot.nlu.acts import DOES
from bot.nlu.features import features
from bot.nlu.linear import Features, Floats, Linear
from bot.nlu.normalise import normalise

__all__ = ["DOES", "does", "learn"]
NONE = "-"  # the label of sentences that do nothing (谢谢)
ACTS = ("ask", "if", "want", "not", "change", "yes", "no", "wait", "doubt", "complain", "story")
QUESTIONS = frozenset((acts.ASK, acts.CONDITION))
SURER = 0.15  # of a margin: what is taken for a question by mistake chooses nothing, and is asked again
EVERY = 5  # one in so many sentences of the intents is learned; one in so many kinds is held back for the thresholds
THRESHOLDS = np.linspace(-1.0, 0.4, 57)
Truth = NDArray[np.bool_]
ANY_DAY = date(2026, 1, 15)
SMALL_TALK = frozenset(("affirm", "greet", "goodbye", "thank"))  # what they do is known
_TOLD = {
    "deny": frozenset(("ask", "if", "yes", "no")),
    "cancel": frozenset(("ask", "if", "yes", "no")),
    "out_of_scope": frozenset(("ask", "if", "yes")),
}
_OTHERS = frozenset(("ask", "if", "yes", "no", "wait"))


@dataclass(frozen=True)
class Sentence:
    """A normalised sentence, its acts, the acts of which it is known whether it does them, its kind."""

    text: str
    does: frozenset[str]
    known: frozenset[str]
    kind: int


def does(model: Linear, seen: Features) -> list[str]:
    """The acts of a message by its features, in the order of the model."""
    return [act for act, margin in zip(model.labels, model.logits(seen).tolist(), strict=True) if margin > 0]


def learn(said: Sequence[tuple[str, str]]) -> Linear:
    """A model of data/nlu/acts and of normalised sentences with their intents; its thresholds are in its bias."""
    sentences = [*_combined(), *_of_intents(said)]
    samples = [features(one.text, entities.find(one.text, ANY_DAY)) for one in sentences]
    vocabulary, idf = linear.words(samples)
    unknown = float(idf.max())
    matrix = linear.matrix(samples, vocabulary, idf, unknown)
    weights, bias = [], []
    for act in ACTS:
        rows = np.array([row for row, one in enumerate(sentences) if act in one.known])
        truth = np.array([act in sentences[row].does for row in rows])
        machine = linear.margins().fit(matrix[rows], truth)
        threshold = _threshold(matrix[rows], truth, [sentences[row].kind for row in rows])
        threshold += SURER if act in QUESTIONS else 0.0
        weights.append(machine.coef_[0])
        bias.append(float(machine.intercept_[0]) - threshold)
    columns: Floats = np.ascontiguousarray(np.stack(weights, axis=1), dtype=np.float32)
    return Linear(list(ACTS), vocabulary, idf, columns, np.array(bias, dtype=np.float32), unknown)


def _threshold(matrix: Any, truth: Truth, kinds: Sequence[int]) -> float:
    """The margin that tells an act best in kinds of sentences that a trial has not learned.

    Being right counts twice as much as finding all.
    """
    kept = np.array([kind >= 0 and not kind % EVERY for kind in kinds])
    machine = linear.margins().fit(matrix[~kept], truth[~kept])
    margins, told = machine.decision_function(matrix[kept]), truth[kept]

    def worth(threshold: float) -> float:
        found = margins > threshold
        right = int((found & told).sum())
        return 1.25 * right / max(int(found.sum()) + 0.25 * int(told.sum()), 1)

    return float(max(THRESHOLDS, key=worth))


def _combined() -> Iterator[Sentence]:
    every = frozenset(ACTS)
    for kind, text, label in wordings.sentences("acts"):
        yield Sentence(normalise(text), frozenset(label.split()) - {NONE}, every, kind)


def _of_intents(said: Sequence[tuple[str, str]]) -> Iterator[Sentence]:
    for text, intent in said[::EVERY]:
        kind = acts.read(text).kind
        told = {"affirm": "yes", "deny": "no", "cancel": "no"}.get(intent)
        found = {kind} if kind else {told} if told else set()
        known = frozenset(ACTS) if intent in SMALL_TALK else _TOLD.get(intent, _OTHERS)
        yield Sentence(text, frozenset(found), known, -1)
