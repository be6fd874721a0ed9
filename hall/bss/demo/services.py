"""Services of the demonstration."""

from __future__ import annotations

from typing import cast

from hall.bss.demo.operator import DemoAdapter
from hall.bss.services import Service, Services
from hall.store.tables.accounts import bss_services


class DemoServices(DemoAdapter, Services):
    """From bss_services."""

    async def of(self, msisdn: str) -> tuple[Service, ...]:
        garbage = await self._demo.fault("subscriber")
        rows = await self._demo.rows(bss_services, msisdn, order="since")
        return tuple(Service(row.code, row.name, cast(int, "?") if garbage else row.fee_fen, row.since) for row in rows)
