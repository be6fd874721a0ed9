"""Plans of lines: what is paid a month, and what it includes."""

from __future__ import annotations

from dataclasses import dataclass

from hall import months
from hall.bss.kinds import Records, is_count, limited


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan that a line has. `since`: its first month; `contract_until`: the last month of a contract, if any."""

    msisdn: str
    name: str
    fee_fen: int  # a month
    data_mb: int  # included a month, as the next two
    minutes: int
    sms: int
    since: str | None = None
    contract_until: str | None = None
    contract: str | None = None  # what kind of contract, of the policy's: discount, phone …


def _sound(plan: Plan | None, msisdn: str) -> bool:
    if plan is None:
        return True
    counts = (plan.fee_fen, plan.data_mb, plan.minutes, plan.sms)
    ends = (month for month in (plan.since, plan.contract_until) if month is not None)
    return plan.msisdn == msisdn and all(map(is_count, counts)) and all(map(months.valid, ends))


class Plans(Records):
    """Which plan a line has. Part: plan. TM Forum: 637 `/product`."""

    @limited("plan", _sound)
    async def of(self, msisdn: str) -> Plan | None:
        """The plan of a line; None for an unknown line."""
        raise NotImplementedError
