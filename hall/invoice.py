"""Electronic invoices: of a closed month or of a payment, once, to a person or a company.

Money is invoiced once: a month whose payment has an invoice gets none of its own, and the other way round.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from hall import months
from hall.bss.bill import Bills
from hall.bss.invoice import Buyer, Invoice, Invoices, Order
from hall.bss.payments import LinePayments, Payment
from hall.context import Hall

PAID = "paid:"  # begins what an invoice of a payment is of
LONGEST_TITLE = 60  # characters
_COMPANY = re.compile(
    r"公司|集团|商[店行场贸]|[店厂馆社所部局院校会厅园堂]$|中心|银行|工作室|合作社|事务所|超市|酒店|[大中小]学$|学校|学院|幼儿园|医院|政府|委员会|Ltd|Inc|LLC"
)
_PERSON = re.compile(r"[\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff·]{4,12}|[A-Za-z][A-Za-z .'-]{1,40}")

Reason = Literal["open", "future", "none", "zero", "paid_already", "month_already", "several", "unclear"]


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be invoiced, and for how much. `month`: of the bill, or in which was paid."""

    of: str
    month: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Already:
    """It was invoiced before."""

    invoice: Invoice


@dataclass(frozen=True, slots=True)
class NothingToInvoice:
    """Why there is no invoice. `open`: the month is not closed; `paid_already`: by an invoice of its payment."""

    reason: Reason
    month: str


def of_payment(payment: Payment) -> str:
    """What an invoice of a payment is of."""
    return f"{PAID}{payment.at:%Y-%m-%dT%H:%M:%S}"


def month_of(of: str) -> str:
    """The month of what an invoice is of: as it is, or in which was paid."""
    return months.of(datetime.fromisoformat(f"{of.removeprefix(PAID)}+00:00")) if of.startswith(PAID) else of


async def last_payment(hall: Hall, line: str) -> Payment | None:
    """The newest payment of a line. Raises Unavailable("balance")."""
    return next(iter(await hall.bss[LinePayments].of(line)), None)


async def offer(hall: Hall, line: str, of: str) -> Offer | Already | NothingToInvoice:
    """What can be invoiced of a month (`2026-10`) or a payment. Raises Unavailable("bill" | "invoice" | "balance")."""
    if why := _refused(hall, of):
        return NothingToInvoice(why, of)
    month, issued = month_of(of), await hall.bss[Invoices].of(line)
    if before := next((one for one in issued if one.of == of), None):
        return Already(before)
    same = [one for one in issued if month_of(one.of) == month and one.of.startswith(PAID) != of.startswith(PAID)]
    if same:
        return NothingToInvoice("month_already" if of.startswith(PAID) else "paid_already", month)
    amount = await (_paid(hall, line, of) if of.startswith(PAID) else _billed(hall, line, of))
    if isinstance(amount, NothingToInvoice):
        return amount
    return Offer(of, month, amount)


async def issue(hall: Hall, line: str, of: str, buyer: Buyer, key: str) -> Invoice | NothingToInvoice:
    """Issue it; what was invoiced before is found. Raises Unavailable."""
    found = await offer(hall, line, of)
    if isinstance(found, Already):
        return found.invoice
    if isinstance(found, NothingToInvoice):
        return found
    return await hall.bss[Invoices].issue(Order(line, of, buyer, found.amount_fen, key))


async def find(hall: Hall, line: str, number: str) -> Invoice | None:
    """An invoice of the line by its number. Raises Unavailable("invoice")."""
    return next((one for one in await hall.bss[Invoices].of(line) if one.number == number), None)


def kind_of_title(title: str) -> Literal["person", "company"] | None:
    """To whom an invoice of this title is made out; None for what is no title."""
    if not 2 <= len(title) <= LONGEST_TITLE or not re.search(r"[A-Za-z\u4e00-\u9fff]", title):
        return None
    if _COMPANY.search(title):
        return "company"
    return "person" if _PERSON.fullmatch(title) else "company"


def _refused(hall: Hall, of: str) -> Reason | None:
    now = months.of(hall.clock.now())
    if of.startswith(PAID):
        return None
    if "/" in of:
        return "several"
    if not months.valid(of):
        return "unclear"
    if of >= now:
        return "open" if of == now else "future"
    return None


async def _billed(hall: Hall, line: str, month: str) -> int | NothingToInvoice:
    bill = await hall.bss[Bills].of(line, month)
    if bill is None:
        return NothingToInvoice("none", month)
    if bill.open:
        return NothingToInvoice("open", month)
    return bill.total_fen if bill.total_fen > 0 else NothingToInvoice("zero", month)


async def _paid(hall: Hall, line: str, of: str) -> int | NothingToInvoice:
    found = await hall.bss[LinePayments].of(line)
    amount = next((one.amount_fen for one in found if of_payment(one) == of), None)
    return amount if amount else NothingToInvoice("none", month_of(of))
