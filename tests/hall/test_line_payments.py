"""Payments of a line, and whether one arrived."""

from __future__ import annotations

from datetime import date

from hall import line_payments
from hall.bss.topup import Topups
from hall.context import Hall
from hall.days import Days
from hall.line_payments import Arrived, Missing, Wish

LINE = "13800138000"
SIXTH = Days(date(2026, 11, 6), date(2026, 11, 6))


async def test_a_payment_is_found_by_day_and_amount(hall: Hall) -> None:
    for wish in (Wish(5000, SIXTH), Wish(None, SIXTH)):
        found = await line_payments.arrived(hall, LINE, wish)
        assert isinstance(found, Arrived)
        assert found.sure
        assert [one.amount_fen for one in found.payments] == [5000]


async def test_another_amount_or_day_is_missing(hall: Hall) -> None:
    for wish in (Wish(6000, SIXTH), Wish(5000, Days(date(2026, 11, 7), date(2026, 11, 7)))):
        found = await line_payments.arrived(hall, LINE, wish)
        assert isinstance(found, Missing)
        assert found.latest


async def test_money_put_on_the_line_is_the_newest_payment(hall: Hall) -> None:
    await hall.bss[Topups].credit_money(LINE, 3000, "k1", "微信支付")
    found = await line_payments.history(hall, LINE)
    assert (found.payments[0].amount_fen, found.payments[0].way) == (3000, "微信支付")
    assert found.total_fen == sum(one.amount_fen for one in found.payments)


async def test_a_line_that_nobody_paid_for_has_none(hall: Hall) -> None:
    assert isinstance(await line_payments.arrived(hall, "13900139002", Wish()), Missing)
