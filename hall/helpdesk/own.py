"""Our own desk: its agents look into the hand-offs themselves, so there is nothing to bring anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from hall.helpdesk.port import BadReport, Case, Report, Talk, Words


class OwnDesk:
    """See the port."""

    name, elsewhere = "own", False

    async def open(self, case: Case) -> Talk:
        """The hand-off is the talk."""
        return Talk(case.id, case.id)

    async def say(self, talk: Talk, words: Words, *, again: bool) -> None:
        """It is in the log."""

    async def tell(self, talk: Talk, text: str) -> None:
        """Nobody has to be told."""

    async def end(self, talk: Talk, why: str) -> None:
        """It has ended by itself."""

    async def check(self) -> None:
        """It is here."""

    def heard(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Report | None:
        """It has its own routes, and calls none."""
        raise BadReport("our own desk reports nothing")
