"""What is set on lines of the demonstration: state, forwarding, family. Each change is kept by its key."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select

from hall.bss.demo.operator import DemoAdapter, DemoBss
from hall.bss.family import Families, Member
from hall.bss.forwarding import WHENS, Forwarding, Forwardings
from hall.bss.line_state import ACTIVE, LineState, LineStates
from hall.errors import Conflict, Unavailable
from hall.store.prepared import Prepared, given
from hall.store.tables.line import bss_family, bss_forwardings, bss_line_acts, bss_line_states
from hall.store.unit import Unit

STATE = Prepared(select(bss_line_states).where(given(bss_line_states.c.msisdn)))


async def _act(demo: DemoBss, unit: Unit, key: str, act: tuple[str, str], **detail: Any) -> None:
    """Commit a change of (line, what) and its trace in one transaction: a key that is there already changes nothing."""
    msisdn, what = act
    unit.stage(insert(bss_line_acts).values(key=key, msisdn=msisdn, what=what, detail=detail, at=demo.clock.now()))
    try:
        await unit.commit()
    except Conflict:
        if await demo.store.one(select(bss_line_acts.c.key).where(bss_line_acts.c.key == key)) is None:
            raise Unavailable("line", "the line is changing: try again") from None


class DemoLineStates(DemoAdapter, LineStates):
    """From bss_line_states; a line that is in use has no row."""

    async def of(self, msisdn: str) -> LineState:
        garbage = await self._demo.fault("line")
        row = await self._demo.store.one(STATE, {"its_msisdn": msisdn})
        if row is None:
            return LineState("?" if garbage else msisdn, ACTIVE)
        return LineState("?" if garbage else msisdn, row.state, row.since, row.until)

    async def change(self, msisdn: str, state: str, key: str, until: datetime | None = None) -> LineState:
        await self._demo.fault("line")
        unit, now = self._demo.store.unit(), self._demo.clock.now()
        unit.stage(delete(bss_line_states).where(bss_line_states.c.msisdn == msisdn))
        if state != ACTIVE:
            unit.stage(insert(bss_line_states).values(msisdn=msisdn, state=state, since=now, until=until))
        await _act(self._demo, unit, key, (msisdn, f"state:{state}"))
        return await self.of(msisdn)


class DemoForwardings(DemoAdapter, Forwardings):
    """From bss_forwardings."""

    async def of(self, msisdn: str) -> tuple[Forwarding, ...]:
        await self._demo.fault("line")
        rows = await self._demo.rows(bss_forwardings, msisdn, order="since")
        found = (Forwarding(row.kind, row.target, row.since) for row in rows)
        return tuple(sorted(found, key=lambda one: WHENS.index(one.when)))

    async def set(self, msisdn: str, when: str, target: str, key: str) -> None:
        await self._demo.fault("line")
        unit, now = self._demo.store.unit(), self._demo.clock.now()
        unit.stage(self._without(msisdn, (when,)))
        unit.stage(insert(bss_forwardings).values(msisdn=msisdn, kind=when, target=target, since=now))
        await _act(self._demo, unit, key, (msisdn, f"forward:{when}"), target=target)

    async def cancel(self, msisdn: str, whens: tuple[str, ...], key: str) -> None:
        await self._demo.fault("line")
        unit = self._demo.store.unit()
        unit.stage(self._without(msisdn, whens))
        await _act(self._demo, unit, key, (msisdn, "forward:none"), whens=list(whens))

    @staticmethod
    def _without(msisdn: str, whens: tuple[str, ...]) -> Any:
        mine = bss_forwardings.c
        return delete(bss_forwardings).where(mine.msisdn == msisdn, mine.kind.in_(whens))


class DemoFamilies(DemoAdapter, Families):
    """From bss_family."""

    async def of(self, msisdn: str) -> tuple[Member, ...]:
        await self._demo.fault("line")
        rows = await self._demo.rows(bss_family, msisdn, order="since")
        return tuple(Member(row.member, row.since) for row in rows)

    async def add(self, msisdn: str, number: str, key: str) -> None:
        await self._demo.fault("line")
        unit, now = self._demo.store.unit(), self._demo.clock.now()
        unit.insert_once(bss_family, msisdn=msisdn, member=number, since=now)
        await _act(self._demo, unit, key, (msisdn, "family:add"), member=number)

    async def remove(self, msisdn: str, number: str, key: str) -> None:
        await self._demo.fault("line")
        unit, mine = self._demo.store.unit(), bss_family.c
        unit.stage(delete(bss_family).where(mine.msisdn == msisdn, mine.member == number))
        await _act(self._demo, unit, key, (msisdn, "family:remove"), member=number)
