"""A plan that was booked wrongly: what goes back is the difference of every month, never more than was charged."""

from __future__ import annotations

import pytest

from hall import months, tickets, wrong_plan
from hall.books import fee_refund
from hall.bss.demo import DemoBss
from hall.bss.entry import Entries, Entry, PlanFee
from hall.bss.plan_change import PlanChanges
from hall.context import Hall
from hall.errors import Unavailable

LINE = "18700187010"
CONVERSATION = "sms:demo:18700187010"


async def test_each_month_since_the_entry_gives_back_the_difference(hall: Hall) -> None:
    found = await wrong_plan.finding(hall, LINE)
    assert found is not None
    now = months.of(hall.clock.now())
    assert [one.month for one in found.charges] == list(months.between(found.entry.month, now))
    assert all(one.refund_fen == one.charged_fen - found.entry.applied_fen for one in found.charges)
    assert found.refund_fen == 17 * 1000
    assert found.approval
    assert found.corrected == months.shift(now, 1)


async def test_a_line_that_was_booked_as_it_applied_has_nothing_coming(hall: Hall) -> None:
    assert await wrong_plan.finding(hall, "13800138000") is None
    assert await wrong_plan.finding(hall, "13700137004") is None


async def test_it_is_asked_for_once_and_waits_for_a_person(hall: Hall) -> None:
    for _ in range(2):
        found = await wrong_plan.finding(hall, LINE)
        assert found is not None
        unit = hall.store.unit()
        claimed = await wrong_plan.claim(hall, unit, LINE, CONVERSATION, found)
        await unit.commit()
        assert claimed.refund.state == fee_refund.WAITING
    assert [one.total_fen for one in await fee_refund.of_line(hall.store, LINE)] == [17000]
    assert len(await tickets.of_customer(hall.store, CONVERSATION, LINE)) == 1
    ordered = await hall.bss[PlanChanges].pending(LINE)
    assert ordered is not None
    assert (ordered.name, ordered.month) == (found.entry.applied, found.corrected)
    assert await wrong_plan.claimed(hall, LINE) == (await fee_refund.of_line(hall.store, LINE))[0]


class Fees(Entries):
    """Entries of whatever months were charged."""

    def __init__(self, fens: list[int], first: str) -> None:
        self.fens, self.first = fens, first

    async def of(self, msisdn: str) -> Entry | None:
        return Entry("F1", self.first, "A", 1900, "B", 2900)

    async def plan_fees(self, msisdn: str) -> tuple[PlanFee, ...]:
        return tuple(PlanFee(months.shift(self.first, at), "plan", "B", fen) for at, fen in enumerate(self.fens))


async def test_months_that_were_right_or_too_long_ago_give_nothing_back(hall: Hall, demo: DemoBss) -> None:
    back = hall.policy.refunds.kinds[wrong_plan.KIND].months_back
    first = months.shift(months.of(hall.clock.now()), -back)  # one month too long ago
    demo.put(Fees([2900, 1900, 0, 1450, 2901], first))
    found = await wrong_plan.finding(hall, LINE)
    assert found is not None
    assert [one.refund_fen for one in found.charges] == [1001]


@pytest.mark.parametrize("fault", ["down", "garbage"])
async def test_records_that_fail_are_named(hall: Hall, demo: DemoBss, fault: str) -> None:
    demo.faults["plan"] = fault
    with pytest.raises(Unavailable) as raised:
        await wrong_plan.finding(hall, LINE)
    assert raised.value.part == "plan"
