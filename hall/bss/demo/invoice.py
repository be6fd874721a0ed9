"""Invoices of the demonstration."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from sqlalchemy import select

from hall.bss.demo.operator import DemoAdapter
from hall.bss.invoice import Invoice, Invoices, Order
from hall.errors import NotFound, Unavailable
from hall.store.tables.accounts import bss_invoices

_C = bss_invoices.c


class DemoInvoices(DemoAdapter, Invoices):
    """From bss_invoices."""

    async def of(self, msisdn: str) -> tuple[Invoice, ...]:
        garbage = await self._demo.fault("invoice")
        rows = await self._demo.store.all(
            select(bss_invoices).where(_C.msisdn == msisdn).order_by(_C.issued_at.desc(), _C.number)
        )
        return (_invoice(None),) if garbage else tuple(map(_invoice, rows))

    async def issue(self, order: Order) -> Invoice:
        if await self._demo.fault("invoice"):
            raise Unavailable("invoice", "garbage")
        if await self._demo.line(order.msisdn) is None:
            raise NotFound("no such line")
        unit, now = self._demo.store.unit(), self._demo.clock.now()
        digits = int(sha256(f"{order.msisdn} {order.of}".encode()).hexdigest(), 16) % 10**16
        unit.insert_once(
            bss_invoices, msisdn=order.msisdn, of=order.of, number=f"26{digits:016d}53", title=order.buyer.title,
            tax_number=order.buyer.tax_number, amount_fen=order.amount_fen, key=order.key, issued_at=now,
        )  # fmt: skip
        await unit.commit()
        mine = (_C.msisdn == order.msisdn, _C.of == order.of)
        return _invoice(await self._demo.store.one(select(bss_invoices).where(*mine)))


def _invoice(row: Any) -> Invoice:
    return Invoice(row.number, row.msisdn, row.of, row.title, row.tax_number, row.amount_fen, row.issued_at)
