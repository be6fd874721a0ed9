"""Calls to a line that go on to another number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from hall.bss.kinds import Records, limited

When = Literal["always", "busy", "no_answer", "unreachable"]
WHENS: tuple[When, ...] = get_args(When)
ALWAYS, BUSY, NO_ANSWER, UNREACHABLE = WHENS


@dataclass(frozen=True, slots=True)
class Forwarding:
    """Calls go to `target`: `when` always, busy, no_answer or unreachable."""

    when: When
    target: str
    since: datetime


class Forwardings(Records):
    """Forwardings of lines. Part: line."""

    @limited("line", lambda found, _msisdn: all(one.when in WHENS for one in found))
    async def of(self, msisdn: str) -> tuple[Forwarding, ...]:
        """What is set, in the order of WHENS."""
        raise NotImplementedError

    @limited("line")
    async def set(self, msisdn: str, when: str, target: str, key: str) -> None:
        """Let calls go to `target`, in place of what was set for `when`. Idempotent by `key`."""
        raise NotImplementedError

    @limited("line")
    async def cancel(self, msisdn: str, whens: tuple[str, ...], key: str) -> None:
        """End what is set for these. Idempotent by `key`."""
        raise NotImplementedError
