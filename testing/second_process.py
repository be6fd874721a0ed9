"""A process beside the test's: turns on the same PostgreSQL, with the simple engine of testing/echo_engine.py.

python -m testing.second_process URL SECONDS-A-TURN
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import replace

from actions.base import Turn
from bot.conversations.service import Conversations
from bot.engine.memory import Input, Memory, TurnResult
from bot.messages import Button
from hall.clock import Clock
from hall.context import Hall
from hall.store.unit import Store
from testing.echo_engine import EchoEngine


class Signed(EchoEngine):
    """Puts the number of its process on the button."""

    async def run(self, turn: Turn, memory: Memory, given: Input) -> TurnResult:
        answer = await super().run(turn, memory, given)
        return replace(answer, replies=(replace(answer.replies[0], buttons=(Button(str(os.getpid()), "/one"),)),))


async def main(url: str, slow: float) -> None:
    store = Store(url)
    hall = Hall(store, Clock(), None, None, {}, None, b"")  # type: ignore[arg-type]
    turns = Conversations(hall, Signed(slow=slow), at_once=4)  # type: ignore[arg-type]
    await store.cluster.listen()
    await store.cluster.claim("a first word, so that the connection is there")
    looking = asyncio.create_task(turns.scheduler.run())
    print("ready", flush=True)
    await looking


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
