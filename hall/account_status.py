"""The state of a line: whose it is (masked), whether it is stopped, why, and what opens it again."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from hall.bss.balance import Balances
from hall.bss.line_state import LOST, SUSPENDED, LineStates
from hall.bss.plan import Plans
from hall.bss.subscriber import Subscriber, Subscribers
from hall.context import Hall

Stopped = Literal["lost", "suspended", "arrears", "not_registered", ""]


@dataclass(frozen=True, slots=True)
class Status:
    """A line as its customer sees it. `stopped`: why it does not work in full, "" when it does; `since`: of that."""

    subscriber: Subscriber
    stopped: Stopped
    stopped_since: datetime | None
    arrears_fen: int
    since: str | None  # the month


async def status(hall: Hall, line: str) -> Status | None:
    """The state of a line; None for an unknown one. Raises Unavailable of whichever system does not answer."""
    subscriber = await hall.bss[Subscribers].of(line)
    if subscriber is None:
        return None
    state, money, plan = await asyncio.gather(
        hall.bss[LineStates].of(line), hall.bss[Balances].of(line), hall.bss[Plans].of(line)
    )
    stopped: Stopped = ""
    if state.state == LOST:
        stopped = "lost"
    elif state.state == SUSPENDED:
        stopped = "suspended"
    elif money.arrears_fen:
        stopped = "arrears"
    elif not subscriber.real_name:
        stopped = "not_registered"
    return Status(subscriber, stopped, state.since, money.arrears_fen, plan.since if plan else None)
