"""Sets stock Rasa up under `.bench/`: its own virtual environment, a project of our data, a trained model.

`python -m benchmarks.stock.environment` does it alone; it is done once and again when one of its sources changes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from bot.engine.domain import compose

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
BENCH = ROOT / ".bench"
VENV = BENCH / "stock"
PROJECT = BENCH / "stock-project"
PYTHON = "3.10"

ENDPOINTS = """\
action_endpoint:
  url: http://127.0.0.1:${BENCH_ACTIONS_PORT}/webhook
tracker_store:
  type: SQL
  dialect: sqlite
  db: ${BENCH_TRACKERS}
"""
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONWARNINGS": "ignore",
}  # fmt: skip


def ensure() -> Path:
    """Install and train what is missing; the project's folder, with one model in `models/`."""
    _install()
    _write_project()
    _train()
    return PROJECT


def program(*arguments: str) -> list[str]:
    """The command line of stock `rasa`."""
    return [str(VENV / "bin" / "python"), "-m", "rasa", *arguments]


def environment(**more: str) -> dict[str, str]:
    """The process environment in which stock Rasa runs."""
    return os.environ | QUIET | more


def _install() -> None:
    wanted = HERE / "requirements.txt"
    if _is_current(BENCH / "stock.installed", [wanted]):
        return
    uv = shutil.which("uv") or str(ROOT / ".tools" / "bin" / "uv")
    print(f"stock Rasa: installing into {VENV.relative_to(ROOT)} (2.5 GB, once)", flush=True)
    BENCH.mkdir(exist_ok=True)
    if not VENV.exists():
        own = os.environ | {"PYENV_VERSION": PYTHON}  # pyenv hides every Python but the project's
        subprocess.run([uv, "venv", "--quiet", "--no-config", "--python", PYTHON, VENV], check=True, env=own)
    sync = [uv, "pip", "sync", "--quiet", "--no-config", str(wanted)]
    subprocess.run(sync, check=True, env=os.environ | {"VIRTUAL_ENV": str(VENV)})
    _note(BENCH / "stock.installed", [wanted])


def _write_project() -> None:
    for folder in ("data", "actions"):
        shutil.rmtree(PROJECT / folder, ignore_errors=True)
    (PROJECT / "data").mkdir(parents=True)
    shutil.copytree(HERE / "actions", PROJECT / "actions", ignore=shutil.ignore_patterns("__pycache__"))
    for source in (ROOT / "data" / "nlu").glob("*.yml"):
        shutil.copy(source, PROJECT / "data" / f"nlu-{source.name}")
    shutil.copy(HERE / "rules.yml", PROJECT / "data")
    shutil.copy(HERE / "config.yml", PROJECT)
    (PROJECT / "endpoints.yml").write_text(ENDPOINTS, encoding="utf-8")
    (PROJECT / "credentials.yml").write_text("rest:\n", encoding="utf-8")
    domain = _domain()
    (PROJECT / "domain.yml").write_text(yaml.safe_dump(domain, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _domain() -> dict[str, Any]:
    domain = _yaml(HERE / "domain.yml")
    ours = compose()
    domain |= {"intents": ours["intents"], "entities": ours["entities"]}
    domain["responses"] = _yaml(HERE / "answers.yml")["responses"]
    return domain


def _yaml(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def _train() -> None:
    sources = [PROJECT / "config.yml", PROJECT / "domain.yml", *sorted((PROJECT / "data").iterdir())]
    if _is_current(PROJECT / "trained", sources):
        return
    print("stock Rasa: training", flush=True)
    shutil.rmtree(PROJECT / "models", ignore_errors=True)
    with (BENCH / "stock-train.log").open("wb") as log:
        command = program("train", "--quiet", "--fixed-model-name", "stock")
        done = subprocess.run(command, cwd=PROJECT, env=environment(), stdout=log, stderr=log, check=False)
    if done.returncode != 0:
        raise SystemExit(f"stock Rasa did not train: see {BENCH / 'stock-train.log'}")
    _note(PROJECT / "trained", sources)


def _digest(sources: Iterable[Path]) -> str:
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()


def _is_current(mark: Path, sources: Iterable[Path]) -> bool:
    return mark.exists() and mark.read_text(encoding="ascii") == _digest(sources)


def _note(mark: Path, sources: Iterable[Path]) -> None:
    mark.write_text(_digest(sources), encoding="ascii")


if __name__ == "__main__":
    print(f"stock Rasa is ready in {ensure()}")
