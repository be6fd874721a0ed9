"""The tutorials' code runs: its files are laid over the tree in a copy, and their tests pass there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import ROOT

PAGES = sorted((ROOT / "docs" / "tutorials").glob("*.md"))
OVERLAYS = [page for page in PAGES if page.stem != "capability"]  # which test_capability_tutorial.py follows
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
# The overlay's packages are found beside those of the tree.
CONFTEST = """
from importlib import import_module
from pathlib import Path

pytest_plugins = {plugins}
HERE = Path(__file__).parent
for folder in sorted(path for path in HERE.rglob("*") if path.is_dir() and "__pycache__" not in path.parts):
    package = ".".join(folder.relative_to(HERE).parts)
    if not package.startswith("tests"):
        paths = import_module(package).__path__
        if str(folder) not in paths:
            paths.append(str(folder))
"""
PLUGINS = ["tests.channels.conftest"]


def _blocks(page: Path, language: str) -> list[str]:
    return [body for kind, body in BLOCK.findall(page.read_text("utf-8")) if kind == language]


def _files(page: Path) -> dict[str, str]:
    """The files that a page tells to write, by path."""
    found = (re.match(r"# ([\w/]+\.py)\n", block) for block in _blocks(page, "python"))
    return {match[1]: match.string[match.end() :] for match in found if match}


@pytest.mark.parametrize("page", [page for page in OVERLAYS if _files(page)], ids=lambda page: page.stem)
def test_the_files_of_a_tutorial_pass_their_own_tests(page: Path, tmp_path: Path) -> None:
    files = _files(page)
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    plugins = PLUGINS if any(name.startswith("tests/channels/") for name in files) else []
    (tmp_path / "conftest.py").write_text(CONFTEST.format(plugins=plugins), "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "asyncio_mode=auto"]
    tests = [str(tmp_path / name) for name in files if name.startswith("tests/")]
    assert tests
    options = ["--rootdir", str(tmp_path), "-c", str(tmp_path / "none.ini"), "--import-mode=importlib"]
    (tmp_path / "none.ini").write_text("[pytest]\n")
    done = subprocess.run([*command, *options, *tests], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert re.search(r"\d+ passed", done.stdout), done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_lines_that_a_tutorial_changes_stand_in_the_tree(page: Path) -> None:
    missing, text = [], ""
    for line in "\n".join(_blocks(page, "diff")).splitlines():
        if line.startswith("--- "):
            text = (ROOT / line[4:]).read_text("utf-8")
        elif line[:1] in ("-", " ") and f"{line[1:].strip()}\n" not in text:
            missing.append(line)
    assert not missing
