"""What may be installed is locked by hash, what is installed is what was locked, and what is not used is not there."""

from __future__ import annotations

import http.server
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.engine import import_stubs

ROOT = Path(__file__).resolve().parents[2]
LOCKS = {name: ROOT / name for name in ("requirements.txt", "deploy/run-time.txt", "deploy/build.txt")}
LOCKS["deploy/lint-requirements.txt"] = ROOT / "deploy" / "lint-requirements.txt"
LOCKS["encoder"] = ROOT / "bot" / "learning" / "encoder" / "requirements.txt"
CYCLONEDX = ROOT / ".tools" / "lint" / "bin" / "cyclonedx-py"
DIGEST = "sha256:" + "ab" * 32
OURS = "yingting"
MAKERS = {"pip", "setuptools", "uv", OURS}  # of the environment itself


def _locked(path: Path) -> dict[str, set[str]]:
    """By `name==version` the hashes."""
    found: dict[str, set[str]] = {}
    name = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if match := re.match(r"([a-z0-9.-]+(?:\[[a-z,-]+\])?==[^ ;]+)", line):
            name = re.sub(r"\[.*?\]", "", match[1])
            found[name] = set()
        found.setdefault(name, set()).update(re.findall(r"--hash=(sha256:[0-9a-f]{64})", line))
    return {name: hashes for name, hashes in found.items() if name}


def _spelt(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("lock", LOCKS)
def test_everything_is_locked_with_a_hash(lock: str) -> None:
    found = _locked(LOCKS[lock])
    assert found
    assert not [name for name, hashes in found.items() if not hashes]


def test_the_image_gets_what_was_tested() -> None:
    image, tested = _locked(LOCKS["deploy/run-time.txt"]), _locked(LOCKS["requirements.txt"])
    assert image.items() <= tested.items()
    assert len(image) < len(tested)  # without what only developers need


def test_nothing_is_installed_unchecked() -> None:
    for name in ("Makefile", "deploy/Dockerfile"):
        text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
        installs = re.findall(r"pip (?:sync|install) [^&\n]*", text)
        unchecked = [one for one in installs if "--require-hashes" not in one and "--editable ." not in one]
        assert unchecked == []


def test_what_is_installed_is_what_was_locked() -> None:
    locked = {one.partition("==")[0]: one.partition("==")[2] for one in _locked(LOCKS["requirements.txt"])}
    for each in importlib.metadata.distributions():
        name = _spelt(each.metadata["Name"])
        if name not in MAKERS:
            assert locked.get(name) == each.version, name


def test_what_the_hall_never_enters_is_not_in_the_image() -> None:
    image = {one.partition("==")[0] for one in _locked(LOCKS["deploy/run-time.txt"])}
    assert not image & {_spelt(name) for name in import_stubs.NAMES}


@pytest.mark.process
@pytest.mark.skipif(not CYCLONEDX.exists(), reason="make .tools/lint/.ready")
def test_the_bill_of_materials_names_every_package(tmp_path: Path) -> None:
    out = tmp_path / "sbom.json"
    subprocess.run(["make", "--silent", "sbom", f"SBOM={out}"], cwd=ROOT, check=True, timeout=120, capture_output=True)
    listed = {f"{_spelt(one['name'])}=={one['version']}" for one in json.loads(out.read_text())["components"]}
    assert listed == set(_locked(LOCKS["deploy/run-time.txt"]))


class _Registry(http.server.BaseHTTPRequestHandler):
    """Knows one image, and tells of it only who has a token."""

    def do_HEAD(self) -> None:
        known = self.path == "/v2/library/python/manifests/3.12-slim"
        if known and self.headers.get("Authorization") != "Bearer let-in":
            self.send_response(401)
            realm = f"http://{self.headers['Host']}/token"
            self.send_header("WWW-Authenticate", f'Bearer realm="{realm}",service="hub",scope="pull"')
        else:
            self.send_response(200 if known else 404)
            self.send_header("Docker-Content-Digest", DIGEST)
        self.end_headers()

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"token": "let-in"}' if "scope=pull" in self.path else b"{}")

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def registry() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Registry)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def _pin(file: Path, registry: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "deploy" / "pin"), str(file)]
    environ = os.environ | {"PIN_REGISTRY": registry}
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)


def test_images_are_pinned_by_the_digest_that_their_registry_names(tmp_path: Path, registry: str) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text("FROM python:3.12-slim AS build\nRUN x\nFROM python:3.12-slim@sha256:" + "0" * 64 + "\n")
    assert _pin(file, registry).returncode == 0
    pinned = f"python:3.12-slim@{DIGEST}"
    assert file.read_text() == f"FROM {pinned} AS build\nRUN x\nFROM {pinned}\n"


def test_an_image_that_nobody_knows_changes_no_file(tmp_path: Path, registry: str) -> None:
    file = tmp_path / "compose.yml"
    file.write_text("services:\n  database:\n    image: postgres:99\n")
    ended = _pin(file, registry)
    assert ended.returncode == 1
    assert "not pinned: postgres:99" in ended.stderr
    assert "sha256" not in file.read_text()
