"""The measurements. Each takes a running server and adds to its figures; every reply is checked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.client import Sender
from benchmarks.dialogues import BALANCE, NAMED, SENTENCE, TOPUP, WISH, Line, check, hold
from benchmarks.servers import Server

SESSION = BALANCE * 5  # a customer who asks for his balance does so five times
DIALOGUES: dict[str, Sequence[Line]] = {"balance": SESSION, "sentence": SENTENCE * 5, "top-up": TOPUP}
CROWD = 16  # senders at once
LONG = 100  # turns of a long session
ENDS = 10  # turns compared at its beginning and at its end


@dataclass
class Load:
    """Turns: the seconds of each, and the CPU of all together."""

    turns: list[float] = field(default_factory=list)
    seconds: float = 0.0
    cpu: float = 0.0  # of the server's processes

    @property
    def p50(self) -> float:
        """Seconds."""
        return median(self.turns)

    @property
    def p95(self) -> float:
        """Seconds."""
        return sorted(self.turns)[int(len(self.turns) * 0.95)]

    @property
    def rate(self) -> float:
        """Turns a second."""
        return len(self.turns) / self.seconds

    @property
    def cpu_a_turn(self) -> float:
        """CPU seconds a turn."""
        return self.cpu / len(self.turns)


@dataclass
class Pairs:
    """Messages of one sender, in seconds each: one alone, and the second of two at the same moment."""

    single: list[float] = field(default_factory=list)
    second: list[float] = field(default_factory=list)
    disordered: int = 0  # pairs of which the second was answered first

    def __str__(self) -> str:
        return f"{self.disordered} of {len(self.second)}"


@dataclass
class Figures:
    """All figures of one server."""

    alone: dict[str, Load] = field(default_factory=lambda: {name: Load() for name in DIALOGUES})
    crowd: dict[str, Load] = field(default_factory=lambda: {name: Load() for name in DIALOGUES})
    early: list[float] = field(default_factory=list)  # seconds of the first turns of long sessions
    late: list[float] = field(default_factory=list)
    pairs: Pairs = field(default_factory=Pairs)
    starts: list[float] = field(default_factory=list)
    resident: int = 0  # bytes
    installed: int = 0  # bytes


async def alone(server: Server, name: str, load: Load, seconds: float) -> None:
    """Hold the dialogue for so many seconds, one customer after the other."""
    sender = server.sender()
    await _measured([server], load, seconds, name, [sender])


async def crowd(servers: Sequence[Server], name: str, load: Load, seconds: float) -> None:
    """Hold the dialogue with CROWD customers at once, spread over the servers; a new customer follows each."""
    senders = [servers[place % len(servers)].sender() for place in range(CROWD)]
    await _measured(servers, load, seconds, name, senders)


async def _measured(
    servers: Sequence[Server], load: Load, seconds: float, name: str, senders: Sequence[Sender]
) -> None:
    loop, cpu = asyncio.get_running_loop(), _cpu(servers)
    began = loop.time()
    until = began + seconds

    async def talk(sender: Sender) -> None:
        while loop.time() < until:
            load.turns += await hold(sender.rename(servers[0].new_name()), DIALOGUES[name])
        sender.close()

    await asyncio.gather(*map(talk, senders))
    load.seconds += loop.time() - began
    load.cpu += _cpu(servers) - cpu


def _cpu(servers: Sequence[Server]) -> float:
    return sum(server.cpu() for server in servers)


async def session(server: Server, figures: Figures) -> None:
    """Let one customer ask LONG times; keep the seconds of the first and of the last ENDS turns."""
    sender = server.sender()
    times = await hold(sender, BALANCE * LONG)
    sender.close()
    figures.early += times[:ENDS]
    figures.late += times[-ENDS:]


async def pairs(servers: Sequence[Server], pair: Pairs, count: int) -> None:
    """Two messages of one customer at the same moment, on two connections: the second must know the first.

    With two servers each takes one of them; which is first only they know, so both ask for the same.
    """
    lines = (WISH, NAMED) if len(servers) == 1 else (BALANCE[0], BALANCE[0])
    first, second = servers[0].sender(), servers[-1].sender()
    for _ in range(count):
        first.rename(servers[0].new_name())
        pair.single += [(await first.say(line.message)).seconds for line in lines]
        second.rename(first.rename(servers[0].new_name()).name)
        answers = await asyncio.gather(first.say(lines[0].message), second.say(lines[1].message))
        if lines[0] is WISH and NAMED.reply.fullmatch(answers[0].text):  # the number was taken before the wish
            pair.disordered += 1
        else:
            for line, answer in zip(lines, answers, strict=True):
                check(line, answer)
        pair.second.append(max(answer.seconds for answer in answers))
    first.close()
    second.close()
