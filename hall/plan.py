"""The plan of a line, as it is told to its holder."""

from __future__ import annotations

from dataclasses import replace

from hall import months
from hall.bss.plan import Plan, Plans
from hall.context import Hall


async def current(hall: Hall, msisdn: str) -> Plan | None:
    """The plan that runs now; None for an unknown line. A contract that has ended is none any more.

    Raises Unavailable("plan").
    """
    plan = await hall.bss[Plans].of(msisdn)
    if plan is None or plan.contract_until is None or plan.contract_until >= months.of(hall.clock.now()):
        return plan
    return replace(plan, contract_until=None, contract=None)
