"""Training: one model file per state of the training data, named after it."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import io
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from actions import all_actions
from bot import checks
from bot.answers.source import read
from bot.engine.import_stubs import install
from bot.settings import PREFIX, ROOT

SOURCES = (
    "config.yml",
    "bot/nlu",
    "bot/dialogue",
    "data/nlu",
    "data/encoder/card.json",
    "data/flows",
    "data/stories",
    "data/operator/catalogue/plans.tsv",
    "data/operator/catalogue/services.tsv",
)
MODELS = Path(os.environ.get(PREFIX + "MODELS_DIR", "").strip() or ROOT / "models").resolve()
KEPT = 4


def fingerprint(reviewed: Path | None = None) -> str:
    """Changes whenever anything changes that a model is made of. `reviewed`: the operator's own sentences."""
    digest = hashlib.sha256()
    for source in SOURCES:
        path = ROOT / source
        files = [path] if path.is_file() else sorted(f for f in path.rglob("*") if f.is_file())
        for file in files:
            if "__pycache__" not in file.parts:
                digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    for names in (all_actions(), read().responses):  # of answers a model has the names, not the words
        digest.update(",".join(sorted(names)).encode() + b"\0")
    if reviewed is not None and reviewed.exists():
        digest.update(b"reviewed\0" + reviewed.read_bytes())
    return digest.hexdigest()[:16]


def model_path(reviewed: Path | None = None) -> Path:
    """Where the model for the present training data is, or would be."""
    return MODELS / f"yingting-{fingerprint(reviewed)}.tar.gz"


def ensure_model(say: Callable[[str], None] = print, reviewed: Path | None = None) -> Path:
    """The model for the present training data; trains it when there is none."""
    path = model_path(reviewed)
    if path.exists():
        return _used(path)
    with _alone():  # who waited for another process finds its model
        return path if path.exists() else _train(say, reviewed)


def ensure_model_apart(output: IO[str] | None = None, reviewed: Path | None = None) -> Path:
    """The model for the present training data; another process trains it when there is none. Raises Mistakes.

    For a process that serves: it has left out what training needs. Raises RuntimeError when training fails.
    """
    path = model_path(reviewed)
    if not path.exists():
        checks.refuse()
        command = [sys.executable, "-m", "bot.engine.training", *([str(reviewed.resolve())] if reviewed else [])]
        done = subprocess.run(command, cwd=ROOT, stdout=output, check=False)
        if done.returncode or not path.exists():
            raise RuntimeError("training failed")
    return _used(path)


def kept_models() -> list[Path]:
    """The models that are there, the one that was used last first."""
    return sorted(MODELS.glob("yingting-*.tar.gz"), key=lambda model: model.stat().st_mtime, reverse=True)


def _used(path: Path) -> Path:
    """A model's time is that of its last use: what is served or compared is not the one that is pruned."""
    with contextlib.suppress(OSError):  # a folder that is only read keeps its models anyway
        os.utime(path)
    return path


def train(say: Callable[[str], None] = print, reviewed: Path | None = None) -> Path:
    """Train a model. Rasa's own many progress lines are shown only when training fails."""
    with _alone():
        return _train(say, reviewed)


def _train(say: Callable[[str], None], reviewed: Path | None) -> Path:
    from rasa.model_training import train as rasa_train

    checks.refuse()
    path, began, lines = model_path(reviewed), time.perf_counter(), io.StringIO()
    unfinished = MODELS / f"unfinished-{path.name}"  # whatever has the model's own name is whole
    say("training the model …")
    with _in_root(), contextlib.redirect_stdout(lines), contextlib.redirect_stderr(lines):
        result = rasa_train(
            domain="bot/domain",
            config="config.yml",
            training_files=["data/nlu", "data/stories", *([str(reviewed)] if reviewed and reviewed.exists() else [])],
            output=str(MODELS),
            fixed_model_name=unfinished.name,
        )
    if result.model is None or not unfinished.exists():
        raise RuntimeError(f"training failed:\n{lines.getvalue()}")
    unfinished.replace(path)
    _prune()
    say(f"trained {path.name} in {time.perf_counter() - began:.1f} s")
    return path


def _prune() -> None:
    """Keep the few models that were used last: a change that is taken back finds its model again."""
    for old in kept_models()[KEPT:]:
        old.unlink(missing_ok=True)


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One training at a time in a folder of models, and in Rasa's cache; the lock ends with its holder."""
    MODELS.mkdir(parents=True, exist_ok=True)
    with (MODELS / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _in_root() -> Iterator[None]:
    """Rasa takes paths relative to the working directory."""
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        yield
    finally:
        os.chdir(before)


if __name__ == "__main__":  # in a process of its own: `python -m bot.engine.training [REVIEWED]`
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    warnings.filterwarnings("ignore")
    install()
    ensure_model(reviewed=Path(sys.argv[1]) if len(sys.argv) > 1 else None)
