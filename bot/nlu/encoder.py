"""What a sentence encoder understands of a message: the second opinion where the linear model is unsure.

`data/encoder` holds the network (ONNX, made by `make encoder`), its pieces, what a trial said of sentences it had not
learned, and a card with their checksums. Without the folder, or with YINGTING_NLU_ENCODER=off, there is no encoder.
One thread, one text at a time; texts that were asked lately are remembered.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.nlu.pieces import Pieces
from bot.settings_table import PREFIX, SETTINGS

FOLDER = Path(__file__).resolve().parents[2] / "data" / "encoder"
CARD, NETWORK, PIECES, TRIAL = "card.json", "encoder.onnx", "pieces.json", "trial.npz"
SWITCH, OFF = PREFIX + "NLU_ENCODER", "off"
REMEMBERED = 4096  # texts
Floats = NDArray[np.float32]


class EncoderError(RuntimeError):
    """The files of the encoder are not what their card says; the message names the file and what to do."""


@dataclass(frozen=True)
class Trial:
    """What an encoder that had not learned these sentences said of them: logarithms of shares, by sentence."""

    labels: list[str]
    likely: dict[str, Floats]


class Encoder:
    """The network with its pieces. `labels` are the intents it tells apart."""

    def __init__(self, session: Any, pieces: Pieces, labels: list[str]) -> None:
        self._session = session
        self._pieces = pieces
        self.labels = labels
        self._read = lru_cache(maxsize=REMEMBERED)(self._run)

    def likely(self, text: str) -> Floats:
        """Of a normalised text: the logarithms of the intents' shares."""
        return self._read(text)[0]

    def vector(self, text: str) -> Floats:
        """Of a normalised text: what it means, as numbers (bot/nlu/alike.py)."""
        return self._read(text)[1]

    def _run(self, text: str) -> tuple[Floats, Floats]:
        ids = np.array([self._pieces.ids(text)], np.int32)
        likely, mean = self._session.run(["likely", "mean"], {"ids": ids})
        return likely[0], mean[0]

    @classmethod
    def load(cls, folder: Path = FOLDER) -> Encoder:
        """Raises EncoderError when a file is missing or damaged."""
        card = check(folder)
        import onnxruntime  # a tenth of a second, and only where there is an encoder

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.enable_cpu_mem_arena = False
        path = str(folder / NETWORK)
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        return cls(session, Pieces.load(folder / PIECES), card["labels"])


def there() -> bool:
    """Whether this installation has an encoder."""
    return (FOLDER / CARD).exists()


def wanted() -> bool:
    """Whether there is an encoder and nobody has switched it off."""
    said = os.environ.get(SWITCH, "").strip() or SETTINGS["NLU_ENCODER"].default
    return said != OFF and there()


@lru_cache(maxsize=1)
def installed() -> Encoder:
    """The encoder of this process. Raises EncoderError."""
    return Encoder.load()


def trial(folder: Path = FOLDER) -> Trial:
    """What the trial said. Raises EncoderError."""
    card = check(folder)
    with np.load(folder / TRIAL, allow_pickle=False) as kept:
        texts = kept["texts"].tobytes().decode().split("\n")
        likely = kept["likely"].astype(np.float32)
    return Trial(card["labels"], dict(zip(texts, likely, strict=True)))


def check(folder: Path = FOLDER) -> dict[str, Any]:
    """The card, after its checksums were compared with the files. Raises EncoderError."""
    try:
        card: dict[str, Any] = json.loads((folder / CARD).read_text("utf-8"))
        for name, wanted in card["sha256"].items():
            found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
            if found != wanted:
                raise EncoderError(f"{folder / name} is damaged: {_REMEDY}")
    except (OSError, ValueError, KeyError) as error:
        raise EncoderError(f"the encoder in {folder} cannot be read ({error}): {_REMEDY}") from error
    return card


_REMEDY = f"get the file again, make it anew with `make encoder`, or do without it ({SWITCH}=off)"
