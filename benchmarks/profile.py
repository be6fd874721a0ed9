"""CPU of a turn by stage: `python -m benchmarks --profile`, and of the runs on PostgreSQL in `make bench`.

The real server runs with a sampling timer (SIGPROF, 1,000 samples a CPU second). Each sample goes to the stage of the
innermost frame that belongs to one. Nothing is wrapped, so nothing is slower while the timer is off.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.measure import Load
    from benchmarks.servers import Server

ROOT = Path(__file__).resolve().parents[1]
EVERY = 0.001  # CPU seconds between two samples
OTHER = "the rest: loop, garbage collection"

# The first rule that matches a frame's file name, and its function if the rule names one, gives the frame's stage.
# A weak stage does not replace the stage of a caller: the store works for whoever calls it.
RULES: tuple[tuple[str, str, str], ...] = (
    ("/bot/conversations/accept.py", "", "inbox"),
    ("/bot/conversations/reply.py", "", "inbox"),
    ("/bot/conversations/scheduler.py", "", "inbox"),
    ("/hall/store/cluster.py", "", "claims and notifications"),
    ("/bot/engine/engine.py", "_understand", "understanding"),
    ("/bot/engine/engine.py", "parse", "understanding"),
    ("/bot/nlu/", "", "understanding"),
    ("/bot/dialogue/", "", "policies"),
    ("/rasa/core/policies/", "", "policies"),
    ("/bot/engine/runner.py", "", "policies"),
    ("/hall/bss/", "", "BSS"),
    ("/actions/", "", "actions"),
    ("/hall/topup/", "", "actions"),
    ("/bot/engine/", "", "engine"),
    ("/rasa/core/", "", "engine"),
    ("/bot/conversations/record.py", "", "tracker"),
    ("/bot/engine/tracker.py", "", "tracker"),
    ("/rasa/shared/core/", "", "tracker"),
    ("/hall/store/", "", "transaction"),
    ("/bot/", "", "turn"),
    ("/channels/", "", "encode"),
    ("/sanic/", "", "HTTP"),
)
WEAK = frozenset({"transaction", "turn", "engine", "tracker"})
OVERRULED = frozenset({"", "HTTP", "encode", "turn", "engine"})  # by a weak stage
ORDER = (
    "HTTP",
    "encode",
    "inbox",
    "claims and notifications",
    "understanding",
    "policies",
    "actions",
    "BSS",
    "engine",
    "tracker",
    "turn",
    "transaction",
    OTHER,
)


@dataclass(frozen=True)
class Profile:
    """CPU of one dialogue's turns: milliseconds a turn by stage."""

    dialogue: str
    turns: int
    cpu_a_turn: float  # ms
    stages: dict[str, float]

    def __str__(self) -> str:
        lines = [f"{self.dialogue}: {self.turns} turns, {self.cpu_a_turn:.2f} ms CPU each"]
        for stage in ORDER:
            if spent := self.stages.get(stage):
                share = spent / self.cpu_a_turn
                lines.append(f"  {stage:<36}{spent:7.3f} ms {share:6.1%}  {'█' * round(share * 60)}")
        return "\n".join(lines)


def stage_of(frame: FrameType | None) -> str:
    """The stage of a stack, decided by its innermost frames."""
    stack = []
    while frame is not None:
        stack.append(frame.f_code)
        frame = frame.f_back
    stage = ""
    for code in reversed(stack):
        found = _stage(code.co_filename, code.co_name)
        if found and (found not in WEAK or stage in OVERRULED):
            stage = found
    return stage or OTHER


_known: dict[tuple[str, str], str] = {}


def _stage(path: str, function: str) -> str:
    key = (path, function)
    if key not in _known:
        _known[key] = next((s for part, name, s in RULES if part in path and name in ("", function)), "")
    return _known[key]


async def profile(dialogue: str, seconds: float) -> Profile:
    """Hold a dialogue with a server of its own, one customer at a time, and sample where its CPU goes."""
    from benchmarks.measure import alone

    with tempfile.TemporaryDirectory(prefix="yingting-profile-") as name:
        server = await _sampled(Path(name), "profile")
        try:
            return await _looked_at([server], dialogue, lambda load, time: alone(server, dialogue, load, time), seconds)
        finally:
            server.stop()


async def profile_crowd(folder: Path, urls: Sequence[str], dialogue: str, seconds: float) -> Profile:
    """Hold a dialogue with a server for each of these databases, the crowd shared out over them."""
    from benchmarks.measure import crowd

    settings = {"SESSION_SECRET": "the same in every process"}
    servers = [
        await _sampled(folder / f"{number}", f"{number}", DATABASE_URL=url, **settings)
        for number, url in enumerate(urls)
    ]
    try:
        return await _looked_at(servers, dialogue, lambda load, time: crowd(servers, dialogue, load, time), seconds)
    finally:
        for server in servers:
            server.stop()


async def _sampled(folder: Path, name: str, **settings: str) -> Server:
    from benchmarks.servers import start_ours

    module = (sys.executable, "-m", "benchmarks.profile")
    return await start_ours(folder, name, module, BENCH_PROFILE=str(folder / "profile.json"), **settings)


async def _looked_at(
    servers: Sequence[Server], dialogue: str, hold: Callable[[Load, float], Awaitable[None]], seconds: float
) -> Profile:
    from benchmarks.measure import Load

    load, looks = Load(), Counter[str]()
    await hold(Load(), 1.0)  # warm
    for server in servers:
        server.processes[0].send_signal(signal.SIGUSR1)
    await hold(load, seconds)
    for server in servers:
        written = server.log.with_name("profile.json")
        server.processes[0].send_signal(signal.SIGUSR2)
        while not written.exists():
            await asyncio.sleep(0.05)
        looks.update(json.loads(written.read_text(encoding="utf-8")))
    cpu, total = load.cpu_a_turn * 1e3, looks.total()
    return Profile(dialogue, len(load.turns), cpu, {stage: cpu * seen / total for stage, seen in looks.items()})


def show(seconds: float) -> None:
    """Print the profile of both dialogues."""
    for dialogue in ("balance", "top-up"):
        print(asyncio.run(profile(dialogue, seconds)), end="\n\n", flush=True)


def _serve() -> None:
    """Run the command line with the sampling timer: SIGUSR1 starts it, SIGUSR2 writes the samples."""
    target, looks = Path(os.environ["YINGTING_BENCH_PROFILE"]), Counter[str]()

    def start(_signal: int, _frame: FrameType | None) -> None:
        signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)

    def look(_signal: int, frame: FrameType | None) -> None:
        looks[stage_of(frame)] += 1

    def write(_signal: int, _frame: FrameType | None) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        half = target.with_suffix(".half")
        half.write_text(json.dumps(looks), encoding="utf-8")
        half.rename(target)

    for number, handler in ((signal.SIGPROF, look), (signal.SIGUSR1, start), (signal.SIGUSR2, write)):
        signal.signal(number, handler)
        signal.siginterrupt(number, False)
    from yingting.cli import main

    main()


if __name__ == "__main__":
    _serve()
