"""Plans of the demonstration."""

from __future__ import annotations

from hall import months
from hall.bss.demo.operator import DemoAdapter
from hall.bss.plan import Plan, Plans
from hall.store.tables.accounts import bss_plan_changes


class DemoPlans(DemoAdapter, Plans):
    """From the catalogue and the customer's `plan` in records.yml."""

    async def of(self, msisdn: str) -> Plan | None:
        garbage = await self._demo.fault("plan")
        await self._demo.keep_up()
        line, people = await self._demo.line(msisdn), self._demo.people
        if line is None:
            return None
        included, about = people.records["plans"][line.plan], people.about(msisdn).get("plan", {})
        since, until = (
            months.shift(line.anchor, about[key]) if key in about else None for key in ("since", "contract_until")
        )
        contract = about.get("contract", "discount") if until else None
        done = bss_plan_changes.c.state == "done"
        for change in await self._demo.rows(bss_plan_changes, msisdn, done, order="month"):
            since, until = change.month, None if change.ends_contract else until
            contract = contract if until else None
        counts = {key: included[key] for key in ("fee_fen", "data_mb", "minutes", "sms")}
        return Plan(
            "?" if garbage else msisdn, line.plan, **counts, since=since, contract_until=until, contract=contract
        )
