"""A small file system of a test's own, which can be filled to its last byte."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BLOCK = 1 << 16  # bytes


class Disk:
    """A file system at `folder`, and the ballast that fills it."""

    def __init__(self, folder: Path, how: str) -> None:
        self.folder, self.how = folder, how
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Leave no room, not for one more page."""
        with self._ballast.open("ab", buffering=0) as ballast:
            for size in (BLOCK, 1):
                try:
                    while True:
                        ballast.write(b"\0" * size)
                except OSError:
                    continue  # full, for pieces of this size

    def empty(self) -> None:
        """Give the room back."""
        self._ballast.unlink()


@contextmanager
def small_disk(megabytes: int) -> Iterator[Disk | None]:
    """A tmpfs of that size while the block runs; None where nobody may mount one.

    Root mounts it. Others do in a user and mount namespace, which they look into through /proc; it ends with the
    process that holds it.
    """
    folder = Path(tempfile.mkdtemp(prefix="yingting-disk-"))
    options = ["-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "none", str(folder)]
    try:
        if os.geteuid() == 0 and _done(["mount", *options]):
            try:
                yield Disk(folder, "a tmpfs")
            finally:
                subprocess.run(["umount", "--lazy", str(folder)], check=True)
            return
        with _held(options) as holder:
            inside = Path(f"/proc/{holder}/root{folder}")
            yield Disk(inside, "a tmpfs in a namespace") if holder and os.access(inside, os.W_OK) else None
    finally:
        folder.rmdir()


def _done(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@contextmanager
def _held(options: list[str]) -> Iterator[int]:
    """The process that holds a namespace with the mount; 0 when it may not."""
    script = 'mount "$@" && echo mounted && exec cat'  # cat ends when its input does
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", *options]
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
    except FileNotFoundError:
        yield 0
        return
    with process:
        assert process.stdout is not None
        yield process.pid if process.stdout.readline() else 0
