"""Consents of the demonstration's customers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, func, insert, select

from hall.bss.consents import Consents
from hall.bss.demo.operator import DemoAdapter
from hall.errors import Conflict
from hall.store.tables.notices import bss_consents, bss_notices

SAID, SENT = bss_consents.c, bss_notices.c


class DemoConsents(DemoAdapter, Consents):
    """From bss_consents and bss_notices."""

    async def of(self, msisdn: str) -> Mapping[str, bool]:
        await self._demo.fault("consents")
        rows = await self._demo.rows(bss_consents, msisdn, order="kind")
        return {row.kind: row.agreed for row in rows}

    async def say(self, msisdn: str, kinds: tuple[str, ...], agreed: bool) -> None:
        await self._demo.fault("consents")
        unit, now = self._demo.store.unit(), self._demo.clock.now()
        for kind in kinds:
            unit.stage(delete(bss_consents).where(SAID.msisdn == msisdn, SAID.kind == kind))
            unit.stage(insert(bss_consents).values(msisdn=msisdn, kind=kind, agreed=agreed, at=now))
        await unit.commit()

    async def written(self, msisdn: str, since: datetime) -> int:
        await self._demo.fault("consents")
        row = await self._demo.store.one(select(func.count()).where(SENT.msisdn == msisdn, SENT.at >= since))
        return int(row[0]) if row else 0

    async def note(self, msisdn: str, kind: str, key: str) -> bool:
        await self._demo.fault("consents")
        unit = self._demo.store.unit()
        unit.stage(insert(bss_notices).values(key=key, msisdn=msisdn, kind=kind, at=self._demo.clock.now()))
        try:
            await unit.commit()
        except Conflict:
            return False
        return True
