"""Classifies the intent of a message: features of its text and values, in one linear model.

Where it is unsure, the encoder's opinion is mixed in, if there is one (bot/nlu/encoder.py)."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import act_model, alike, augmentation, encoder, entities, linear, mixture, out_of_scope, wordings
from bot.nlu.component import NluComponent
from bot.nlu.features import features
from bot.nlu.linear import Linear
from bot.nlu.mixture import CONSENT, Mixture, aligned, below
from bot.nlu.normalise import normalise
from bot.nlu.values import Found

log = logging.getLogger(__name__)

RANKING = 10
UNKNOWN = "out_of_scope"
FAINT = 0.1  # intents below this confidence leave the ranking
FAMILIAR = 0.6  # trust the model fully from this share of known features on
FILE, MIXTURE, QUESTIONS, ACTS = "intents.npz", "mixture.json", "questions.npz", "acts.npz"
ANY_DAY = date(2026, 1, 15)  # any date will do in training: values become signs, whatever month they mean


Said = tuple[str, str]  # a normalised sentence and its intent


@dataclass(frozen=True)
class Model:
    """The linear model, and how the encoder is mixed in; None: there was no encoder when it was trained.

    `acts` tells what a message does, beside what it is about.
    """

    linear: Linear
    mixture: Mixture | None = None
    acts: Linear | None = None


def learn(said: Sequence[Said]) -> Model:
    """A model of normalised sentences with their intents, and of what is combined and widened from them."""
    hand_written, combined = seeds(said)
    texts = [
        (text, intent, seed)
        for seed, (one, intent) in enumerate(hand_written)
        for text in augmentation.widen(one, intent)
    ]
    texts += [(text, intent, seed) for seed, text, intent in combined]
    samples = [features(text, entities.find(text, ANY_DAY)) for text, _, _ in texts]
    labels = [intent for _, intent, _ in texts]
    tried = linear.attempt(samples, labels, [seed for _, _, seed in texts])
    model = linear.trained(samples, labels, tried)
    trial = _trial()
    return Model(model, mixture.fit(tried, [text for text, _, _ in texts], trial, model) if trial else None)


def _trial() -> encoder.Trial | None:
    """What the encoder's trial said, so that the encoder can be mixed in. Raises EncoderError when it is damaged."""
    if not encoder.there():
        return None
    try:
        return encoder.trial()
    except encoder.EncoderError:
        if encoder.wanted():
            raise
        return None  # switched off, it hinders nothing


def seeds(said: Sequence[Said]) -> tuple[list[Said], list[tuple[int, str, str]]]:
    """What is learned before it is widened: written sentences, and combined ones with a number below zero a kind."""
    hand_written = [*said, *((normalise(text), UNKNOWN) for text in out_of_scope.sentences())]
    return hand_written, [(-1 - kind, normalise(text), intent) for kind, text, intent in wordings.sentences()]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class Classify(NluComponent):
    """Learns intents from examples; ranks them with calibrated confidences."""

    def __init__(
        self, storage: ModelStorage, resource: Resource, model: Model | None = None, head: alike.Head | None = None
    ) -> None:
        self._storage = storage
        self._resource = resource
        self._model = model
        self._second = second() if model else None
        self.likeness = alike.Alike(head, self._second) if head and self._second else None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Classify:
        """An untrained component."""
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Classify:
        """The trained component of this resource."""
        with model_storage.read_from(resource) as folder:
            acts = Linear.load(folder / ACTS)
            model = Model(Linear.load(folder / FILE), _kept(folder / MIXTURE), acts)
            head = alike.Head.load(folder / QUESTIONS) if (folder / QUESTIONS).exists() else None
            return cls(model_storage, resource, model, head)

    def train(self, training_data: TrainingData) -> Resource:
        """Learns from the examples, whose texts are already normalised."""
        said = [(one.get(TEXT), one.get(INTENT)) for one in training_data.intent_examples if one.get(TEXT)]
        self._model = replace(learn(said), acts=(acts := act_model.learn(said)))
        with self._storage.write_to(self._resource) as folder:
            self._model.linear.save(folder / FILE)
            acts.save(folder / ACTS)
            mixed = self._model.mixture
            (folder / MIXTURE).write_text(json.dumps(asdict(mixed) if mixed else None))
            if (opinion := second()) is not None:
                alike.learn(alike.examples(), opinion).save(folder / QUESTIONS)
        log.info("understanding: %d sentences, %d features", len(said), len(self._model.linear.vocabulary))
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets `intent`, `intent_ranking` and `does`; a text without words is out of scope, with low confidence."""
        for message in messages:
            if (text := message.get(TEXT)) is None:
                continue
            found = [Found(v["entity"], v["value"], v["start"], v["end"]) for v in message.get(ENTITIES, [])]
            seen = features(text, found)
            ranking = self._rank(text, seen)
            if does := act_model.does(self._acts, seen):
                message.set(act_model.DOES, does, add_to_output=True)
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    def _rank(self, text: str, seen: linear.Features) -> list[dict[str, Any]]:
        return [{"name": name, "confidence": share} for name, share in ranked(self._trained, text, seen, self._second)]

    @property
    def _trained(self) -> Model:
        if self._model is None:
            raise RuntimeError("the classifier was asked before it was trained")
        return self._model

    @property
    def _acts(self) -> Linear:
        if self._trained.acts is None:
            raise RuntimeError("the model has no acts")
        return self._trained.acts


def rank(
    model: Model, text: str, found: Sequence[Found], second: encoder.Encoder | None = None
) -> list[tuple[str, float]]:
    """The ten likeliest intents of a normalised text with its values, best first; at most 0.1 sure of none.

    `second` is asked where the linear model is unsure.
    """
    return ranked(model, text, features(text, found), second)


def ranked(
    model: Model, text: str, seen: linear.Features, second: encoder.Encoder | None = None
) -> list[tuple[str, float]]:
    """The same of a text whose features are known."""
    labels, familiar = model.linear.labels, _familiar(model.linear, text, seen)
    shares = model.linear.probabilities(seen)
    if second and model.mixture and familiar > 0.0 and (shares * familiar).max() < below(text):
        first = shares
        shares = model.mixture.together(first, aligned(second.likely(text), second.labels, labels))
        if CONSENT in labels:
            yes = labels.index(CONSENT)
            shares[yes] = min(shares[yes], first[yes])
    shares = shares * familiar
    best = (-shares).argsort()[:RANKING]
    if not text or shares[best[0]] < FAINT:
        return [(UNKNOWN, FAINT if text else 0.0)]
    return [(labels[i], float(shares[i])) for i in best]


def second() -> encoder.Encoder | None:
    """The encoder, unless it is switched off or not there. Raises EncoderError when it is damaged."""
    return encoder.installed() if encoder.wanted() else None


def _kept(path: Path) -> Mixture | None:
    kept = json.loads(path.read_text()) if path.exists() else None
    return Mixture(**kept) if kept else None


def _familiar(model: linear.Linear, text: str, seen: linear.Features) -> float:
    """A factor for the confidence: 1, and less the more of the text the model has never seen.

    Pairs of characters tell it; of Latin letters, of which any pair occurs in pinyin, three in a row.
    """
    if not any(map(str.isalnum, text)):
        return 0.0
    size = 3 if text.isascii() else 2
    grams = [feature for feature in seen if len(feature) == size]
    known = sum(feature in model.vocabulary for feature in grams)
    return min(1.0, known / (len(grams) * FAMILIAR)) ** 2 if grams else 0.0
