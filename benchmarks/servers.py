"""Start the servers to measure, each in processes of its own on free ports."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import processes
from benchmarks.client import Sender
from benchmarks.dialogues import BALANCE, LINE, NOW, check
from benchmarks.stock import environment as stock

ROOT = stock.ROOT
OURS = stock.BENCH / "ours"  # the hall's run-time packages, without the development ones
STARTS_WITHIN = 240.0  # seconds
TOKEN = "benchmark"


@dataclass
class Server:
    """A running server behind one REST channel. `start_seconds`: until its first right answer."""

    name: str
    url: str
    processes: list[subprocess.Popen[bytes]]
    log: Path
    token: str = ""
    start_seconds: float = 0.0
    senders: int = field(default=0, repr=False)

    def new_name(self) -> str:
        """A fresh sender id."""
        self.senders += 1
        return f"{LINE}-{self.senders}"

    def sender(self, name: str = "") -> Sender:
        """A connection for a customer."""
        return Sender(self.url, name or self.new_name(), LINE, self.token)

    def cpu(self) -> float:
        """CPU seconds used so far."""
        return processes.cpu_seconds(*(process.pid for process in self.processes))

    def put_off(self) -> int:
        """Involuntary context switches so far."""
        return processes.put_off(*(process.pid for process in self.processes))

    def resident(self) -> int:
        """Bytes of memory held."""
        return processes.resident_bytes(*(process.pid for process in self.processes))

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop its processes."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(how)
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free_port() -> int:
    """A free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ensure_ours() -> Path:
    """The Python of an environment with the hall's run-time packages; creates it if needed."""
    wanted = OURS / "requirements.txt"
    uv = shutil.which("uv") or str(ROOT / ".tools" / "bin" / "uv")
    python = OURS / "bin" / "python"
    if wanted.exists() and wanted.stat().st_mtime > (ROOT / "requirements.txt").stat().st_mtime:
        return python
    print(f"yingting: installing into {OURS.relative_to(ROOT)} (run-time packages only)", flush=True)
    version = (ROOT / ".python-version").read_text("ascii").strip()
    subprocess.run([uv, "venv", "--quiet", "--clear", "--python", version, OURS], check=True, cwd=ROOT)
    quiet = os.environ | {"VIRTUAL_ENV": str(OURS)}
    options = ["--quiet", "--no-emit-index-url", "--constraint", "requirements.txt", "--output-file", str(wanted)]
    subprocess.run([uv, "pip", "compile", "pyproject.toml", *options], check=True, cwd=ROOT)
    subprocess.run([uv, "pip", "sync", "--quiet", str(wanted)], check=True, cwd=ROOT, env=quiet)
    wanted.touch()
    return python


async def start_ours(folder: Path, name: str = "yingting", command: Sequence[object] = (), **settings: str) -> Server:
    """`yingting serve` on a data folder of its own; `settings` without their prefix.

    `command` replaces `python -m yingting` of the run-time environment.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("YINGTING_")}
    environment |= {f"YINGTING_{key}": value for key, value in ({"CLOCK": NOW, "REST_TOKEN": TOKEN} | settings).items()}
    log = folder / "server.log"
    program = command or (ensure_ours(), "-m", "yingting")
    process = launch([*program, "serve", "--port", port, "--data-dir", folder], log, environment)
    return await _answers(Server(name, f"http://127.0.0.1:{port}", [process], log, TOKEN), process)


async def start_stock(folder: Path, database: Path) -> Server:
    """`rasa run` and `rasa run actions` with their own SQLite files; `database`: the hall's records, copied."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(database, folder / "records.sqlite")
    port, actions = free_port(), free_port()
    environment = stock.environment(
        BENCH_DATABASE=str(folder / "records.sqlite"),
        BENCH_TRACKERS=str(folder / "trackers.sqlite"),
        BENCH_PACKAGES=str(ROOT / "data" / "operator" / "catalogue" / "packages.tsv"),
        BENCH_ACTIONS_PORT=str(actions),
        BENCH_NOW=NOW,
    )
    log = folder / "server.log"
    run = stock.program("run", "--port", str(port), "--endpoints", "endpoints.yml", "--credentials", "credentials.yml")
    run_actions = stock.program("run", "actions", "--port", str(actions))
    pair = [
        launch(run_actions, folder / "actions.log", environment, stock.PROJECT),
        launch(run, log, environment, stock.PROJECT),
    ]
    return await _answers(Server("stock", f"http://127.0.0.1:{port}", pair, log), *pair)


def launch(
    command: Sequence[object], log: Path, environment: Mapping[str, str], folder: Path = ROOT
) -> subprocess.Popen[bytes]:
    """Start a program and append its output to a log."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(word) for word in command], cwd=folder, env=dict(environment), stdout=output, stderr=output
        )


async def _answers(server: Server, *started: subprocess.Popen[bytes]) -> Server:
    """Wait for the first right answer to a customer; raises RuntimeError when a process ends before."""
    began = time.monotonic()
    sender = server.sender()
    while True:
        try:
            check(BALANCE[0], await sender.say(BALANCE[0].message))
            break
        except OSError:
            await asyncio.sleep(0.05)
        ended = any(process.poll() is not None for process in started)
        if ended or time.monotonic() - began > STARTS_WITHIN:
            server.stop()
            raise RuntimeError(f"{server.name} did not start: see {server.log}")
    server.start_seconds = time.monotonic() - began
    sender.close()
    return server
