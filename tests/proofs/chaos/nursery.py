"""Servers that start in a fraction of a second: a process loads the model once and forks a server whenever asked.

The server is the real one, `yingting.serve.serve` in a process of its own; only the model and the policy are there
already.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import functools
import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from testing.postgres import free_port
from tests.proofs.chaos.stages import arm

ROOT = Path(__file__).resolve().parents[3]
STARTS_WITHIN = 60.0  # seconds
TOKEN = "chaos"
FAULTS, PACE, STAGE = "CHAOS_FAULTS", "CHAOS_PACE", "CHAOS_STAGE"
NOON = datetime(2026, 11, 15, 10)  # when a hall first starts: a day on which top-ups arrive in half an hour


class Nursery:
    """The process that forks; `fork` gives the new server's process id."""

    def __init__(self, log: Path) -> None:
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.proofs.chaos.nursery"], cwd=ROOT, text=True, stderr=output,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )  # fmt: skip
        self._told()
        self._asking = threading.Lock()

    def fork(self, environment: dict[str, str], folder: Path, port: int) -> int:
        """Start a server with these YINGTING_ settings; a worker when the port is 0."""
        assert self._process.stdin is not None
        with self._asking:
            self._process.stdin.write(json.dumps([environment, str(folder), port]) + "\n")
            self._process.stdin.flush()
            return int(self._told())

    def close(self) -> None:
        """End it, and with it every server that it forked."""
        self._process.kill()
        self._process.wait()

    def _told(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the nursery has ended: see its log"
        return line.strip()


class Hall:
    """One server that is killed and started again on the same data and the same port."""

    def __init__(self, nursery: Nursery, folder: Path, **settings: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._nursery, self.folder, self.port = nursery, folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._pid = 0
        self._opened = datetime.now()
        defaults = {"REST_TOKEN": TOKEN, "SESSION_SECRET": "chaos"}
        self._environment = {f"YINGTING_{name}": value for name, value in (defaults | settings).items()}
        self.pace = 1  # how much faster than ours its clock goes
        # from the next start on
        self.faults: dict[str, str] = {}  # of the operator's systems: part → down, slow, garbage
        self.stage: tuple[str, Sequence[int], str] | None = None  # see stages.arm

    @property
    def database_url(self) -> str:
        """Where it keeps everything."""
        return self._environment.get("YINGTING_DATABASE_URL", f"sqlite:///{self.folder / 'yingting.sqlite'}")

    def skip(self, hours: float) -> None:
        """Start again so many hours later: what was put off is due."""
        self.later(timedelta(hours=hours))
        self.kill()
        self.start()

    def later(self, step: timedelta) -> None:
        """Let its clock be so much further at the next start."""
        self._opened -= step / self.pace

    @property
    def pid(self) -> int:
        """Of the running process."""
        return self._pid

    def start(self, *, wait: bool = True) -> None:
        """Start it; with `wait`, until it is well."""
        clock = str(NOON + (datetime.now() - self._opened) * self.pace).replace(" ", "T")  # goes on, never back
        now = {"YINGTING_CLOCK": clock, FAULTS: json.dumps(self.faults), PACE: str(self.pace)}
        if self.stage is not None:
            now[STAGE] = json.dumps([*self.stage, str(self.folder)])
        self._pid = self._nursery.fork(self._environment | now, self.folder, self.port)
        until = time.monotonic() + STARTS_WITHIN
        while wait and not self.is_well():
            assert time.monotonic() < until, (self.folder / "serve.log").read_text(encoding="utf-8")[-3000:]
            time.sleep(0.02)

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        """kill -9, and wait until it is gone; it may be gone already."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, how)
        until = time.monotonic() + STARTS_WITHIN
        while self.lives():
            assert time.monotonic() < until, "the server does not end"
            time.sleep(0.005)

    def lives(self) -> bool:
        """Whether the process is there."""
        return Path(f"/proc/{self._pid}").exists()

    def is_well(self) -> bool:
        """What /healthz says."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=3) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


class Worker(Hall):
    """A process that answers messages and has no port."""

    def __init__(self, nursery: Nursery, folder: Path, **settings: str) -> None:
        super().__init__(nursery, folder, **settings)
        self.port = self._starts = 0

    def start(self, *, wait: bool = True) -> None:
        """Start it; with `wait`, until it says that it is ready."""
        self._starts += 1
        super().start(wait=wait)

    def is_well(self) -> bool:
        """Whether it has said that it is ready as often as it was started."""
        log = self.folder / "serve.log"  # made by the process when it begins
        return log.exists() and log.read_text(encoding="utf-8").count("is ready") >= self._starts


@contextmanager
def nursery(folder: Path) -> Iterator[Nursery]:
    """A nursery while the block runs."""
    found = Nursery(folder / "nursery.log")
    try:
        yield found
    finally:
        found.close()


def _main() -> None:
    import yingting.cli  # noqa: F401  (puts stand-ins where Rasa would import TensorFlow)
    from bot.engine.engine import Engine
    from bot.engine.training import ensure_model

    engine = Engine(ensure_model(lambda line: print(line, file=sys.stderr)))
    _warm()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # what was killed is gone at once
    print("ready", flush=True)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _become_server(engine, *json.loads(line))
        print(pid, flush=True)


def _warm() -> None:
    """Open an app once and drop it: everything that a start imports, and the policy, is there then."""
    from bot.app import prepare
    from bot.settings import Settings
    from hall.policy import Policy
    from yingting.wiring import build_hall

    Policy.load = functools.lru_cache(Policy.load)  # type: ignore[method-assign]
    with tempfile.TemporaryDirectory() as folder:
        hall = build_hall(Settings.load({}, data_dir=folder))
        asyncio.run(prepare(hall))
        asyncio.run(hall.store.close())


def _become_server(engine: Any, environment: dict[str, str], folder: str, port: int) -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: never outlive the nursery
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(Path(folder) / "serve.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.environ.update(environment)
    from bot.settings import Settings

    _hasten(int(environment[PACE]))
    if STAGE in environment:
        arm(*json.loads(environment[STAGE]))
    room = importlib.import_module("yingting.serve" if port else "yingting.worker")
    room.build = functools.partial(_build, room.build, engine)  # type: ignore[attr-defined]
    settings = Settings.load(data_dir=folder, port=port or 8000)
    try:
        room.serve(settings, "127.0.0.1", port) if port else room.work(settings)
    finally:
        os._exit(0)


def _hasten(pace: int) -> None:
    """From now on the hall's clock goes `pace` times as fast."""
    import hall.clock

    now, began = hall.clock._system_now, hall.clock._system_now()
    hall.clock._system_now = lambda: began + (now() - began) * pace


def _build(build: Any, engine: Any, settings: Any) -> Any:
    """The app with the loaded model; the demonstration's operator has the faults that the environment names."""
    app = build(settings, engine=engine)
    app.hall.bss.faults.update(json.loads(os.environ.get(FAULTS, "{}")))
    return app


if __name__ == "__main__":
    _main()
