"""What understanding costs over a day's mix of messages: `python -m benchmarks.understanding.mix`.

The mix is what customers write in the dialogues of tests/conversations, buttons left out, in an order of chance (its
seed is fixed): mostly short answers at a step, a tenth in whole sentences. The sets of tests/bot/nlu stand beside it:
only sentences, each new, as if nobody ever wrote the same. CPU of the one thread, in milliseconds.
"""

from __future__ import annotations

import asyncio
import os
import random
import resource
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

import yaml

from bot.engine.import_stubs import install

install()

from bot.engine.loading import settle  # noqa: E402
from bot.engine.parse_cache import ParseCache  # noqa: E402
from bot.engine.training import ensure_model  # noqa: E402
from bot.nlu import encoder  # noqa: E402
from tests.bot.nlu import measuring  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
PLAYED = ROOT / "tests" / "conversations"
MOST_SEEN = 0.5, 0.95, 0.99
WARM = 20  # messages before it is counted


def main() -> None:
    """Understand each list of messages, with the caches and without them, and print a table."""
    from bot.engine.engine import Engine

    began, cpu = time.perf_counter(), time.process_time()
    engine = Engine(ensure_model())
    settle()
    print(f"loading {time.perf_counter() - began:.1f} s, CPU {time.process_time() - cpu:.1f} s; {_memory()} MB held")
    dialogues = list(messages())
    random.Random(0).shuffle(dialogues)
    sentences = [text for rows in measuring.sets().values() for text, *_ in rows]
    random.Random(0).shuffle(sentences)
    asyncio.run(_table(engine, {"dialogues": dialogues, "sentences": sentences}))
    load = os.getloadavg()
    print(f"{_memory()} MB held, at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}; load {load}")


async def _table(engine: Any, lists: dict[str, list[str]]) -> None:
    print("messages                          n   mean    p50    p95    p99  network asked")
    for name, texts in lists.items():
        for what in ("caches", "none"):
            spent, asked = await cost(engine, texts, cached=what == "caches")
            by = [sorted(spent)[int(len(spent) * share)] for share in MOST_SEEN]
            figures = " ".join(f"{ms:6.2f}" for ms in (mean(spent), *by))
            print(f"{name + ', ' + what:<28}{len(texts):>7} {figures} {asked / len(texts):>8.1%}")


async def cost(engine: Any, texts: Sequence[str], *, cached: bool) -> tuple[list[float], int]:
    """CPU milliseconds of each, and how often the network ran."""
    network = encoder.installed() if encoder.wanted() else None
    engine._recall = ParseCache()
    if network:
        network._read.cache_clear()
    for text in texts[:WARM]:
        await engine.parse(text)
    before = network._read.cache_info().misses if network else 0
    asked, spent = 0, []
    for text in texts:
        if not cached:
            engine._recall = ParseCache()
            if network:
                asked += network._read.cache_info().misses
                network._read.cache_clear()
                before = 0
        start = time.thread_time_ns()
        await engine.parse(text)
        spent.append((time.thread_time_ns() - start) / 1e6)
    return spent, asked + (network._read.cache_info().misses - before if network else 0)


def messages() -> Iterator[str]:
    """What customers write in the dialogues, as often as they write it."""
    for path in sorted(PLAYED.rglob("*.yml")):
        for case in yaml.safe_load(path.read_text("utf-8")) or ():
            yield from (one for one in case["dialogue"] if isinstance(one, str))


def _memory() -> int:
    """Megabytes held at present."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 2**20


if __name__ == "__main__":
    main()
