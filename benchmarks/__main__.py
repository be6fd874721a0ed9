"""`make bench`: stock Rasa and the hall side by side, in one run; writes docs/benchmarks.md.

Each dialogue is held with one server, then with the other, in short blocks, round after round: other load on the
machine then affects both. The client costs CPU too; it is the same for both and runs in a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import handsets, measure, report, sockets
from benchmarks.measure import DIALOGUES, Figures
from benchmarks.processes import cpu_seconds, disk_bytes
from benchmarks.profile import profile_crowd, show
from benchmarks.report import Results, Shared, Written
from benchmarks.servers import OURS, Server, ensure_ours, start_ours, start_stock
from benchmarks.stock import environment as stock
from testing.kannel import installed as kannel_installed
from testing.postgres import OwnPostgres, own_postgres

DATABASE = "bench"
PARTS = ("rasa", "postgres", "kannel", "sockets")
SHARED = {"SESSION_SECRET": "the same in every process"}


def main(arguments: list[str] | None = None) -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="how often both servers are measured (3)")
    parser.add_argument("--seconds", type=float, default=5.0, help="of one block of one dialogue (5)")
    parser.add_argument("--only", choices=PARTS, help="one part; the table is not written")
    parser.add_argument("--profile", action="store_true", help="only the CPU of a turn by stage, nothing is written")
    options = parser.parse_args(arguments)
    if options.profile:
        show(options.seconds)
        return
    say("setting up (the first time takes a few minutes)")
    if options.only in (None, "rasa"):
        stock.ensure()
    ensure_ours()
    folder = Path(tempfile.mkdtemp(prefix="yingting-bench-"))
    try:
        results = asyncio.run(_run(folder, options.rounds, options.seconds, options.only))
    finally:
        shutil.rmtree(folder)
    table = report.render(results)
    print("\n" + table)
    if options.only is None:
        report.TARGET.write_text(table, encoding="utf-8")
        say(f"written to {report.TARGET.relative_to(stock.ROOT)}")


def say(line: str) -> None:
    """Progress."""
    print(f"[{time.strftime('%H:%M:%S')}] {line}", flush=True)


async def _run(folder: Path, rounds: int, seconds: float, only: str | None) -> Results:
    results, began, busy = Results(rounds=rounds, seconds=seconds), time.monotonic(), report.busy_seconds()
    if only in (None, "rasa"):
        await _side_by_side(folder, results)
    if only in (None, "postgres"):
        with own_postgres() as postgres:
            await _one_and_two(folder, results, postgres)
    if only in (None, "kannel") and kannel_installed():
        say("Kannel, a thousand handsets")
        results.kannel = await handsets.measure(_fresh(folder / "kannel"), 2 * seconds)
    if only in (None, "sockets"):
        say(f"{sockets.CHATS} web chats")
        results.sockets = await sockets.measure(_fresh(folder / "sockets"))
    results.took = time.monotonic() - began
    results.busy = (report.busy_seconds() - busy) / results.took
    return results


async def _side_by_side(folder: Path, results: Results) -> None:
    ours, theirs = results.ours, results.stock
    say("starting both servers, twice")
    for turn in range(2):
        hall = await start_ours(folder / f"hall{turn}")
        ours.starts.append(hall.start_seconds)
        hall.stop()
        rasa = await start_stock(folder / f"stock{turn}", folder / f"hall{turn}" / "yingting.sqlite")
        theirs.starts.append(rasa.start_seconds)
        if turn == 0:
            rasa.stop()
    hall = await start_ours(folder / "hall1")
    try:
        for turn in range(results.rounds):
            say(f"round {turn + 1} of {results.rounds}")
            for server, figures in ((rasa, theirs), (hall, ours)):
                await _round(server, figures, results.seconds)
        ours.resident, theirs.resident = hall.resident(), rasa.resident()
    finally:
        hall.stop()
        rasa.stop()
    ours.installed, theirs.installed = disk_bytes(OURS), disk_bytes(stock.VENV)


async def _round(server: Server, figures: Figures, seconds: float) -> None:
    for name in DIALOGUES:
        await measure.alone(server, name, figures.alone[name], seconds)
        await measure.crowd([server], name, figures.crowd[name], seconds)
    await measure.session(server, figures)
    await measure.pairs([server], figures.pairs, 7)


async def _one_and_two(folder: Path, results: Results, postgres: OwnPostgres) -> None:
    """Measure one process, two on one database, and two with a database each, in alternation."""
    shared, own = postgres.database(DATABASE), [postgres.database(name) for name in ("bench1", "bench2")]
    servers = [
        await start_ours(_fresh(folder / name), name, DATABASE_URL=url, **SHARED)
        for name, url in zip(("first", "second", "third", "fourth"), (shared, shared, *own), strict=True)
    ]
    urls = ([shared], [shared, shared], own)
    parts = ((results.one, servers[:1]), (results.two, servers[:2]), (results.apart, servers[2:]))
    try:
        for turn in range(results.rounds):
            say(f"PostgreSQL, one process and two: round {turn + 1} of {results.rounds}")
            for part, some in parts if turn % 2 == 0 else parts[::-1]:
                await _shared(part, some, postgres, results.seconds)
            for part, some in parts[:2]:
                await measure.pairs(some, part.pairs, 20)
    finally:
        for server in servers:
            server.stop()
    say("PostgreSQL, a profile of each")
    for number, databases in enumerate(urls):
        path = _fresh(folder / f"profile{number}")
        results.profiles.append(await profile_crowd(path, databases, "balance", results.seconds))


async def _shared(shared: Shared, servers: Sequence[Server], postgres: OwnPostgres, seconds: float) -> None:
    for name in DIALOGUES:
        if len(servers) == 1:
            await measure.alone(servers[0], name, shared.alone[name], seconds / 2)
        before, written, turns = cpu_seconds(postgres.pid), _written(postgres), shared.turns(name)
        lost = sum(server.put_off() for server in servers)
        await measure.crowd(servers, name, shared.crowd[name], seconds)
        log, size, commits = (now - then for now, then in zip(_written(postgres), written, strict=True))
        shared.written.append(Written(shared.turns(name) - turns, log, size, commits))
        shared.database[name] = shared.database.get(name, 0.0) + cpu_seconds(postgres.pid) - before
        put_off = sum(server.put_off() for server in servers) - lost
        shared.put_off[name] = shared.put_off.get(name, 0) + put_off


def _written(postgres: OwnPostgres) -> tuple[int, int, int]:
    """Bytes of write-ahead log, bytes of the database, number of commits so far."""
    log = postgres.query("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint")
    size = postgres.query(f"SELECT pg_database_size('{DATABASE}')")
    commits = postgres.query(f"SELECT xact_commit FROM pg_stat_database WHERE datname = '{DATABASE}'")
    return int(log), int(size), int(commits)


def _fresh(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


if __name__ == "__main__":
    main()
