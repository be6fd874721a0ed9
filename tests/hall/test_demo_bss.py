"""The demonstration's twelve customers are what their notes say, at any date."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from hall import months
from hall.bss.balance import Balances
from hall.bss.bill import Bills
from hall.bss.demo import DemoBss, records, seed
from hall.bss.payments import LinePayments
from hall.bss.services import Services
from hall.bss.subscriber import Subscribers
from hall.bss.topup import Topups
from hall.bss.usage import Usages
from hall.errors import NotFound
from hall.store.tables.accounts import bss_bill_items, bss_bills, bss_credits, bss_payments, bss_subscribers
from hall.store.unit import Store

EVERYDAY, ARREARS, FIVE_TOPUPS, DISPUTED, UNWANTED = (
    "13800138000", "13900139002", "18600186006", "18700187010", "15600156011",
)  # fmt: skip
LINES = [row["msisdn"] for row in records.load().customers]


async def _counts(store: Store) -> list[Any]:
    tables = (bss_subscribers, bss_bills, bss_bill_items, bss_credits, bss_payments)
    return [(await store.one(select(func.count()).select_from(table)))[0] for table in tables]  # type: ignore[index]


async def test_everybody_has_six_closed_months_and_the_running_one(demo: DemoBss) -> None:
    assert len(LINES) == 12
    for line in LINES:
        known = await demo[Bills].months(line)
        assert len(known) >= 7
        assert known[-2:] == ("2026-10", "2026-11")
        bills = [await demo[Bills].of(line, month) for month in known]
        assert all(bill and bill.items and bill.open == (bill.month == "2026-11") for bill in bills)


async def test_seeding_again_changes_nothing(store: Store, clock: Any, demo: DemoBss) -> None:
    before, bill = await _counts(store), await demo[Bills].of(EVERYDAY, "2026-10")
    clock.advance(timedelta(days=3))
    await seed(store, clock)
    assert await _counts(store) == before
    assert await demo[Bills].of(EVERYDAY, "2026-10") == bill


async def test_a_later_start_adds_the_months_that_passed(store: Store, clock: Any, demo: DemoBss) -> None:
    told = await demo[Bills].of(EVERYDAY, "2026-10")
    clock.set(2027, 1, 20, 9)
    await seed(store, clock)
    later = DemoBss(store, clock)
    assert (await later[Bills].months(EVERYDAY))[-4:] == ("2026-10", "2026-11", "2026-12", "2027-01")
    assert await later[Bills].of(EVERYDAY, "2026-10") == told
    november = await later[Bills].of(EVERYDAY, "2026-11")
    assert november
    assert not november.open
    assert {item.quantity for item in november.items} == {None, 30}  # the whole month's calls, not half of them


async def test_a_month_that_begins_while_it_runs_has_records(clock: Any, demo: DemoBss) -> None:
    await demo[Bills].of(EVERYDAY, "2026-11")
    clock.set(2026, 12, 1, 0, 5)
    december = await demo[Bills].of(EVERYDAY, "2026-12")
    assert december
    assert december.open
    assert await demo[Topups].count(FIVE_TOPUPS, "N1G", "2026-12") == 5
    assert await demo[Usages].of(EVERYDAY)


async def test_an_earlier_clock_still_finds_last_month(store: Store, clock: Any, demo: DemoBss) -> None:
    clock.set(2025, 3, 31, 23)
    await seed(store, clock)
    known = await DemoBss(store, clock)[Bills].months(EVERYDAY)
    assert known[-2:] == ("2025-02", "2025-03")


async def test_the_notes_are_true(demo: DemoBss) -> None:
    everyday = await demo[Subscribers].of(EVERYDAY)
    assert everyday
    assert (everyday.points, everyday.real_name, everyday.age) == (1250, True, 34)
    assert len(await demo[Services].of(EVERYDAY)) == 2
    assert (await demo[Balances].of(ARREARS)).arrears_fen == 1260
    assert await demo[Topups].count(FIVE_TOPUPS, "N1G", "2026-11") == 5
    disputed = await demo[Bills].of(DISPUTED, "2026-10")
    assert disputed
    assert {"畅享29元套餐": 2900, "农网彩信": 4000}.items() <= {i.name: i.amount_fen for i in disputed.items}.items()
    unwanted = await demo[Bills].of(UNWANTED, "2026-10")
    assert unwanted
    assert ("校讯通", 800) in [(item.name, item.amount_fen) for item in unwanted.items]
    company = await demo[Subscribers].of("17300173012")
    assert company
    assert company.age is None
    assert "company" in company.flags
    excluded = await demo[Subscribers].of("13500135005")
    assert excluded
    assert excluded.excludes_data_packages


async def test_bought_data_is_credited_once(clock: Any, demo: DemoBss) -> None:
    for _ in range(2):
        await demo[Topups].credit_data(EVERYDAY, "N1G", 1024, months.start("2026-12"), "T1")
    assert await demo[Topups].count(EVERYDAY, "N1G", "2026-11") == 1
    bought = [usage for usage in await demo[Usages].of(EVERYDAY) if usage.name == "N1G"]
    assert [usage.total for usage in bought] == [1024]
    clock.set(2026, 12, 1)
    assert not [usage for usage in await demo[Usages].of(EVERYDAY) if usage.name == "N1G"]


async def test_an_unknown_line_is_told_apart(demo: DemoBss) -> None:
    assert await demo[Subscribers].of("13800000000") is None
    assert await demo[Bills].of("13800000000", "2026-10") is None
    with pytest.raises(NotFound):
        await demo[Balances].of("13800000000")
    with pytest.raises(NotFound):
        await demo[Topups].credit_data("13800000000", "N1G", 1024, months.start("2026-12"), "T2")


async def test_money_is_put_on_a_line_once_and_pays_what_is_owed_first(demo: DemoBss) -> None:
    for _ in range(2):
        await demo[Topups].credit_money("13900139002", 2000, "C1", "补偿")
    balance = await demo[Balances].of("13900139002")
    assert (balance.balance_fen, balance.arrears_fen) == (740, 0)
    assert [(p.amount_fen, p.way) for p in await demo[LinePayments].of("13900139002")][:1] == [(2000, "补偿")]
    with pytest.raises(NotFound):
        await demo[Topups].credit_money("13800000000", 2000, "C2", "补偿")


async def test_money_that_is_put_on_a_line_at_once_is_put_there_once(demo: DemoBss) -> None:
    before = (await demo[Balances].of(EVERYDAY)).balance_fen
    await asyncio.gather(*(demo[Topups].credit_money(EVERYDAY, 500, "C3", "补偿") for _ in range(8)))
    assert (await demo[Balances].of(EVERYDAY)).balance_fen == before + 500
