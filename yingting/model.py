"""Prepare a process that only serves: the model, and the import stubs."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

from bot.engine.import_stubs import install
from bot.engine.training import ensure_model_apart
from bot.learning.review_file import reviewed_file
from bot.settings import data_folder


def leave_out_training(data_dir: Path | None = None) -> None:
    """Have a model, trained by a subprocess if need be; then stub what only training imports.

    Call it before Rasa is imported. A training that fails stops nothing here: the engine is loaded with another model.
    """
    with suppress(RuntimeError):
        ensure_model_apart(sys.stderr, reviewed_file(data_folder(data_dir)))
    install(serving=True)
