"""The release before this one: a program of its own, from the repository's history.

It is the commit of YINGTING_PREVIOUS_RELEASE, else that of the newest tag, else the one before the newest migration
was added: the last program that knew only the schema before. Where there is no history (an image, a clone without
depth), there is none, and the proof of the drain alone has to do.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
import urllib.error
import urllib.request
from io import BytesIO
from pathlib import Path

from testing.postgres import free_port

ROOT = Path(__file__).resolve().parents[3]
VERSIONS = "hall/store/migrations/versions"
STARTS_WITHIN = 400.0  # seconds: it may have to train its model first


def commit() -> str:
    """Of the previous release; "" where nobody can know."""
    if named := os.environ.get("YINGTING_PREVIOUS_RELEASE") or _git("describe", "--tags", "--abbrev=0", "HEAD^"):
        return _git("rev-parse", "--verify", f"{named}^{{commit}}")
    newest = max(path.name for path in (ROOT / VERSIONS).glob("[0-9]*.py"))
    added = _git("log", "-1", "--diff-filter=A", "--format=%H", "--", f"{VERSIONS}/{newest}")
    return _git("rev-parse", "--verify", f"{added}^") if added else ""


def schema_of(release: str) -> str:
    """The newest revision that a release knows."""
    names = re.findall(r"(\d{4}_\w+)\.py", _git("ls-tree", "--name-only", release, f"{VERSIONS}/"))
    return max(names)


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


class PreviousRelease:
    """A server of it."""

    def __init__(self, release: str, folder: Path) -> None:
        self._tree = folder / "tree"
        packed = subprocess.run(["git", "archive", release], cwd=ROOT, capture_output=True, check=True).stdout
        with tarfile.open(fileobj=BytesIO(packed)) as archive:
            archive.extractall(self._tree, filter="data")
        shutil.copytree(ROOT / "models", folder / "models", ignore=lambda _at, names: _but_archives(names))
        self._folder, self._process = folder, subprocess.Popen(["true"])

    def start(self, **settings: str) -> str:
        """Start it with these YINGTING_ settings and wait until it is well; its address."""
        port = free_port()
        own = {f"YINGTING_{name}": value for name, value in settings.items()}
        own |= {"YINGTING_MODELS_DIR": str(self._folder / "models"), "PYTHONPATH": str(self._tree)}
        command = [sys.executable, "-m", "yingting", "serve", "--port", str(port), "--data-dir"]
        with (self._folder / "serve.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, str(self._folder / "data")], cwd=self._tree, env=os.environ | own, stdout=log, stderr=log
            )
        until = time.monotonic() + STARTS_WITHIN
        while not _is_well(port):
            assert self._process.poll() is None, self.log()
            assert time.monotonic() < until, self.log()
            time.sleep(0.2)
        return f"http://127.0.0.1:{port}"

    def stop(self) -> int:
        """SIGTERM, as an orchestrator does; its return code."""
        self._process.terminate()
        return self._process.wait(60)

    def log(self) -> str:
        """The end of what it said."""
        return (self._folder / "serve.log").read_text(encoding="utf-8")[-3000:]


def _but_archives(names: list[str]) -> list[str]:
    """A model of ours serves it as well where the training data is the same."""
    return [name for name in names if not name.endswith(".gz")]


def _is_well(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=3) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
