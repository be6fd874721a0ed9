"""Plans of the demonstration."""

from __future__ import annotations

from hall import months
from hall.bss.demo.operator import DemoAdapter
from hall.bss.plan import Plan, Plans


class DemoPlans(DemoAdapter, Plans):
    """From the catalogue and the customer's `plan` in records.yml."""

    async def of(self, msisdn: str) -> Plan | None:
        garbage = await self._demo.fault("plan")
        line, people = await self._demo.line(msisdn), self._demo.people
        if line is None:
            return None
        included, about = people.plan(msisdn), people.about(msisdn).get("plan", {})
        since, until = (
            months.shift(line.anchor, about[key]) if key in about else None for key in ("since", "contract_until")
        )
        counts = {key: included[key] for key in ("fee_fen", "data_mb", "minutes", "sms")}
        return Plan("?" if garbage else msisdn, line.plan, **counts, since=since, contract_until=until)
