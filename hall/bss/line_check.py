"""What the network says of a line, and outages that are known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from hall.bss.kinds import Records, limited

Result = Literal["fine", "arrears", "suspended", "lost", "apn", "used_up", "throttled", "port_down", "barred"]


@dataclass(frozen=True, slots=True)
class LineCheck:
    """What is wrong with a line where `kind` (a key of faults.yml) does not work: `fine` when nothing is seen."""

    msisdn: str
    kind: str
    result: Result


@dataclass(frozen=True, slots=True)
class Outage:
    """Something is down for everybody in a city, or in one district of it ("": all of them)."""

    city: str
    district: str
    what: str
    since: datetime
    until: datetime  # as it is expected


class LineChecks(Records):
    """The network's view of a line. Part: line_check. TM Forum: 653 `/serviceTest`, 656 `/serviceProblem`."""

    @limited("line_check", lambda found, msisdn, kind: found.msisdn == msisdn and found.kind == kind)
    async def of(self, msisdn: str, kind: str) -> LineCheck:
        """What is seen now."""
        raise NotImplementedError

    @limited("line_check")
    async def outages(self, carrier: str, city: str, kind: str) -> tuple[Outage, ...]:
        """What is known to be down for a carrier in a city."""
        raise NotImplementedError
