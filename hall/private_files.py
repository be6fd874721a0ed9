"""Files that hold what customers wrote, or a secret: only their owner may read them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

FOLDER, FILE = 0o700, 0o600


def keep_private() -> None:
    """From now on, whatever this process makes is its owner's alone."""
    os.umask(0o077)


def private_folder(path: Path) -> None:
    """Make the folder, or take other people's rights to it away; raises OSError."""
    path.mkdir(parents=True, exist_ok=True, mode=FOLDER)
    ours = list(path.glob("*.sqlite*"))
    if ours and not path.stat().st_mode & stat.S_ISVTX:  # a folder for everybody's files stays one
        _narrow(path, FOLDER)
    for file in ours:
        _narrow(file, FILE)


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, whatever it was before."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(file.fileno(), FILE)
        file.write(content)


def _narrow(path: Path, mode: int) -> None:
    """Whoever does not own it cannot narrow it: then its owner has decided."""
    found = path.stat()
    if found.st_mode & 0o777 & ~mode and found.st_uid == os.geteuid():
        path.chmod(found.st_mode & mode)
