"""Invoices: once for the same money, of what is closed, to a name that is one."""

from __future__ import annotations

from typing import Any

import pytest

from hall import invoice, months
from hall.bss.bill import Bills
from hall.bss.demo import DemoBss
from hall.bss.invoice import Buyer, Invoice
from hall.context import Hall
from hall.errors import Unavailable
from hall.invoice import Already, NothingToInvoice, Offer
from hall.money import capitals

LINE, COMPANY = "13800138000", Buyer("昆明山茶商贸有限公司", "91350100M000100Y43")


def last(hall: Hall) -> str:
    return months.shift(months.of(hall.clock.now()), -1)


async def issued(hall: Hall, of: str, buyer: Buyer = COMPANY, key: str = "k") -> Invoice:
    found = await invoice.issue(hall, LINE, of, buyer, key)
    assert isinstance(found, Invoice)
    return found


async def test_a_closed_month_is_invoiced_by_its_bill(hall: Hall) -> None:
    bill = await hall.bss[Bills].of(LINE, last(hall))
    assert bill
    assert await invoice.offer(hall, LINE, last(hall)) == Offer(last(hall), last(hall), bill.total_fen)
    made = await issued(hall, last(hall))
    assert (made.amount_fen, made.title, made.tax_number) == (bill.total_fen, COMPANY.title, COMPANY.tax_number)
    assert len(made.number) == 20


async def test_it_is_issued_once_and_found_again_whoever_it_is_for_then(hall: Hall) -> None:
    made = await issued(hall, last(hall))
    assert await issued(hall, last(hall)) == made
    assert await issued(hall, last(hall), Buyer("李明"), "other") == made
    assert await invoice.offer(hall, LINE, last(hall)) == Already(made)
    assert await invoice.find(hall, LINE, made.number) == made
    assert await invoice.find(hall, "13400134009", made.number) is None


@pytest.mark.parametrize(("back", "why"), [(0, "open"), (-1, "future"), (40, "none")])
async def test_what_is_not_closed_or_not_there_is_refused(hall: Hall, back: int, why: str) -> None:
    found = await invoice.offer(hall, LINE, months.shift(months.of(hall.clock.now()), -back))
    assert isinstance(found, NothingToInvoice)
    assert found.reason == why


async def test_the_same_money_is_invoiced_as_a_payment_or_as_a_bill(hall: Hall) -> None:
    paid = await invoice.last_payment(hall, LINE)
    assert paid
    of = invoice.of_payment(paid)
    made = await issued(hall, of)
    assert made.amount_fen == paid.amount_fen
    month = invoice.month_of(of)
    found = await invoice.offer(hall, LINE, month)
    assert isinstance(found, NothingToInvoice)
    assert found.reason == ("open" if month == months.of(hall.clock.now()) else "paid_already")


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("李明", "person"), ("欧阳建国", "person"), ("阿依古丽·买买提", "person"), ("Zhang San", "person"),
        ("昆明小张五金店", "company"), ("云南山茶花贸易有限公司", "company"), ("大理市第一中学校", "company"),
        ("李", None), ("123456", None), ("？", None),
    ],
)  # fmt: skip
def test_a_title_is_a_persons_or_a_companys(title: str, kind: str | None) -> None:
    assert invoice.kind_of_title(title) == kind


@pytest.mark.parametrize("fault", ["down", "garbage"])
async def test_a_system_that_fails_is_named(hall: Hall, demo: DemoBss, fault: Any) -> None:
    demo.faults["invoice"] = fault
    with pytest.raises(Unavailable) as raised:
        await invoice.issue(hall, LINE, last(hall), COMPANY, "k")
    assert raised.value.part == "invoice"


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (6545, "陆拾伍圆肆角伍分"), (100000, "壹仟圆整"), (105, "壹圆零伍分"), (0, "零圆整"), (5, "伍分"),
        (1000500, "壹万零伍圆整"), (100200030, "壹佰万零贰仟圆叁角整"), (20000000000, "贰亿圆整"),
    ],
)  # fmt: skip
def test_amounts_in_capitals(fen: int, text: str) -> None:
    assert capitals(fen) == text
