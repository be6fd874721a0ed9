"""The data folder is its owner's alone, whatever it was before."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from hall.private_files import private_folder, write_private


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.process
def test_what_is_made_is_its_owners_alone(tmp_path: Path) -> None:
    made = tmp_path / "made"
    program = f"from hall.private_files import keep_private; keep_private(); open({str(made)!r}, 'w').close()"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60, cwd=Path(__file__).parents[2])
    assert _mode(made) == 0o600


def test_what_was_open_to_others_is_narrowed(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    folder.mkdir(mode=0o755)
    for name in ("yingting.sqlite", "yingting.sqlite-wal"):
        (folder / name).write_bytes(b"")
        os.chmod(folder / name, 0o644)
    private_folder(folder)
    assert _mode(folder) == 0o700
    assert {_mode(file) for file in folder.iterdir()} == {0o600}


def test_a_file_that_was_open_is_written_private(tmp_path: Path) -> None:
    file = tmp_path / "export.json"
    file.write_bytes(b"old")
    os.chmod(file, 0o644)
    write_private(file, b"new")
    assert (_mode(file), file.read_bytes()) == (0o600, b"new")
