"""A hall always starts: without the part that is wrong, and saying so."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from bot.engine import loading


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """What each way to a model does: a path, or an error; an engine is the name of its model."""
    found: dict[str, Any] = {"reviewed": RuntimeError("training failed"), "plain": Path("plain"), "kept": []}

    def ensure(reviewed: Path | None = None) -> Path:
        what = found["reviewed" if reviewed else "plain"]
        if isinstance(what, Exception):
            raise what
        return Path(what)

    monkeypatch.setattr(loading, "ensure_model_apart", ensure)
    monkeypatch.setattr(loading, "kept_models", lambda: found["kept"])
    monkeypatch.setattr(loading, "Engine", lambda model, operator: model.name)
    return found


@pytest.fixture
def reviewed(tmp_path: Path) -> Path:
    path = tmp_path / "reviewed.yml"
    path.write_text("nlu: []", "utf-8")
    return path


def test_a_training_that_stumbles_over_what_was_reviewed_stops_no_start(
    models: dict[str, Any], reviewed: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert loading.load_engine(reviewed) == "plain"
    assert "without reviewed sentences: what was reviewed since is not in it" in caplog.text


def test_without_any_training_the_model_that_was_used_last_serves(models: dict[str, Any], reviewed: Path) -> None:
    models["plain"] = OSError("read-only")
    models["kept"] = [Path("yingting-1.tar.gz")]
    assert loading.load_engine(reviewed) == "yingting-1.tar.gz"


def test_without_any_model_the_first_fault_is_told(models: dict[str, Any], reviewed: Path) -> None:
    models["plain"] = OSError("read-only")
    with pytest.raises(RuntimeError, match="training failed"):
        loading.load_engine(reviewed)
