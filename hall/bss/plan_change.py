"""Changes of plan that were ordered and take effect later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hall import months
from hall.bss.kinds import Records, limited


@dataclass(frozen=True, slots=True)
class PlanChange:
    """From `month` on the line has the plan `name` instead of `was`."""

    msisdn: str
    name: str
    was: str
    month: str
    ordered_at: datetime


@dataclass(frozen=True, slots=True)
class PlanOrder:
    """A change of plan that was confirmed. The same `key` again does nothing; a newer one takes its place."""

    key: str
    msisdn: str
    name: str
    month: str  # from which on; the running one: at once
    ends_contract: bool
    by: str  # the channel


class PlanChanges(Records):
    """Part: plan. TM Forum: 622 `/productOrder` modify."""

    @limited("plan", lambda found, msisdn: found is None or (found.msisdn == msisdn and months.valid(found.month)))
    async def pending(self, msisdn: str) -> PlanChange | None:
        """The change that has not taken effect yet, if one is ordered."""
        raise NotImplementedError

    @limited("plan")
    async def order(self, order: PlanOrder) -> None:
        """Order a change. Idempotent by its key. Raises NotFound for an unknown line."""
        raise NotImplementedError

    @limited("plan")
    async def undo(self, msisdn: str, key: str, by: str) -> None:
        """Take back what has not taken effect yet. Idempotent: without one nothing is done."""
        raise NotImplementedError
