"""CPU seconds and resident memory of processes and their children, from /proc."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class _Stat:
    parent: int
    cpu: float  # seconds, of all threads and of the children that have ended
    resident: int  # bytes


def cpu_seconds(*pids: int) -> float:
    """CPU used so far by these processes and their children."""
    return sum(stat.cpu for stat in _families(pids))


def resident_bytes(*pids: int) -> int:
    """Memory that these processes and their children hold now. Shared pages count in each."""
    return sum(stat.resident for stat in _families(pids))


def put_off(*pids: int) -> int:
    """Involuntary context switches of these processes, over all their threads."""
    tasks = [task for pid in pids for task in Path(f"/proc/{pid}/task").iterdir()]
    lines = [line for task in tasks for line in (task / "status").read_text(encoding="ascii").splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("nonvoluntary_ctxt_switches"))


def peak_bytes(pid: int) -> int:
    """Peak memory of a process, bytes."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def disk_bytes(folder: Path) -> int:
    """Disk usage of a folder, bytes."""
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*"))


def _families(pids: tuple[int, ...]) -> list[_Stat]:
    stats = {int(path.name): stat for path in Path("/proc").glob("[0-9]*") if (stat := _stat(path))}
    found, ask = {}, [pid for pid in pids if pid in stats]
    while ask:
        pid = ask.pop()
        if pid not in found:
            found[pid] = stats[pid]
            ask += [child for child, stat in stats.items() if stat.parent == pid]
    return list(found.values())


def _stat(path: Path) -> _Stat | None:
    try:
        fields = (path / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:  # the process has ended
        return None
    return _Stat(int(fields[1]), sum(map(int, fields[11:15])) / TICK, int(fields[21]) * PAGE)
