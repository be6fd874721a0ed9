"""The tutorials' code runs: their files and changes are made in a copy of the tree, and their tests pass there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import ROOT

# test_capability_tutorial.py follows that of a capability, whose files a command writes
PAGES = [page for page in sorted((ROOT / "docs" / "tutorials").glob("*.md")) if page.stem != "capability"]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "models", "var", "build", "node_modules", "*.egg-info", "images")


def _blocks(page: Path, language: str) -> list[str]:
    return [body for kind, body in BLOCK.findall(page.read_text("utf-8")) if kind == language]


def _files(page: Path) -> dict[str, str]:
    """The files that a page tells to write, by path."""
    found = (re.match(r"# ([\w/]+\.py)\n", block) for block in _blocks(page, "python"))
    return {match[1]: match.string[match.end() :] for match in found if match}


def _change(root: Path, diff: str) -> None:
    """Make the changes of a diff whose hunks have no line numbers. Raises ValueError where a line is not found."""
    path, lines, at = root, [""], 0
    for line in diff.splitlines():
        mark, text = line[:1], line[1:]
        if line.startswith("--- "):
            path = root / line[4:]
            lines, at = path.read_text("utf-8").splitlines(), 0
        elif mark == "+":
            lines.insert(at, text)
            at += 1
        else:
            at = lines.index(text, at) + (mark == " ")
            if mark == "-":
                del lines[at]
        path.write_text("\n".join(lines) + "\n", "utf-8")


@pytest.mark.process
def test_the_files_of_every_tutorial_pass_their_own_tests(tmp_path: Path) -> None:
    root, tests = tmp_path / "copy", []
    shutil.copytree(ROOT, root, ignore=LEFT_OUT)
    for page in PAGES:
        for diff in _blocks(page, "diff"):
            _change(root, diff)
        for name, text in _files(page).items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, "utf-8")
            tests += [name] if name.startswith("tests/") else []
    assert len(tests) == len(PAGES)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "100%" in done.stdout, done.stdout
