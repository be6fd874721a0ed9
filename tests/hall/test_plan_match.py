"""The matcher says to the fen what each plan would have cost; it equals trying every plan in every month."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hall import plan_match
from hall.bss.bill import Bills
from hall.bss.demo import DemoBss
from hall.bss.plan import Plan as LinePlan
from hall.bss.subscriber import Subscribers
from hall.bss.use_history import MonthUse
from hall.catalogue import Plan, demonstrations
from hall.context import Hall
from hall.policy.services import Rates

RATES = Rates(15, 10, 3, 10000)
counts = st.integers(0, 200_000)
uses = st.lists(st.tuples(counts, st.integers(0, 5000), st.integers(0, 500)), min_size=3, max_size=3)
terms = st.tuples(st.integers(0, 50_000), counts, st.integers(0, 5000), st.integers(0, 500))
plans = st.lists(terms, min_size=1, max_size=8)


def brute(plan: tuple[int, int, int, int], used: list[tuple[int, int, int]]) -> int:
    """Every minute, message and MB counted one kind and month at a time."""
    fee, data_mb, minutes, sms = plan
    total = 0
    for month_mb, month_minutes, month_sms in used:
        total += fee
        total += min(3 * (month_mb - data_mb), 10000) if month_mb > data_mb else 0
        total += 15 * (month_minutes - minutes) if month_minutes > minutes else 0
        total += 10 * (month_sms - sms) if month_sms > sms else 0
    return total


@given(
    offered=plans, used=uses, mine=st.tuples(st.integers(0, 50_000), counts, st.integers(0, 5000), st.integers(0, 500))
)
def test_the_matcher_equals_brute_force(
    offered: list[tuple[int, int, int, int]], used: list[tuple[int, int, int]], mine: tuple[int, int, int, int]
) -> None:
    months = [MonthUse(f"2026-{month:02}", *use) for month, use in zip((8, 9, 10), used, strict=True)]
    catalogue = [Plan(f"套餐{number}", *plan) for number, plan in enumerate(offered)]
    found = plan_match.matched(catalogue, LinePlan("13800138000", "现在的", *mine), months, RATES)
    now = brute(mine, used)
    expected = {f"套餐{number}": brute(plan, used) for number, plan in enumerate(offered)}
    assert {one.name: one.cost_fen for one in found.ranked} == expected
    assert {one.name: one.year_fen for one in found.ranked} == {name: 4 * (now - fen) for name, fen in expected.items()}
    assert [one.cost_fen for one in found.ranked] == sorted(expected.values())
    assert all(one.year_fen > 0 for one in found.best)
    assert len(found.best) == min(3, sum(fen < now for fen in expected.values()))
    assert all((one.why == "dearer") == (one.year_fen < 0) for one in found.ranked)


async def test_the_present_plan_costs_what_was_billed(hall: Hall, demo: DemoBss) -> None:
    """The use agrees with the bills: plan and what was beyond it, less the discount."""
    for row in demo.people.customers:
        line = row["msisdn"]
        used = await plan_match.used(hall, line)
        assert [use.month for use in used] == ["2026-08", "2026-09", "2026-10"]
        plan = next(one for one in demonstrations().plans if one.name == row["plan"])
        for use in used:
            bill = await demo[Bills].of(line, use.month)
            assert bill
            billed = sum(item.amount_fen for item in bill.items if item.category in ("plan", "calls", "sms", "data"))
            assert plan_match.cost(plan, use, hall.policy.services.rates) == billed


async def test_a_plan_is_open_to_those_it_is_for(hall: Hall, demo: DemoBss) -> None:

    names = {}
    for line in ("13800138000", "13600136003", "15600156011", "17300173012"):
        who = await demo[Subscribers].of(line)
        names[line] = {plan.name for plan in plan_match.open_to(hall, who)}
    assert "畅享19元套餐" in names["13800138000"]
    assert "老年19元套餐" not in names["13800138000"]
    assert "老年19元套餐" in names["13600136003"]
    assert all(name.startswith("冰激凌") for name in names["15600156011"])
    assert names["17300173012"] == {"政企畅享套餐"}


async def test_what_was_not_wanted_is_remembered(hall: Hall) -> None:
    for _ in range(2):
        unit = hall.store.unit()
        plan_match.decline(hall, unit, "13800138000", ["畅享35元套餐"])
        await unit.commit()
    assert await plan_match.declined(hall.store, "13800138000") == {"畅享35元套餐"}
    assert await plan_match.declined(hall.store, "15600156011") == frozenset()
