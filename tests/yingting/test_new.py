"""`yingting new` writes a capability that is well-formed and whose tests pass, in a copy of the repository."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import ROOT
from yingting.commands import new
from yingting.commands.new import Taken

NAME, TITLE = "voucher", "代金券"
WRITTEN = {place.format(name=NAME) for place in new.FILES.values()}


def copy_of_the_repository(folder: Path) -> Path:
    """What is in git, as it stands in the working tree."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in listed.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def run(root: Path, *command: str, fails: bool = False) -> str:
    """A Python module's output, run in a copy; with `fails`, of one that ends with an error."""
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=root, capture_output=True, text=True, check=False, timeout=280
    )
    assert (done.returncode != 0) == fails, done.stdout[-3000:] + done.stderr[-2000:]
    return done.stdout + (done.stderr if fails else "")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy in which the new capability was written."""
    copy = copy_of_the_repository(tmp_path_factory.mktemp("copy"))
    told = run(copy, "yingting", "new", NAME, "--title", TITLE)
    assert all(place in told for place in WRITTEN)
    return copy


@pytest.mark.process
def test_only_its_own_files_are_written(root: Path) -> None:
    there = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    before = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    added = {name for name in there - set(before.splitlines()) if "__pycache__" not in name}
    assert added == WRITTEN


@pytest.mark.process
def test_nothing_is_wrong_with_them(root: Path) -> None:
    assert "nothing is wrong" in run(root, "yingting", "check")


@pytest.mark.process
def test_its_unit_test_passes(root: Path) -> None:
    assert run(root, "pytest", "-q", "-p", "no:cacheprovider", f"tests/hall/test_{NAME}.py").startswith("....")


@pytest.mark.process
def test_they_are_formatted_and_typed(root: Path) -> None:
    python = sorted(str(root / place) for place in WRITTEN if place.endswith(".py"))
    run(root, "ruff", "check", *python)
    run(root, "ruff", "format", "--check", *python)


def test_sentences_that_nothing_serves_keep_their_file(tmp_path: Path) -> None:
    root = copy_of_the_repository(tmp_path)
    file = root / "data/nlu/gift_card.yml"
    metadata = '  metadata:\n    title: 查礼券\n    code: [CXLQ, "777"]\n'
    told = f"- intent: check_gift_card\n{metadata}  examples: |\n    - 礼券还有几张\n"
    file.write_text(f'version: "3.1"\n\nnlu:\n{told}', "utf-8")
    new.write("gift_card", "", root)
    flow = (root / "data/flows/gift_card.yml").read_text("utf-8")
    assert 'code: {CXLQ: none, "777": none}' in flow
    assert "title: 查礼券" in flow
    assert "intent: check_gift_card" in flow
    left = file.read_text("utf-8")
    assert "metadata" not in left
    assert left.count("\n    - ") == 1


@pytest.mark.parametrize("name", ["Voucher", "2x", "check_balance", "balance", "bill"])
def test_a_name_that_is_taken_or_none_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(Taken):
        new.write(name, "", ROOT)
