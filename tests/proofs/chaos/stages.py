"""kill -9 at a named stage of a turn or of an order: a server that is forked for it wraps one call of the product.

`arm` is called in the fork (nursery.py) before the app is built. When the call is passed for the chosen time, the
victim is killed: this process, or the PostgreSQL of the folder that is given.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import importlib
import inspect
import itertools
import os
import random
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hall.store import inbox

DEATHS = "deaths"  # a file in the server's folder, with one byte a kill
BEFORE, DURING, AFTER = "before", "during", "after"
AT_MOST = 0.002  # seconds into a call that is to be cut in two
Call = Callable[..., Any]
SOME, ONE = (1, 1, 2, 3), (1, 1)  # passes
TURNS = (1, 2, 2, 2, 2, 3)  # one turn after the other


class Stage:
    """A moment of a call (`module:name`), where `holds` of its arguments and, after it, its result."""

    def __init__(
        self, words: str, when: str, *calls: str, holds: Callable[[Sequence[Any], Any], bool] | None = None,
        passes: Sequence[int] = SOME, doors: bool = False, running: bool = True,
    ) -> None:  # fmt: skip
        """`passes`: which pass of each life ends it; after the last it is let live. `doors`: only a process with a
        port comes by. `running`: it comes by more than once in a life."""
        self.words, self.when, self.calls, self.holds = words, when, calls, holds or _any
        self.passes, self.doors, self.running = tuple(passes), doors, running


def _any(_arguments: Sequence[Any], _result: Any) -> bool:
    return True


def _ends_a_turn(arguments: Sequence[Any], _result: Any) -> bool:
    writes = arguments[1] if isinstance(arguments[1], (list, tuple)) else arguments
    return any(getattr(write, "statement", None) is inbox.FINISH for write in writes)


def _has_words(_arguments: Sequence[Any], replies: Any) -> bool:
    return bool(replies)


def _is_given(arguments: Sequence[Any], _result: Any) -> bool:
    inline_replies, key = arguments
    return any(request.confirmed for request in inline_replies._open.get(key, ()))


def _knows_the_end(_arguments: Sequence[Any], answer: Any) -> bool:
    return answer.status in ("succeeded", "failed")


def _no_text(arguments: Sequence[Any], _result: Any) -> bool:
    return not arguments[1].kind.startswith("sms")


CONVERSATIONS = "bot.conversations.service:Conversations"
STORE, PROVIDER = "hall.store", "hall.payments.demo"
SUPPLIER, BSS = "hall.bss.supplier.demo:DemoSupplier", "hall.bss.demo.topup:DemoTopups"
STAGES = {
    "opening": Stage("the app is open, its port is not", AFTER, f"{CONVERSATIONS}.resume", doors=True, running=False),
    "accepted": Stage("a message is kept, nobody was told", AFTER, f"{CONVERSATIONS}.accept", doors=True),
    "understood": Stage(
        "the engine has run, nothing is written", BEFORE, "bot.conversations.commit:TurnCommit.commit",
        passes=TURNS,
    ),
    "writing": Stage(
        "in the middle of a turn's transaction", DURING,
        f"{STORE}.sqlite:Sqlite._execute", f"{STORE}.postgres:Postgres.commit",
        holds=_ends_a_turn, passes=TURNS,
    ),
    "written": Stage("a turn is written, nobody was told", BEFORE, f"{CONVERSATIONS}._committed", passes=TURNS),
    "answering": Stage(
        "a reply is about to leave", AFTER, f"{CONVERSATIONS}.wait_for_reply", holds=_has_words, doors=True
    ),
    "given": Stage(
        "a reply is written as given in a gateway's answer, which has not left", AFTER,
        "bot.conversations.inline_replies:InlineReplies.confirm",
        holds=_is_given, doors=True,
    ),
    "pressed": Stage("the customer has paid, his page does not say so", AFTER, "channels.pay.page:_act", doors=True),
    "noticed": Stage("a payment is known, not booked", AFTER, "hall.topup.payment:_book_once", doors=True),
    "booked": Stage("a payment is booked, its provider was not told", AFTER, "hall.topup.payment:record", doors=True),
    "submitting": Stage("SUBMITTING is written, the supplier was not called", BEFORE, f"{SUPPLIER}.submit"),
    "submitted": Stage("the supplier was called, its answer is not booked", AFTER, f"{SUPPLIER}.submit"),
    "credited": Stage("the line is credited, the supplier did not note it", AFTER, f"{BSS}.credit_data", passes=ONE),
    "delivered": Stage(
        "the supplier said how it ended, nothing is booked", AFTER, f"{SUPPLIER}.query", holds=_knows_the_end
    ),
    "refunding": Stage("a refund is to be asked for", BEFORE, f"{PROVIDER}:DemoPayments.refund", passes=ONE),
    "refunded": Stage("the money is back, that is not booked", AFTER, f"{PROVIDER}:DemoPayments.refund", passes=ONE),
    "handled": Stage(
        "a message is delivered, not crossed out", BEFORE, "hall.store.dispatcher:Dispatcher._finish", holds=_no_text
    ),
    "pushed": Stage("the gateway took a text, that is not noted", AFTER, "channels.sms.push:Pusher._send", passes=ONE),
}  # fmt: skip


def arm(name: str, passes: Sequence[int], victim: str, folder: str) -> None:
    """Kill at these passes of the stage: the PostgreSQL of the folder `victim`, or this process when there is none."""
    stage, due = STAGES[name], set(passes)
    count = itertools.count(1)

    def passed(arguments: Sequence[Any], result: Any) -> None:
        if stage.holds(arguments, result) and next(count) in due:
            with open(Path(folder) / DEATHS, "ab") as deaths:
                deaths.write(b"x")
            kill(int((Path(victim) / "postmaster.pid").read_text().split()[0]) if victim else os.getpid())

    for call in stage.calls:
        _wrap(call, passed, stage.when)


def kill(victim: int) -> None:
    """kill -9 a process and its children, the parent first: nobody is left to put things in order."""
    children = [] if victim == os.getpid() else _children(victim)
    for pid in (victim, *children):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _children(parent: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended
            if int((path / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1]) == parent:
                found.append(int(path.name))
    return found


def _wrap(call: str, passed: Callable[[Sequence[Any], Any], None], when: str) -> None:
    module, _, path = call.partition(":")
    *owners, name = path.split(".")
    owner: Any = functools.reduce(getattr, owners, importlib.import_module(module))
    original: Call = getattr(owner, name)

    @functools.wraps(original)
    def plain(*arguments: Any, **named: Any) -> Any:
        if when == BEFORE:
            passed(arguments, None)
        result = original(*arguments, **named)
        if when != BEFORE:
            passed(arguments, result)
        return result

    @functools.wraps(original)
    async def awaited(*arguments: Any, **named: Any) -> Any:
        if when == BEFORE:
            passed(arguments, None)
        running = asyncio.ensure_future(original(*arguments, **named))
        if when == DURING:
            await asyncio.wait({running}, timeout=random.uniform(0, AT_MOST))
            passed(arguments, None)
        result = await running
        if when == AFTER:
            passed(arguments, result)
        return result

    setattr(owner, name, awaited if inspect.iscoroutinefunction(original) else plain)
