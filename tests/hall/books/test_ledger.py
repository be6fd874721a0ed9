"""The ledger: nothing can be booked out of balance, twice, or away."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from hall.books import audit, ledger
from hall.books.ledger import BadEntry, Entry, Transfer, balances, book
from hall.errors import Conflict
from hall.store.tables.books import ledger as table
from hall.store.unit import Store, Unit

pytestmark = pytest.mark.both


async def booked(store: Store, clock: Any, entry: str, *transfers: Transfer) -> None:
    unit = store.unit()
    book(unit, Entry(entry, "T1", "", clock.now()), *transfers)
    await unit.commit()


async def test_the_sum_over_all_accounts_is_nothing(store: Store, clock: Any) -> None:
    await booked(store, clock, "a", Transfer("payment:demo", "customer", 2500))
    await booked(store, clock, "b", Transfer("customer", "supplier", 1500), Transfer("customer", "refund", 1000))
    assert await balances(store) == {"customer": 0, "payment:demo": 2500, "refund": -1000, "supplier": -1500}
    assert await balances(store, before=clock.now()) == {}
    assert await balances(store, subject="T2") == {}
    assert [posting.amount_fen for posting in await ledger.postings(store, "T1")] == [2500, 1500, 1000]


async def test_an_entry_is_booked_once(store: Store, clock: Any) -> None:
    await booked(store, clock, "a", Transfer("payment:demo", "customer", 2500))
    with pytest.raises(Conflict):
        await booked(store, clock, "a", Transfer("payment:demo", "customer", 2500))
    assert (await balances(store))["customer"] == -2500


@pytest.mark.parametrize("change", [update(table).values(amount_fen=1), delete(table)])
async def test_what_is_booked_stays_booked(store: Store, clock: Any, change: Any) -> None:
    await booked(store, clock, "a", Transfer("payment:demo", "customer", 2500))
    unit = store.unit()
    unit.stage(change)
    with pytest.raises(Conflict):
        await unit.commit()
    assert (await balances(store))["customer"] == -2500


@pytest.mark.parametrize("values", [{"amount_fen": 0}, {"amount_fen": -1}, {"credit": "payment:demo"}])
async def test_the_database_refuses_what_is_no_transfer(store: Store, clock: Any, values: dict[str, Any]) -> None:
    row = {"debit": "payment:demo", "credit": "customer", "amount_fen": 1} | values
    unit = store.unit()
    unit.stage(insert(table).values(entry="a", line=1, subject="T1", conversation="", at=clock.now(), **row))
    with pytest.raises(Conflict):
        await unit.commit()


@pytest.mark.parametrize(
    "transfer",
    [
        Transfer("payment", "customer", 1),
        Transfer("payment:demo", "nobody", 1),
        Transfer("customer:x", "supplier", 1),
        Transfer("customer", "supplier", 0),
        Transfer("customer", "supplier", True),
        Transfer("customer", "supplier", 1.0),  # type: ignore[arg-type]
    ],
)
def test_an_entry_that_cannot_be_is_refused_before_it_is_staged(clock: Any, transfer: Transfer) -> None:
    unit = Unit(None)  # type: ignore[arg-type]
    with pytest.raises(BadEntry):
        book(unit, Entry("a", "T1", "", clock.now()), transfer)
    assert unit.empty


async def test_an_order_that_is_booked_otherwise_than_it_is_is_found(shop: Any) -> None:
    order = await shop.order()
    await shop.pay(order)
    await shop.passes(seconds=5)
    assert await audit.unexplained(shop.hall.store) == []
    unit = shop.hall.store.unit()
    wrong = Transfer(ledger.CUSTOMER, ledger.SUPPLIER, 1)
    book(unit, Entry("wrong", order.order_no, "", shop.hall.clock.now()), wrong)
    await unit.commit()
    [found] = await audit.unexplained(shop.hall.store)
    assert (found.subject, found.booked_fen, found.expected_fen) == (order.order_no, 2501, 2500)
    assert audit.total([found]) == 1


async def test_each_end_of_an_order_leaves_its_money_where_it_belongs(shop: Any) -> None:
    good, bad, late = [await shop.order(confirmation=c) for c in "abc"]
    unit = shop.hall.store.unit()
    shop.hall.supplier.choose(unit, bad.order_no, "fail")
    await unit.commit()
    await shop.pay(good)
    await shop.pay(bad)
    assert await balances(shop.hall.store) == {"customer": -5000, "payment:demo": 5000}
    await shop.passes(minutes=31)
    await shop.pay(late)
    assert (await balances(shop.hall.store))["refund"] == -2500
    await shop.passes(seconds=5)
    assert await balances(shop.hall.store) == {"customer": 0, "payment:demo": 2500, "refund": 0, "supplier": -2500}
    lines = await shop.hall.store.all(select(table).where(table.c.subject == bad.order_no).order_by(table.c.entry))
    assert [(row.debit, row.credit) for row in lines] == [
        ("customer", "refund"),
        ("refund", "payment:demo"),
        ("payment:demo", "customer"),
    ]
