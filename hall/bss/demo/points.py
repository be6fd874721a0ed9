"""Points of the demonstration."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row, insert, select, update

from hall import months
from hall.bss.demo.operator import DemoAdapter
from hall.bss.points import Account, Ending, PointAccounts, Redemption
from hall.errors import Conflict, NotFound, Unavailable
from hall.operator_files import GIFTS, OperatorFiles
from hall.policy.accounts import Gift, gifts
from hall.store.tables.accounts import bss_credits, bss_payments, bss_redemptions, bss_subscribers
from hall.store.unit import Unit

WAY = "积分兑换"


class DemoPointAccounts(DemoAdapter, PointAccounts):
    """From the line's row and bss_redemptions; what is redeemed is delivered in the same transaction."""

    async def of(self, msisdn: str) -> Account | None:
        garbage = await self._demo.fault("points")
        line = await self._demo.line(msisdn)
        if line is None:
            return None
        given = sum(row.points for row in await self._rows(msisdn))
        ending = min(line.points, self._demo.people.about(msisdn).get("points_ending", 0) - given)
        soonest = (Ending(ending, date(self._demo.clock.local().year, 12, 31)),) if ending > 0 else ()
        return Account("?" if garbage else msisdn, line.points, soonest)

    async def redeemed(self, msisdn: str) -> tuple[Redemption, ...]:
        if await self._demo.fault("points"):
            raise Unavailable("points", "garbage")
        return tuple(_redemption(row) for row in reversed(await self._rows(msisdn)))

    async def redeem(self, msisdn: str, gift: str, key: str) -> Redemption | None:
        if await self._demo.fault("points"):
            raise Unavailable("points", "garbage")
        line, wanted = await self._demo.line(msisdn), _gifts().get(gift)
        if line is None or wanted is None:
            raise NotFound("no such line or gift")
        if (before := await self._by(key)) is not None:
            return _redemption(before)
        if line.points < wanted.points:
            return None
        try:
            await self._staged(line, wanted, key, len(await self._rows(msisdn))).commit()
        except Conflict:
            if await self._by(key) is None:
                raise Unavailable("points", "the line is changing: try again") from None
        row = await self._by(key)
        return _redemption(row) if row else None

    def _staged(self, line: Row[Any], gift: Gift, key: str, before: int) -> Unit:
        """The writes; `before`: so many redemptions there were, by as many microseconds payments are told apart."""
        unit, now = self._demo.store.unit(), self._demo.clock.now() - timedelta(microseconds=before)
        unit.stage(
            insert(bss_redemptions).values(
                key=key, msisdn=line.msisdn, gift=gift.code, name=gift.name, points=gift.points, at=now
            )
        )
        credit = gift.amount if gift.kind == "credit" else 0
        after = line.balance_fen + credit
        unit.stage(
            update(bss_subscribers)
            .where(
                bss_subscribers.c.msisdn == line.msisdn,
                bss_subscribers.c.points == line.points,
                bss_subscribers.c.balance_fen == line.balance_fen,
            )
            .values(points=line.points - gift.points, balance_fen=after, arrears_fen=max(0, -after)),
            expect=1,
        )
        if credit:
            unit.stage(insert(bss_payments).values(msisdn=line.msisdn, at=now, amount_fen=credit, way=WAY))
        if gift.kind == "data":
            values = {"key": f"points:{key}", "msisdn": line.msisdn, "sku": gift.name, "data_mb": gift.amount}
            ends = now + timedelta(days=gift.days)
            unit.stage(insert(bss_credits).values(**values, valid_until=ends, month=months.of(now), at=now))
        return unit

    async def _by(self, key: str) -> Row[Any] | None:
        return await self._demo.store.one(select(bss_redemptions).where(bss_redemptions.c.key == key))

    async def _rows(self, msisdn: str) -> Sequence[Row[Any]]:
        return await self._demo.rows(bss_redemptions, msisdn, order="at")


def _redemption(row: Row[Any]) -> Redemption:
    return Redemption(row.gift, row.name, row.points, row.at)


def _gifts() -> dict[str, Gift]:
    """What the demonstration's operator gives for points."""
    return {gift.code: gift for gift in gifts(OperatorFiles().rows(GIFTS))}
