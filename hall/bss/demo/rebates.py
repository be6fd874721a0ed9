"""Rebates of the demonstration."""

from __future__ import annotations

from hall import months
from hall.bss.demo.operator import DemoAdapter
from hall.bss.rebates import Rebate, Rebates


class DemoRebates(DemoAdapter, Rebates):
    """From records.yml."""

    async def of(self, msisdn: str) -> tuple[Rebate, ...]:
        garbage = await self._demo.fault("plan")
        line = await self._demo.line(msisdn)
        if line is None:
            return ()
        return tuple(
            Rebate(
                one["name"],
                -1 if garbage else one["fen"],
                one["day"],
                months.shift(line.anchor, one["since"]),
                months.shift(line.anchor, one["until"]),
            )
            for one in self._demo.people.about(msisdn).get("rebates", ())
        )
