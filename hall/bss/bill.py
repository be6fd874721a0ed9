"""Bills by calendar month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hall import months
from hall.bss.kinds import Records, is_fen, limited

Category = Literal["plan", "vas", "calls", "sms", "data", "other", "discount"]


@dataclass(frozen=True, slots=True)
class BillItem:
    """One charge of a bill. `quantity` counts what the category counts: minutes, messages, MB."""

    code: str  # unique within a bill, the same from month to month
    name: str
    amount_fen: int  # negative for a discount
    category: Category
    quantity: int | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    """The charges of one calendar month; `open` while the month runs."""

    month: str
    items: tuple[BillItem, ...]
    open: bool = False

    @property
    def total_fen(self) -> int:
        """What the items add up to; adapters refuse a bill that states another total."""
        return sum(item.amount_fen for item in self.items)


def _sound(bill: Bill | None, _msisdn: str, month: str) -> bool:
    return bill is None or (bill.month == month and all(is_fen(item.amount_fen) for item in bill.items))


class Bills(Records):
    """What was charged. Part: bill."""

    @limited("bill", _sound)
    async def of(self, msisdn: str, month: str) -> Bill | None:
        """The bill of one month, the running one included; None where there is no record."""
        raise NotImplementedError

    @limited("bill", lambda found, _msisdn: all(map(months.valid, found)))
    async def months(self, msisdn: str) -> tuple[str, ...]:
        """The months that have a bill, oldest first, the running one included."""
        raise NotImplementedError
