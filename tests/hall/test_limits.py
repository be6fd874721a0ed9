"""Whatever goes wrong behind an adapter is `Unavailable`, and names the part."""

from collections.abc import Awaitable, Callable

import pytest

from hall import months
from hall.bss import Bss
from hall.bss.balance import Balance, Balances
from hall.bss.bill import Bills
from hall.bss.demo import DemoBss
from hall.bss.payments import LinePayments
from hall.bss.services import Services
from hall.bss.subscriber import Subscribers
from hall.bss.topup import Topups
from hall.bss.usage import Usages
from hall.clock import Clock
from hall.errors import NotFound, Unavailable
from hall.store.unit import Store

LINE = "13800138000"
CALLS: list[tuple[str, Callable[[Bss], Awaitable[object]]]] = [
    ("subscriber", lambda bss: bss[Subscribers].of(LINE)),
    ("subscriber", lambda bss: bss[Services].of(LINE)),
    ("balance", lambda bss: bss[Balances].of(LINE)),
    ("balance", lambda bss: bss[LinePayments].of(LINE)),
    ("bill", lambda bss: bss[Bills].of(LINE, "2026-10")),
    ("bill", lambda bss: bss[Bills].months(LINE)),
    ("usage", lambda bss: bss[Usages].of(LINE)),
    ("topup", lambda bss: bss[Topups].count(LINE, "N1G", "2026-11")),
    ("topup", lambda bss: bss[Topups].credit_data(LINE, "N1G", 1024, months.start("2026-12"), "T1")),
    ("topup", lambda bss: bss[Topups].credit_money(LINE, 100, "T2", "补偿")),
]


@pytest.fixture
def hurried(demo: DemoBss, store: Store, clock: Clock) -> DemoBss:
    """The filled demonstration, with a time limit that a test can wait for."""
    return DemoBss(store, clock, seconds=0.05)


@pytest.mark.parametrize("fault", ["down", "slow", "garbage"])
@pytest.mark.parametrize(("part", "call"), CALLS)
async def test_a_fault_is_unavailable(
    hurried: DemoBss, part: str, call: Callable[[Bss], Awaitable[object]], fault: str
) -> None:
    hurried.faults[part] = fault
    with pytest.raises(Unavailable) as raised:
        await call(hurried)
    assert raised.value.part == part


@pytest.mark.parametrize(("part", "call"), CALLS)
async def test_other_parts_go_on(demo: DemoBss, part: str, call: Callable[[Bss], Awaitable[object]]) -> None:
    demo.faults = {other: "down" for other in ("subscriber", "balance", "bill", "usage", "topup") if other != part}
    await call(demo)


class Broken(Balances):
    """An adapter with a mistake in it."""

    async def of(self, msisdn: str) -> Balance:
        raise KeyError("balance")


async def test_an_error_inside_is_unavailable_too() -> None:
    with pytest.raises(Unavailable, match="KeyError"):
        await Bss([Broken()])[Balances].of(LINE)


async def test_not_found_is_an_answer(demo: DemoBss) -> None:
    with pytest.raises(NotFound):
        await demo[Balances].of("13800000000")
