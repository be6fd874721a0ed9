"""The plan of a line, as it is told to its holder."""

from typing import Any

import pytest

from hall import plan
from hall.bss.demo import DemoBss
from hall.bss.plan import Plan
from hall.context import Hall
from hall.errors import Unavailable

LINE, ENDED = "13800138000", "13900139002"


async def test_the_plan_is_what_the_operator_has_on_file(hall: Hall) -> None:
    assert await plan.current(hall, LINE) == Plan(
        LINE,
        "畅享39元套餐",
        fee_fen=3900,
        data_mb=10240,
        minutes=100,
        sms=50,
        since="2025-03",
        contract_until="2027-02",
        contract="discount",
    )


async def test_a_contract_runs_to_the_end_of_its_last_month(hall: Hall, clock: Any) -> None:
    clock.set(2027, 2, 28, 23)
    found = await plan.current(hall, LINE)
    assert found
    assert found.contract_until == "2027-02"
    clock.set(2027, 3, 1)
    found = await plan.current(hall, LINE)
    assert found
    assert found.contract_until is None


async def test_a_contract_that_has_ended_is_none(hall: Hall) -> None:
    found = await plan.current(hall, ENDED)
    assert found
    assert (found.since, found.contract_until) == ("2024-05", None)


async def test_an_unknown_line_is_told_apart(hall: Hall) -> None:
    assert await plan.current(hall, "13800000000") is None


@pytest.mark.parametrize("fault", ["down", "garbage"])
async def test_a_system_that_fails_is_named(hall: Hall, demo: DemoBss, fault: str) -> None:
    demo.faults["plan"] = fault
    with pytest.raises(Unavailable) as raised:
        await plan.current(hall, LINE)
    assert raised.value.part == "plan"
