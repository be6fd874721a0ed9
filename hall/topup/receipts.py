"""Payments that came in: one row for each transaction of a provider, with what it is for."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Executable, select, update

from hall.store.prepared import Prepared, given, inserting
from hall.store.tables.topup import receipts

if TYPE_CHECKING:
    from hall.store.unit import Store, Unit

ORDER, SECOND, AMOUNT_DIFFERS, UNKNOWN_ORDER = "order", "second", "amount_differs", "unknown_order"
RETURNED = "given_back"  # out of suspense, by an agent
HELD = (AMOUNT_DIFFERS, UNKNOWN_ORDER)  # in suspense, until a person decides


@dataclass(frozen=True, slots=True)
class Receipt:
    """A payment that a provider vouched for; hall/store/tables/topup.py describes the columns."""

    provider: str
    provider_no: str
    conversation: str
    payment_no: str
    amount_fen: int
    purpose: str
    paid_at: datetime
    at: datetime

    @property
    def name(self) -> str:
        """Its name in the ledger."""
        return f"{self.provider}:{self.provider_no}"


_COLUMNS = [receipts.c[field.name] for field in fields(Receipt)]
_ONE = Prepared(select(*_COLUMNS).where(given(receipts.c.provider), given(receipts.c.provider_no)))
_OF_ORDER = Prepared(select(*_COLUMNS).where(given(receipts.c.payment_no), receipts.c.purpose == ORDER))
_INSERT = inserting(receipts)


async def get(store: Store, provider: str, provider_no: str) -> Receipt | None:
    """The payment with the provider's number, or None."""
    row = await store.one(_ONE, {"its_provider": provider, "its_provider_no": provider_no})
    return Receipt(*row) if row else None


async def of_order(store: Store, order_no: str) -> Receipt:
    """The payment of a paid order; raises LookupError when the order was not paid."""
    row = await store.one(_OF_ORDER, {"its_payment_no": order_no})
    if row is None:
        raise LookupError(f"order {order_no} has no payment")
    return Receipt(*row)


async def about(store: Store, payment_no: str) -> list[Receipt]:
    """Every payment under an order's number, oldest first."""
    query = select(*_COLUMNS).where(receipts.c.payment_no == payment_no).order_by(receipts.c.at)
    return [Receipt(*row) for row in await store.all(query)]


def keep(unit: Unit, receipt: Receipt) -> None:
    """Stage a payment that was reported for the first time."""
    unit.stage(_INSERT, asdict(receipt))


def changed(before: Receipt, after: Receipt) -> Executable:
    """The write of another purpose, or of an amount that was reported wrong; it must touch one row."""
    mine = (receipts.c.provider == before.provider) & (receipts.c.provider_no == before.provider_no)
    unchanged = (receipts.c.purpose == before.purpose) & (receipts.c.amount_fen == before.amount_fen)
    return update(receipts).where(mine, unchanged).values(amount_fen=after.amount_fen, purpose=after.purpose)
