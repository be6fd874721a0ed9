"""Electronic invoices: one for a month or a payment, to whom it was made out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hall.bss.kinds import Records, is_fen, limited


@dataclass(frozen=True, slots=True)
class Buyer:
    """To whom an invoice is made out: a person, or a company with its tax number."""

    title: str
    tax_number: str = ""  # of a company


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice that was issued. `of`: `2026-10` for a month, `paid:` and the moment for a payment."""

    number: str  # twenty digits
    msisdn: str
    of: str
    title: str
    tax_number: str  # "" of a person
    amount_fen: int
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class Order:
    """An invoice to be issued; the same `key` again finds the first one."""

    msisdn: str
    of: str
    buyer: Buyer
    amount_fen: int
    key: str


class Invoices(Records):
    """What was invoiced. Part: invoice."""

    @limited("invoice", lambda found, msisdn: all(one.msisdn == msisdn and is_fen(one.amount_fen) for one in found))
    async def of(self, msisdn: str) -> tuple[Invoice, ...]:
        """The invoices of a line, newest first."""
        raise NotImplementedError

    @limited("invoice", lambda found, order: found.msisdn == order.msisdn and found.of == order.of)
    async def issue(self, order: Order) -> Invoice:
        """Issue an invoice; of a month or a payment that has one, the first one is found and nothing is issued."""
        raise NotImplementedError
