"""Balance, arrears and this month's bill up to now."""

import pytest

from hall import balance
from hall.bss.bill import Bills
from hall.bss.demo import DemoBss
from hall.context import Hall
from hall.errors import Unavailable


async def test_balance_comes_with_the_running_bill(hall: Hall) -> None:
    assert await balance.account(hall, "13800138000") == balance.Account(8850, 0, 6125)


async def test_arrears_are_told(hall: Hall) -> None:
    account = await balance.account(hall, "13900139002")
    assert account
    assert (account.balance_fen, account.arrears_fen) == (-1260, 1260)


async def test_a_bill_system_that_is_down_costs_only_its_line(hall: Hall, demo: DemoBss) -> None:
    demo.faults["bill"], demo[Bills].seconds = "slow", 0.05
    assert await balance.account(hall, "13800138000") == balance.Account(8850, 0, None)


async def test_a_balance_system_that_is_down_is_named(hall: Hall, demo: DemoBss) -> None:
    demo.faults["balance"] = "down"
    with pytest.raises(Unavailable) as raised:
        await balance.account(hall, "13800138000")
    assert raised.value.part == "balance"


async def test_an_unknown_line_has_no_account(hall: Hall) -> None:
    assert await balance.account(hall, "13800000000") is None
