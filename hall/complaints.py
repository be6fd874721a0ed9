"""What the records say about a complaint, so that whoever works it need not ask again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from hall import months
from hall.bss.balance import Balances
from hall.bss.bill import Bills
from hall.bss.entry import Entries
from hall.bss.line_state import LineStates
from hall.bss.plan import Plans
from hall.bss.services import Services
from hall.errors import NotFound, Unavailable
from hall.money import yuan
from hall.tickets import Fact

if TYPE_CHECKING:
    from hall.context import Hall

Look = Callable[["Hall", str], Awaitable[list[Fact]]]


async def _bill(hall: Hall, msisdn: str) -> list[Fact]:
    month = months.shift(months.of(hall.clock.now()), -1)
    bill = await hall.bss[Bills].of(msisdn, month)
    if bill is None:
        return []
    items = "、".join(f"{item.name}{yuan(item.amount_fen)}" for item in bill.items)
    return [Fact(f"{month}账单", f"{yuan(bill.total_fen)}元：{items}")]


async def _services(hall: Hall, msisdn: str) -> list[Fact]:
    found = await hall.bss[Services].of(msisdn)
    return [
        Fact(one.name, f"{yuan(one.fee_fen)}元/月，{one.since:%Y-%m-%d}起，{'已' if one.confirmed else '未'}二次确认")
        for one in found
    ]


async def _plan(hall: Hall, msisdn: str) -> list[Fact]:
    found = await hall.bss[Plans].of(msisdn)
    return [Fact("套餐", f"{found.name}，{yuan(found.fee_fen)}元/月，{found.since or ''}起")] if found else []


async def _entry(hall: Hall, msisdn: str) -> list[Fact]:
    found = await hall.bss[Entries].of(msisdn)
    return [Fact("入网登记", f"{found.form_no}，申请{found.applied}，录入{found.booked}")] if found else []


async def _line(hall: Hall, msisdn: str) -> list[Fact]:
    balance, state = await hall.bss[Balances].of(msisdn), await hall.bss[LineStates].of(msisdn)
    owed = f"余额{yuan(balance.balance_fen)}元" if balance else ""
    return [Fact("号码状态", f"{state.state}，{owed}")]


LOOKS: dict[str, tuple[Look, ...]] = {
    "fee": (_bill, _services),
    "unwanted": (_services, _bill),
    "plan": (_plan, _entry, _bill),
    "refund": (_bill,),
    "network": (_line, _plan),
    "broadband": (_services, _line),
    "harassment": (_line,),
}


async def facts(hall: Hall, msisdn: str | None, category: str) -> tuple[Fact, ...]:
    """What the records of the proved line say, by category; what cannot be read now is left out."""
    found: list[Fact] = []
    for look in LOOKS.get(category, ()) if msisdn else ():
        try:
            found += await look(hall, str(msisdn))
        except (Unavailable, NotFound):
            continue
    return tuple(found)
