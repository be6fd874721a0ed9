"""Whatever goes wrong behind the port is `Unavailable`, and names the part."""

from collections.abc import Awaitable, Callable

import pytest

from hall import months
from hall.bss.demo import DemoBss
from hall.bss.limits import Limited
from hall.errors import NotFound, Unavailable

LINE = "13800138000"
CALLS: list[tuple[str, Callable[[Limited], Awaitable[object]]]] = [
    ("subscriber", lambda bss: bss.subscriber(LINE)),
    ("subscriber", lambda bss: bss.services(LINE)),
    ("balance", lambda bss: bss.balance(LINE)),
    ("balance", lambda bss: bss.payments(LINE)),
    ("bill", lambda bss: bss.bill(LINE, "2026-10")),
    ("bill", lambda bss: bss.bill_months(LINE)),
    ("usage", lambda bss: bss.usage(LINE)),
    ("topup", lambda bss: bss.topup_count(LINE, "N1G", "2026-11")),
    ("topup", lambda bss: bss.credit_data(LINE, "N1G", 1024, months.start("2026-12"), "T1")),
]


@pytest.mark.parametrize("fault", ["down", "slow", "garbage"])
@pytest.mark.parametrize(("part", "call"), CALLS)
async def test_a_fault_is_unavailable(
    demo: DemoBss, part: str, call: Callable[[Limited], Awaitable[object]], fault: str
) -> None:
    demo.faults[part] = fault
    with pytest.raises(Unavailable) as raised:
        await call(Limited(demo, seconds=0.05))
    assert raised.value.part == part


@pytest.mark.parametrize(("part", "call"), CALLS)
async def test_other_parts_go_on(demo: DemoBss, part: str, call: Callable[[Limited], Awaitable[object]]) -> None:
    demo.faults = {other: "down" for other in ("subscriber", "balance", "bill", "usage", "topup") if other != part}
    await call(Limited(demo))


async def test_an_error_inside_is_unavailable_too(demo: DemoBss, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(msisdn: str) -> object:
        raise KeyError("balance")

    monkeypatch.setattr(demo, "balance", broken)
    with pytest.raises(Unavailable, match="KeyError"):
        await Limited(demo).balance(LINE)


async def test_not_found_is_an_answer(demo: DemoBss) -> None:
    with pytest.raises(NotFound):
        await Limited(demo).balance("13800000000")
