"""The line check of the demonstration: from the line's own rows, and from what records.yml says of its network."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import Any, cast

from hall.bss.demo.line_state import STATE
from hall.bss.demo.operator import DemoAdapter
from hall.bss.line_check import LineCheck, LineChecks, Outage, Result
from hall.operator_files import FAULTS, OperatorFiles
from hall.policy.faults import FaultRules, faults

MOBILE = ("signal", "data", "sms", "calls")
OF_LINE = {  # of `line_check` in records.yml: which kinds a finding explains
    "apn": ("data",),
    "used_up": ("data",),
    "throttled": ("data",),
    "port_down": ("broadband",),
    "barred": ("calls",),
}


class DemoLineChecks(DemoAdapter, LineChecks):
    """Arrears and the line's state stop everything that is mobile; the rest is on file."""

    async def of(self, msisdn: str, kind: str) -> LineCheck:
        garbage = await self._demo.fault("line_check")
        return LineCheck("?" if garbage else msisdn, kind, cast(Result, await self._seen(msisdn, kind)))

    async def outages(self, carrier: str, city: str, kind: str) -> tuple[Outage, ...]:
        await self._demo.fault("line_check")
        now = self._demo.clock.now().replace(minute=0, second=0, microsecond=0)
        return tuple(
            Outage(
                one.city,
                one.district,
                one.what,
                now - timedelta(hours=one.began_hours),
                now + timedelta(hours=one.lasts_hours - one.began_hours),
            )
            for one in _rules().outages
            if (one.carrier, one.city) == (carrier, city) and kind in one.kinds
        )

    async def _seen(self, msisdn: str, kind: str) -> str:
        state: Any = await self._demo.store.one(STATE, {"its_msisdn": msisdn})
        if state is not None and kind in MOBILE:
            return str(state.state)
        row = await self._demo.line(msisdn)
        if row is not None and row.arrears_fen > 0 and kind in MOBILE:
            return "arrears"
        known = self._demo.people.records["customers"].get(msisdn, {}).get("line_check", "")
        return known if kind in OF_LINE.get(known, ()) else "fine"


@lru_cache(maxsize=1)
def _rules() -> FaultRules:
    return faults(OperatorFiles().file(FAULTS))
