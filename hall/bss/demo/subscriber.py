"""Lines of the demonstration."""

from __future__ import annotations

from hall.bss.demo.operator import DemoAdapter
from hall.bss.subscriber import Subscriber, Subscribers


class DemoSubscribers(DemoAdapter, Subscribers):
    """From bss_subscribers."""

    async def of(self, msisdn: str) -> Subscriber | None:
        garbage = await self._demo.fault("subscriber")
        row = await self._demo.line(msisdn)
        if row is None:
            return None
        flags = frozenset(row.flags)
        return Subscriber(
            msisdn="?" if garbage else row.msisdn,
            carrier=row.carrier,
            name=row.name,
            city=row.city,
            tier=row.tier,
            age=row.age,
            real_name=row.real_name,
            flags=flags,
            plan=row.plan,
            excludes_data_packages="excludes_data_packages" in flags,
            points=row.points,
        )
