"""Bills of the demonstration."""

from __future__ import annotations

from sqlalchemy import select

from hall.bss.bill import Bill, BillItem, Bills
from hall.bss.demo.operator import DemoAdapter
from hall.store.prepared import Prepared, given
from hall.store.tables.accounts import bss_bill_items, bss_bills

BILL = Prepared(  # an item a row; of a bill without any one row without an item
    select(*(bss_bill_items.c[name] for name in ("code", "name", "amount_fen", "category", "quantity")))
    .select_from(bss_bills)
    .outerjoin(
        bss_bill_items, (bss_bill_items.c.msisdn == bss_bills.c.msisdn) & (bss_bill_items.c.month == bss_bills.c.month)
    )
    .where(given(bss_bills.c.msisdn), given(bss_bills.c.month))
    .order_by(bss_bill_items.c.position)
)


class DemoBills(DemoAdapter, Bills):
    """From bss_bills; one read a bill."""

    async def of(self, msisdn: str, month: str) -> Bill | None:
        garbage = await self._demo.fault("bill")
        await self._demo.keep_up()
        rows = await self._demo.store.all(BILL, {"its_msisdn": msisdn, "its_month": month})
        if not rows:
            return None
        items = tuple(BillItem(*row) for row in rows if row.code is not None)
        return Bill("?" if garbage else month, items, open=month == self._demo.month)

    async def months(self, msisdn: str) -> tuple[str, ...]:
        garbage = await self._demo.fault("bill")
        await self._demo.keep_up()
        rows = await self._demo.rows(bss_bills, msisdn, bss_bills.c.month <= self._demo.month, order="month")
        return ("?",) if garbage else tuple(row.month for row in rows)
