"""Two opinions made one: the linear model's and the encoder's.

A weighted mean of the logarithms of their shares, sharpened or dulled by a temperature. Both are fitted on sentences
that neither had learned when it was asked (kinds held back from trials), so that the confidence stays honest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.nlu.encoder import Trial
from bot.nlu.linear import Floats, Linear, Tried, softmax

BELOW, BELOW_OF_SHORT = 0.9, 0.5  # the encoder is asked where the linear model is less sure
SHORT = 10  # characters; a shorter text in a dialogue is a piece of one, which the encoder has never read
WEIGHTS = np.linspace(0.0, 1.0, 11)
TEMPERATURES = np.geomspace(0.4, 2.5, 13)
FEWEST = 200  # sentences to fit on
CONSENT = "affirm"  # a yes is never surer than the linear model takes it for
DOUBT = 0.7  # of the confidence, where the mixture names another intent than the linear model
FAINT = 1e-6  # share of what one of the two does not know


def below(text: str) -> float:
    """The confidence of the linear model below which the encoder is asked about a normalised text."""
    return BELOW if len(text) >= SHORT else BELOW_OF_SHORT


@dataclass(frozen=True)
class Mixture:
    """`weight` of the encoder (0–1), `temperature` of the mixture."""

    weight: float
    temperature: float

    def shares(self, linear: Floats, encoder: Floats) -> Floats:
        """Of shares and logarithms of shares, over the same labels."""
        scores = (1 - self.weight) * np.log(linear + FAINT) + self.weight * encoder
        return softmax(scores / np.float32(self.temperature))

    def together(self, linear: Floats, encoder: Floats) -> Floats:
        """The same, and less sure where it overrules the linear model: then rather ask than act."""
        shares = self.shares(linear, encoder)
        return shares if shares.argmax() == linear.argmax() else shares * np.float32(DOUBT)


def aligned(likely: Floats, labels: Sequence[str], wanted: Sequence[str]) -> Floats:
    """Logarithms of shares in the order of other labels; (…, labels)."""
    places = {label: place for place, label in enumerate(labels)}
    found = np.full((*likely.shape[:-1], len(wanted)), np.log(FAINT), np.float32)
    for place, label in enumerate(wanted):
        if label in places:
            found[..., place] = likely[..., places[label]]
    return found


def fit(tried: Tried, texts: Sequence[str], trial: Trial, model: Linear) -> Mixture | None:
    """The mixture under which the sentences that both trials had left out are likeliest; None: there are too few.

    `texts` are the sentences by the numbers of `tried.kept`.
    """
    places = [place for place, number in enumerate(tried.kept) if texts[number] in trial.likely]
    if len(places) < FEWEST:
        return None
    linear = softmax(tried.scores[places] / model.temperature)
    likely = np.stack([trial.likely[texts[tried.kept[place]]] for place in places])
    encoder = aligned(likely, trial.labels, tried.labels)
    truth = [tried.truth[place] for place in places]

    def surprise(mixture: Mixture) -> float:
        shares = mixture.shares(linear, encoder)
        return -float(np.log(shares[np.arange(len(truth)), truth] + 1e-9).mean())

    return min((Mixture(float(w), float(t)) for w in WEIGHTS for t in TEMPERATURES), key=surprise)
