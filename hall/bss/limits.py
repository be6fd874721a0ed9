"""A time limit and a look at the answer around any operator's system.

Whatever goes wrong behind the port comes out as `Unavailable(part)`: no answer in time, an error, an
answer of the wrong shape, or one about another line. Only `NotFound` passes, it is an answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from async_timeout import timeout

from hall import months
from hall.bss.port import Balance, Bill, Bss, Payment, Service, Subscriber, Usage
from hall.errors import StoreUnavailable, Unavailable

log = logging.getLogger(__name__)

SECONDS = 3.0
BROKEN = (OSError, StoreUnavailable, ValueError, TypeError, LookupError, AttributeError, ArithmeticError)
T = TypeVar("T")


class Limited:
    """The same port, with every call limited to `seconds` and every answer checked."""

    def __init__(self, inner: Bss, seconds: float = SECONDS) -> None:
        self._inner, self._seconds = inner, seconds

    async def subscriber(self, msisdn: str) -> Subscriber | None:
        call = self._inner.subscriber(msisdn)
        return await self._ask("subscriber", call, lambda s: s is None or s.msisdn == msisdn)

    async def balance(self, msisdn: str) -> Balance:
        return await self._ask("balance", self._inner.balance(msisdn), _sound_balance)

    async def bill(self, msisdn: str, month: str) -> Bill | None:
        return await self._ask("bill", self._inner.bill(msisdn, month), lambda b: b is None or _sound_bill(b, month))

    async def bill_months(self, msisdn: str) -> tuple[str, ...]:
        return await self._ask("bill", self._inner.bill_months(msisdn), lambda found: all(map(months.valid, found)))

    async def usage(self, msisdn: str) -> tuple[Usage, ...]:
        call = self._inner.usage(msisdn)
        return await self._ask("usage", call, lambda all_: all(_is_count(u.total) and _is_count(u.used) for u in all_))

    async def services(self, msisdn: str) -> tuple[Service, ...]:
        call = self._inner.services(msisdn)
        return await self._ask("subscriber", call, lambda found: all(_is_count(s.fee_fen) for s in found))

    async def payments(self, msisdn: str) -> tuple[Payment, ...]:
        call = self._inner.payments(msisdn)
        return await self._ask("balance", call, lambda found: all(_is_fen(p.amount_fen) for p in found))

    async def topup_count(self, msisdn: str, sku: str, month: str) -> int:
        return await self._ask("topup", self._inner.topup_count(msisdn, sku, month), _is_count)

    async def credit_data(self, msisdn: str, sku: str, data_mb: int, valid_until: datetime, key: str) -> None:
        await self._ask("topup", self._inner.credit_data(msisdn, sku, data_mb, valid_until, key), lambda _: True)

    async def credit_money(self, msisdn: str, amount_fen: int, key: str, way: str) -> None:
        await self._ask("topup", self._inner.credit_money(msisdn, amount_fen, key, way), lambda _: True)

    async def _ask(self, part: str, call: Awaitable[T], sound: Callable[[T], bool]) -> T:
        try:
            async with timeout(self._seconds):
                answer = await call
            if sound(answer):
                return answer
            why = "answered with nonsense"
        except asyncio.TimeoutError:
            why = f"no answer within {self._seconds:g} s"
        except BROKEN as error:
            why = f"{type(error).__name__}: {error}"
            log.warning("%s: %s", part, why, exc_info=error)
        raise Unavailable(part, why)


def _is_fen(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _sound_balance(balance: Balance) -> bool:
    return _is_fen(balance.balance_fen) and _is_count(balance.arrears_fen)


def _sound_bill(bill: Bill, month: str) -> bool:
    return bill.month == month and all(_is_fen(item.amount_fen) for item in bill.items)
