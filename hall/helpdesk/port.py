"""The port of help desks: what the hall asks of one, and what one reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from hall.errors import HallError

ELSEWHERE = "@elsewhere"  # the agent's name of a hand-off that somebody at another desk has; no account has such a one


class DeskDown(HallError):
    """It does not answer, or says that it cannot at the moment: the same call may be made again."""


class DeskRefused(HallError):
    """It does not take our calls: its settings or ours are wrong, or what was asked for is not there."""


class BadReport(HallError):
    """A report that was not signed by the desk, or not now."""


@dataclass(frozen=True, slots=True)
class Case:
    """Somebody who waits, as he is called, masked; `about`: what an agent should know."""

    id: str
    called: str
    about: str


@dataclass(frozen=True, slots=True)
class Talk:
    """A case as the desk has it."""

    case: str
    theirs: str  # the desk's own id of it


@dataclass(frozen=True, slots=True)
class Words:
    """A line of the conversation for the desk. `key` is the same for the same line."""

    key: str
    author: str  # customer | bot | system
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody at the desk did: took the talk, said something to the customer, ended it.

    `key` is the desk's own id of it; `files`: there were some, which cannot be passed on.
    """

    theirs: str
    what: Literal["took", "said", "ended"]
    key: str = ""
    text: str = ""
    files: bool = False


class HelpDesk(Protocol):
    """A desk. Every call ends within seconds, by an answer, DeskDown or DeskRefused."""

    name: str
    elsewhere: bool  # whether it is another one than ours

    async def open(self, case: Case) -> Talk:
        """Open a case; the same case again finds the talk that there is."""
        ...

    async def say(self, talk: Talk, words: Words, *, again: bool) -> None:
        """Bring a line there. `again`: it may have come already, which is found out first."""
        ...

    async def tell(self, talk: Talk, text: str) -> None:
        """Tell the agents something that the customer never sees."""
        ...

    async def end(self, talk: Talk, why: str) -> None:
        """Nobody there answers any more."""
        ...

    async def check(self) -> None:
        """Whether it can be reached and knows us."""
        ...

    def heard(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Report | None:
        """What a call of the desk reports; None for what is nothing to us. Raises BadReport."""
        ...
