"""Render the results as docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import median

from benchmarks import sockets
from benchmarks.handsets import HANDSETS, IN_FLIGHT, Result
from benchmarks.measure import CROWD, DIALOGUES, Figures, Load, Pairs
from benchmarks.processes import TICK
from benchmarks.profile import ORDER, Profile
from benchmarks.servers import OURS
from benchmarks.stock.environment import ROOT, VENV

TARGET = ROOT / "docs" / "benchmarks.md"
MS, MB = 1e3, 1e-6


@dataclass(frozen=True)
class Written:
    """PostgreSQL's cost of so many turns: bytes of write-ahead log, bytes of tables and indexes, commits."""

    turns: int
    log: int
    size: int
    commits: int


@dataclass
class Shared:
    """Figures on one PostgreSQL. By dialogue of the crowd: `database`, CPU seconds of PostgreSQL itself; `put_off`,
    involuntary context switches of the hall's processes."""

    alone: dict[str, Load] = field(default_factory=lambda: {name: Load() for name in DIALOGUES})
    crowd: dict[str, Load] = field(default_factory=lambda: {name: Load() for name in DIALOGUES})
    database: dict[str, float] = field(default_factory=dict)
    put_off: dict[str, int] = field(default_factory=dict)
    written: list[Written] = field(default_factory=list)
    pairs: Pairs = field(default_factory=Pairs)

    def turns(self, name: str) -> int:
        """Turns of the crowd in this dialogue."""
        return len(self.crowd[name].turns)


@dataclass
class Results:
    """Everything of one run. `busy`: cores of the machine in use on average."""

    rounds: int
    seconds: float
    stock: Figures = field(default_factory=Figures)
    ours: Figures = field(default_factory=Figures)
    one: Shared = field(default_factory=Shared)
    two: Shared = field(default_factory=Shared)
    apart: Shared = field(default_factory=Shared)  # two processes with a database each
    profiles: list[Profile] = field(default_factory=list)  # of one, two, two apart: the balance crowd
    kannel: Result | None = None
    sockets: sockets.Result | None = None
    took: float = 0.0
    busy: float = 0.0


def busy_seconds() -> float:
    """CPU seconds of the whole machine since boot."""
    fields = Path("/proc/stat").read_text(encoding="ascii").split(maxsplit=9)[1:9]
    idle = int(fields[3]) + int(fields[4])
    return (sum(map(int, fields)) - idle) / TICK


def render(results: Results) -> str:
    """The page."""
    parts = [_head(results)]
    if results.ours.starts:
        parts.append(_side_by_side(results.stock, results.ours))
    if results.one.crowd["balance"].turns:
        parts.append(_postgres(results))
    if results.kannel is not None:
        parts.append(_kannel(results.kannel))
    if results.sockets is not None:
        parts.append(_sockets(results.sockets))
    return "\n\n".join(parts) + "\n"


def _head(results: Results) -> str:
    blocks = f"{results.rounds} rounds of {results.seconds:g} s a dialogue"
    run = f"{results.busy:.1f} of them were at work on average in the {results.took / 60:.0f} minutes of the run"
    return f"""\
# The engine against stock Rasa

Written by `make bench` on {date.today()}; do not edit. It installs stock Rasa (`benchmarks/stock/requirements.txt`)
beside the hall, trains it with the same intents, examples and responses (JiebaTokenizer, character n-grams,
LogisticRegressionClassifier, RulePolicy, a form), gives it an action server with the same look-ups on the same SQLite
file, and holds the same dialogues with both through their REST channels, by turns, {blocks}.
Every reply's text is checked. The hall has each message on the disk (`synchronous=FULL`) before it is acknowledged.

- machine: {os.cpu_count()} cores, {_processor()}; {run}
- stock: {_versions(VENV, "rasa", "sanic", "sqlalchemy", "tensorflow", "scikit-learn")}
- hall: {_versions(OURS, "rasa", "sanic", "sqlalchemy", "asyncpg")}, commit {_commit()}
- *balance*: a customer asks five times (查话费); *sentence*: he asks in a sentence; *top-up*: seven turns with an order
  at their end; *crowd*: {CROWD} customers at once; CPU: of the server's processes, from /proc
- the hall understands a short text once a day (`bot/engine/parse_cache.py`): *sentence* is what it takes to
  understand one anew in each turn"""


def _side_by_side(stock: Figures, ours: Figures) -> str:
    rows: list[Row] = [("", "stock Rasa", "hall", "ratio")]
    for name in DIALOGUES:
        one, two = stock.alone[name], ours.alone[name]
        rows += [
            _less(f"{name}: one turn, p50", one.p50, two.p50, MS, "ms"),
            _less(f"{name}: one turn, p95", one.p95, two.p95, MS, "ms"),
            _less(f"{name}: CPU a turn", one.cpu_a_turn, two.cpu_a_turn, MS, "ms", digits=2),
        ]
    for name in DIALOGUES:
        one, two = stock.crowd[name], ours.crowd[name]
        rows += [
            _more(f"{name}: crowd, turns a second", one.rate, two.rate),
            _less(f"{name}: crowd, p95", one.p95, two.p95, MS, "ms"),
            _less(f"{name}: crowd, CPU a turn", one.cpu_a_turn, two.cpu_a_turn, MS, "ms", digits=2),
        ]
    rows += [
        _times("turns 91–100 of a session against 1–10", (stock.early, stock.late), (ours.early, ours.late)),
        _less("second of two messages at once, p50", median(stock.pairs.second), median(ours.pairs.second), MS, "ms"),
        _times(
            "… against a single turn",
            (stock.pairs.single, stock.pairs.second),
            (ours.pairs.single, ours.pairs.second),
        ),
        ("… of which the second was answered first", str(stock.pairs), str(ours.pairs), ""),
        _less("start to first answer", median(stock.starts), median(ours.starts), 1, "s"),
        _less("memory after the run", stock.resident, ours.resident, MB, "MB", digits=0),
        _less("installed", stock.installed, ours.installed, MB, "MB", digits=0),
    ]  # fmt: skip
    turns = sum(len(load.turns) for f in (stock, ours) for load in (*f.alone.values(), *f.crowd.values()))
    return "## Side by side\n\n" + _table(rows) + f"\n\n{turns} turns, each answered with the right text."


def _postgres(results: Results) -> str:
    one, two = results.one, results.two
    columns = (one, two, results.apart)
    rows: list[Row] = [("", "one process", "two processes", "two apart", "two : one", "two : apart")]
    for name in DIALOGUES:
        loads = [shared.crowd[name] for shared in columns]
        rows += [
            _beside(f"{name}: crowd, turns a second", [load.rate for load in loads]),
            _beside(f"{name}: crowd, CPU a turn, ms", [load.cpu_a_turn * MS for load in loads], 2),
            _beside(
                "… of PostgreSQL, ms",
                [shared.database[name] / shared.turns(name) * MS for shared in columns],
                2,
            ),
            _beside("… times put off its core, a turn", [c.put_off[name] / c.turns(name) for c in columns], 1)[:4],
        ]
    rows += [
        _beside("second of two simultaneous messages, p50, ms", [median(c.pairs.second) * MS for c in (one, two)], 1),
        ("… against a single turn", *(f"{median(c.pairs.second) / median(c.pairs.single):.2f} ×" for c in (one, two))),
        ("… of which the second was answered first", str(one.pairs), "–"),
    ]
    alone = ", ".join(
        f"{name} p50 {load.p50 * MS:.1f} ms, p95 {load.p95 * MS:.1f} ms, CPU {load.cpu_a_turn * MS:.2f} ms"
        for name, load in one.alone.items()
    )
    turns = sum(each.turns for each in one.written)
    log, size, commits = (sum(getattr(w, name) for w in one.written) / turns for name in ("log", "size", "commits"))
    return (
        "## One PostgreSQL, one process and two\n\n" + _table(rows) + f"\n\nOne customer at a time: {alone}. "
        "The database, the processes and the client share the cores: one process has a core to itself, two have not, "
        "and each time that one is put off its core it finds the caches cold. What two processes cost each other is "
        "therefore seen against two apart, with a database each and nothing in common but the server and the cores. "
        f"A turn in one process: {commits:.1f} commits, {log / 1e3:.1f} kB of log, {size / 1e3:.1f} kB of tables."
        + _stages(results.profiles)
    )


def _stages(profiles: Sequence[Profile]) -> str:
    if not profiles:
        return ""
    rows: list[Row] = [
        ("CPU of a turn by stage, ms", "one process", "two processes", "two apart", "two : one", "two : apart")
    ]
    for stage in ORDER:
        spent = [profile.stages.get(stage, 0.0) for profile in profiles]
        if min(spent) > 0:
            rows.append(_beside(stage, spent, 2))
    rows.append(_beside("all", [profile.cpu_a_turn for profile in profiles], 2))
    return (
        f"\n\nA profile of the balance crowd, with a clock that looks at the stack each millisecond:\n\n{_table(rows)}"
    )


def _kannel(result: Result) -> str:
    rest, hall = result.rest, result.cpu["the hall"]
    against = f"{hall / rest.cpu_a_turn:.2f} of REST's {rest.cpu_a_turn * MS:.2f} ms a turn"
    flaws = f"{result.lost} lost, {result.doubled} doubled, {result.wrong} wrong"
    rows: list[Row] = [("", "CPU a text", "share of the cores in use")]
    whole = sum(result.cpu.values())
    rows += [(name, f"{cpu * MS:.2f} ms", f"{cpu / whole:.0%}") for name, cpu in result.cpu.items()]
    rows.append(("all", f"{whole * MS:.2f} ms", f"{whole * result.rate:.2f} cores"))
    return f"""\
## Through Kannel

Bearerbox, smsbox and a fake SMSC with {HANDSETS} handsets in front of the hall, all on the same cores;
{IN_FLIGHT} handsets at a time ask for their balance and wait for the answer, then each sends three texts at once.
REST: the balance crowd of {CROWD}, against the same hall, just before. One text alone takes Kannel 0.09 s, most of it
its boxes' waiting for each other's TCP acknowledgements, which is why it takes so many at a time.

- {result.sent} texts: {flaws}, {result.disordered} senders out of order
- {result.rate:.0f} answered texts a second, {result.rate / rest.rate:.2f} of REST's {rest.rate:.0f} turns
- CPU of the hall: {hall * MS:.2f} ms a text, {against}
- the burst of {3 * HANDSETS} texts was answered in {result.burst_seconds:.0f} s

{_table(rows)}"""


def _sockets(result: sockets.Result) -> str:
    waited = sorted(result.waited)
    quiet, then = (each / 1024 for each in (result.bytes_each, result.after_each))
    return f"""\
## {result.chats:,} web chats on one process

Each opens a socket from an address of its own, is silent for a while, and then all of them say three things at once.

- {result.answered:,} answers: {result.lost} lost, {result.disordered} chats out of order
- memory of the process for an open chat: {quiet:.0f} KB, {then:.0f} KB once it was answered three times
- all open after {result.open_seconds:.0f} s; while they are silent {result.cpu_idle:.2f} cores are at work
- the burst of {result.chats * len(sockets.SAID):,} messages was answered in {result.burst_seconds:.0f} s:
  a chat's third answer came after {waited[len(waited) // 2]:.1f} s (p50), {waited[-1]:.1f} s at the latest"""


Row = tuple[str, ...]


def _less(what: str, stock: float, ours: float, unit_factor: float, unit: str, digits: int = 1) -> Row:
    """A row where less is better: the ratio is 1/n."""
    one, two = (f"{value * unit_factor:,.{digits}f} {unit}" for value in (stock, ours))
    return what, one, two, f"1/{stock / ours:.1f}"


def _times(what: str, *pairs: tuple[list[float], list[float]]) -> Row:
    """Ratio of the second message of a pair to a single one."""
    one, two = (f"{median(after) / median(before):.2f} ×" for before, after in pairs)
    return what, one, two, ""


def _more(what: str, one: float, two: float) -> Row:
    return what, f"{one:,.0f}", f"{two:,.0f}", f"{two / one:.2f} ×"


def _beside(what: str, values: Sequence[float], digits: int = 0) -> Row:
    """One process, two, two apart, and the second against each of the others."""
    cells = [f"{value:,.{digits}f}" for value in values]
    ratios = [f"{values[1] / value:.2f} ×" for value in (values[0], *values[2:])]
    return what, *cells, *[""] * (3 - len(cells)), *ratios


def _table(rows: list[Row]) -> str:
    width = len(rows[0])
    head, *rest = ["| " + " | ".join([*row, *[""] * (width - len(row))]) + " |" for row in rows]
    return "\n".join([head, "|---" + "|--:" * (width - 1) + "|", *rest])


def _versions(environment: Path, *packages: str) -> str:
    python = environment / "bin" / "python"
    if not python.exists():
        return "not part of this run"
    code = "import sys, importlib.metadata as m; print(', '.join(f'{p} {m.version(p)}' for p in sys.argv[1:]))"
    version = "import platform; print('Python', platform.python_version(), end=', '); "
    command = [str(python), "-c", version + code, *packages]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _commit() -> str:
    command = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or "unknown"
