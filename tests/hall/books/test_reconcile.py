"""The daily comparison names every difference, opens a case for each, and changes nothing the second time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from hall.books import cases
from hall.books.ledger import Entry, Transfer, book
from hall.books.reconcile import Difference, reconcile
from hall.books.statements import PAYMENT_LAYOUTS, SUPPLIER_LAYOUTS, read
from hall.change import Change
from hall.clock import SHANGHAI
from hall.store.tables import metadata
from hall.store.tables.books import statement_lines
from hall.store.tables.topup import orders, receipts

pytestmark = pytest.mark.both

DAY = date(2026, 11, 15)
PAYMENTS = "kind,payment_no,provider_no,refund_no,amount_fen"
SUPPLIER = "order_no,status,amount_fen"


async def traded(shop: Any) -> tuple[Any, Any, Any]:
    """A delivered order, a refunded one and an unpaid one."""
    good, bad, open_ = [await shop.order(confirmation=c) for c in "abc"]
    unit = shop.hall.store.unit()
    shop.hall.supplier.choose(unit, bad.order_no, "fail")
    await unit.commit()
    await shop.pay(good)
    await shop.pay(bad)
    await shop.passes(seconds=5)
    return good, bad, open_


def files(tmp_path: Path, payments: Sequence[str], supplier: Sequence[str]) -> dict[str, Any]:
    pay, sup = tmp_path / "pay.csv", tmp_path / "sup.csv"
    pay.write_text("\n".join([PAYMENTS, *payments]) + "\n", "utf-8")
    sup.write_text("\n".join([SUPPLIER, *supplier]) + "\n", "utf-8")
    return {
        "pay.csv": read(pay, PAYMENT_LAYOUTS, default="payment:demo"),
        "sup.csv": read(sup, SUPPLIER_LAYOUTS, default="supplier"),
    }


def right(good: Any, bad: Any) -> tuple[list[str], list[str]]:
    return [
        f"payment,{good.order_no},DEMO{good.order_no},,2500",
        f"payment,{bad.order_no},DEMO{bad.order_no},,2500",
        f"refund,{bad.order_no},DEMO{bad.order_no},R{bad.order_no[1:]},2500",
    ], [f"{good.order_no},success,2500", f"{bad.order_no},failed,2500"]


async def everything(store: Any) -> dict[str, list[Any]]:
    return {table.name: [tuple(row) for row in await store.all(select(table))] for table in metadata.sorted_tables}


def short(found: Sequence[Difference]) -> list[tuple[Any, ...]]:
    return [(d.what, d.party, d.kind, d.number, d.ours_fen, d.theirs_fen) for d in found]


async def test_a_day_that_agrees_has_no_differences_and_its_sums(shop: Any, tmp_path: Path) -> None:
    good, bad, _ = await traded(shop)
    report = await reconcile(shop.hall, DAY, files(tmp_path, *right(good, bad)))
    assert (report.differences, report.bad) == ((), ())
    assert report.compared == {
        ("payment:demo", "payment"): (2, 5000),
        ("payment:demo", "refund"): (1, 2500),
        ("supplier", "delivery"): (1, 2500),
    }
    assert report.balances == {"customer": 0, "payment:demo": 2500, "refund": 0, "supplier": -2500}
    assert await cases.queue(shop.hall.store) == []


async def test_every_difference_is_named_and_reaches_a_person_once(shop: Any, tmp_path: Path) -> None:
    good, bad, open_ = await traded(shop)
    payments = [
        f"payment,{good.order_no},DEMO{good.order_no},,2499",
        f"payment,{open_.order_no},UNTOLD,,2500",
        f"refund,{good.order_no},DEMO{bad.order_no},R{bad.order_no[1:]},2500",
    ]
    given = files(tmp_path, payments, [f"{bad.order_no},success,2500"])
    report = await reconcile(shop.hall, DAY, given)
    assert sorted(short(report.differences), key=str) == sorted(
        [
            ("amount", "payment:demo", "payment", f"DEMO{good.order_no}", 2500, 2499),
            ("only_theirs", "payment:demo", "payment", "UNTOLD", None, 2500),
            ("order", "payment:demo", "refund", f"R{bad.order_no[1:]}", 2500, 2500),
            ("only_theirs", "supplier", "delivery", bad.order_no, None, 2500),
            ("only_ours", "payment:demo", "payment", f"DEMO{bad.order_no}", 2500, None),
            ("only_ours", "supplier", "delivery", good.order_no, 2500, None),
        ],
        key=str,
    )
    assert len(await cases.queue(shop.hall.store)) == 6
    before = await everything(shop.hall.store)
    again = await reconcile(shop.hall, DAY, given)
    assert await everything(shop.hall.store) == before
    assert sorted(short(again.differences), key=str) == sorted(short(report.differences), key=str)


async def test_a_case_that_a_person_closed_is_not_opened_by_the_same_files(shop: Any, tmp_path: Path) -> None:
    await traded(shop)
    given = files(tmp_path, [], [])
    await reconcile(shop.hall, DAY, given)
    change = Change.begin(shop.hall, shop.hall.store.unit(), "agent:ben")
    for case in await cases.queue(shop.hall.store):
        await cases.close(change, case.id, "ben", "known")
    await change.unit.commit()
    await reconcile(shop.hall, DAY, given)
    assert await cases.queue(shop.hall.store) == []


async def test_what_the_other_side_books_a_day_later_resolves_itself(shop: Any, tmp_path: Path) -> None:
    good, bad, _ = await traded(shop)
    payments, supplier = right(good, bad)
    first = await reconcile(shop.hall, DAY, files(tmp_path, payments[:2], supplier))
    assert [d.what for d in first.differences] == ["only_ours"]
    second = await reconcile(shop.hall, date(2026, 11, 16), files(tmp_path, payments[2:], []))
    assert second.differences == ()
    assert await cases.queue(shop.hall.store) == []


async def test_a_bad_line_is_reported_and_the_rest_compared(shop: Any, tmp_path: Path) -> None:
    good, bad, _ = await traded(shop)
    payments, supplier = right(good, bad)
    report = await reconcile(shop.hall, DAY, files(tmp_path, [*payments, "payment,x"], supplier))
    assert [(name, line.row) for name, line in report.bad] == [("pay.csv", 5)]
    assert report.differences == ()


async def test_without_a_file_nothing_is_said_to_be_missing_from_it(shop: Any) -> None:
    await traded(shop)
    assert (await reconcile(shop.hall, DAY, {})).differences == ()


@pytest.mark.parametrize("paid", [True, False])
async def test_an_order_that_should_have_ended_is_a_difference(shop: Any, paid: bool) -> None:
    order = await shop.order()
    if paid:
        unit = shop.hall.store.unit()
        shop.hall.supplier.choose(unit, order.order_no, "silent")
        await unit.commit()
        await shop.pay(order)
    await shop.passes(hours=2)
    for _ in range(5):
        await shop.passes(hours=24)
    report = await reconcile(shop.hall, date(2026, 11, 20), {})
    assert [(d.what, d.number) for d in report.differences] == ([("in_between", order.order_no)] if paid else [])


async def of_former_days(shop: Any, count: int, *, wrong: bool = False) -> None:
    """Orders of the month before, delivered, booked and told of; `wrong`: the last one's delivery is not booked."""
    template = (await shop.hall.store.one(select(orders)))._mapping
    unit = shop.hall.store.unit()
    for number in range(count):
        at = datetime(2026, 10, 1, tzinfo=SHANGHAI) + timedelta(minutes=10 * number)
        name, times = f"T20261001{number:05d}", {"expires_at": at, "created_at": at, "changed_at": at}
        values = {"order_no": name, "confirmation": name, "state": "SUCCEEDED", "paid_fen": 2500}
        unit.stage(insert(orders).values({**template, **values, **times}))
        receipt = {"provider": "demo", "provider_no": f"DEMO{name}", "conversation": "c", "payment_no": name}
        unit.stage(insert(receipts).values(**receipt, amount_fen=2500, purpose="order", paid_at=at, at=at))
        moves = [Transfer("payment:demo", "customer", 2500), Transfer("customer", "supplier", 2500)]
        book(unit, Entry(name, name, "", at), *(moves[:1] if wrong and number == count - 1 else moves))
        line = {"party": "payment:demo", "kind": "payment", "number": f"DEMO{name}", "amount_fen": 2500}
        unit.stage(insert(statement_lines).values(**line, day=f"{at:%Y-%m-%d}"))
    await unit.commit()


async def rows_of(shop: Any, given: dict[str, Any], monkeypatch: pytest.MonkeyPatch, **how: bool) -> tuple[Any, int]:
    """The report, and how many rows were read for it."""
    read_rows, real = 0, type(shop.hall.store).all

    async def counted(store: Any, *args: Any) -> Any:
        nonlocal read_rows
        rows = await real(store, *args)
        read_rows += len(rows)
        return rows

    with monkeypatch.context() as patch:
        patch.setattr(type(shop.hall.store), "all", counted)
        return await reconcile(shop.hall, DAY, given, **how), read_rows


async def test_a_day_reads_no_more_however_old_the_books_are(
    shop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad, _ = await traded(shop)
    given = files(tmp_path, *right(good, bad))
    report, few = await rows_of(shop, given, monkeypatch)
    await of_former_days(shop, 100)
    again, many = await rows_of(shop, given, monkeypatch)
    assert (report.differences, again.differences) == ((), ())
    assert many == few < 50


async def test_the_whole_books_are_proved_in_pages_and_old_mistakes_found(
    shop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hall.books.audit.PAGE_SIZE", 50)
    await traded(shop)
    await of_former_days(shop, 120, wrong=True)
    assert (await reconcile(shop.hall, DAY, {})).differences == ()
    report, rows = await rows_of(shop, {}, monkeypatch, whole=True)
    assert [(d.what, d.number, d.ours_fen, d.theirs_fen) for d in report.differences] == [
        ("books", "T2026100100119", 0, 2500)
    ]
    assert rows > 120


async def test_a_booking_that_is_missing_is_found_with_its_day(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hall.topup.delivery._book", lambda *_: None)
    good, _, _ = await traded(shop)
    report = await reconcile(shop.hall, DAY, {})
    assert [(d.what, d.number, d.ours_fen) for d in report.differences] == [("books", good.order_no, 0)]
