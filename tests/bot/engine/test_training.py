"""A model is trained once, whoever else wants it at the same time, and is there whole or not at all."""

from __future__ import annotations

import fcntl
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bot.engine import training


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(training, "MODELS", tmp_path)
    return tmp_path


def test_who_waited_for_another_training_takes_its_model(monkeypatch: pytest.MonkeyPatch) -> None:
    waits, flock = threading.Event(), fcntl.flock

    def note(file: Any, operation: int) -> None:
        waits.set()
        flock(file, operation)

    with ThreadPoolExecutor(1) as other, training._alone():
        monkeypatch.setattr(training.fcntl, "flock", note)
        monkeypatch.setattr(training, "_train", lambda *_: pytest.fail("it was trained twice"))
        second = other.submit(training.ensure_model)
        assert waits.wait(30)
        training.model_path().write_bytes(b"trained by the first")
    assert second.result(30).read_bytes() == b"trained by the first"


def test_a_training_that_breaks_off_leaves_no_model(monkeypatch: pytest.MonkeyPatch, models: Path) -> None:
    def breaks_off(*_: Any, output: str, fixed_model_name: str, **__: Any) -> None:
        (Path(output) / fixed_model_name).write_bytes(b"half a mod")
        raise KeyboardInterrupt

    monkeypatch.setattr("rasa.model_training.train", breaks_off)
    with pytest.raises(KeyboardInterrupt):
        training.ensure_model()
    assert not training.model_path().exists()
