"""Whether a line is in use, suspended by its holder, or reported lost. Arrears are hall/bss/balance.py's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hall.bss.kinds import Records, limited

ACTIVE, SUSPENDED, LOST = "active", "suspended", "lost"


@dataclass(frozen=True, slots=True)
class LineState:
    """A line's state: active, suspended or lost, since when, and until when it is kept so (None: open)."""

    msisdn: str
    state: str
    since: datetime | None = None
    until: datetime | None = None


def _sound(found: LineState, msisdn: str, *_: object) -> bool:
    return found.msisdn == msisdn and found.state in (ACTIVE, SUSPENDED, LOST)


class LineStates(Records):
    """The states of lines. Part: line. TM Forum: 637 `/product`, 622 modify."""

    @limited("line", _sound)
    async def of(self, msisdn: str) -> LineState:
        """The state now; active for a line of which nothing else is known."""
        raise NotImplementedError

    @limited("line", _sound)
    async def change(self, msisdn: str, state: str, key: str, until: datetime | None = None) -> LineState:
        """Bring a line into a state. Idempotent: the same `key` again changes nothing. The state afterwards."""
        raise NotImplementedError
