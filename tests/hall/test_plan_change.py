"""A change of plan waits for its month, is done once, and can be taken back until then."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hall import plan, plan_change
from hall.bss.bill import Bills
from hall.bss.demo import DemoBss
from hall.bss.plan_change import PlanChanges
from hall.bss.usage import Usages
from hall.catalogue import demonstrations
from hall.context import Hall
from hall.plan_change import Change, Refused

EVERYDAY, GOLD = "13800138000", "18900189007"
PLANS = {one.name: one for one in demonstrations().plans}


async def change(hall: Hall, line: str, name: str) -> Change:
    found = await plan_change.of(hall, line, PLANS[name])
    assert isinstance(found, Change)
    return found


async def test_it_takes_effect_with_the_next_month_and_not_before(hall: Hall, demo: DemoBss, clock: Any) -> None:
    wish = await change(hall, GOLD, "尊享129元套餐")
    assert (str(wish.from_), wish.month, wish.penalty_fen) == ("2026-12-01", "2026-12", 0)
    for _ in range(2):
        await plan_change.order(hall, GOLD, wish, "k", "sms")
    now = await plan.current(hall, GOLD)
    assert now
    assert now.name == "尊享199元套餐"
    clock.set(2026, 12, 3, 10)
    later = await plan.current(hall, GOLD)
    assert later
    assert (later.name, later.since, later.fee_fen) == ("尊享129元套餐", "2026-12", 12900)
    assert await demo[PlanChanges].pending(GOLD) is None
    december, november = await demo[Bills].of(GOLD, "2026-12"), await demo[Bills].of(GOLD, "2026-11")
    assert december
    assert november
    assert next(item for item in december.items if item.category == "plan").amount_fen == 12900
    assert next(item for item in november.items if item.category == "plan").amount_fen == 19900
    provincial = 10240  # beside what the plan contains
    assert sorted(one.total for one in await demo[Usages].of(GOLD)) == [100, 700, provincial, 51200]


async def test_what_is_taken_back_does_not_happen(hall: Hall, clock: Any) -> None:
    await plan_change.order(hall, GOLD, await change(hall, GOLD, "尊享129元套餐"), "k", "sms")
    undone = await plan_change.undo(hall, GOLD, "u", "sms")
    assert undone
    assert await plan_change.undo(hall, GOLD, "u2", "sms") is None
    clock.set(2026, 12, 3, 10)
    now = await plan.current(hall, GOLD)
    assert now
    assert now.name == "尊享199元套餐"


async def test_a_second_change_takes_the_place_of_the_first(hall: Hall, clock: Any) -> None:
    await plan_change.order(hall, GOLD, await change(hall, GOLD, "尊享129元套餐"), "k", "sms")
    second = await change(hall, GOLD, "尊享99元套餐")
    assert second.replaces == "尊享129元套餐"
    await plan_change.order(hall, GOLD, second, "k2", "web")
    clock.set(2026, 12, 3, 10)
    now = await plan.current(hall, GOLD)
    assert now
    assert now.name == "尊享99元套餐"


async def test_ending_a_contract_costs_a_share_of_the_months_that_are_left(hall: Hall, clock: Any) -> None:
    wish = await change(hall, EVERYDAY, "畅享19元套餐")
    assert wish.penalty_fen == 3 * 3900 * 30 // 100
    await plan_change.order(hall, EVERYDAY, wish, "k", "sms")
    clock.set(2026, 12, 3, 10)
    now = await plan.current(hall, EVERYDAY)
    assert now
    assert now.contract_until is None


async def test_by_policy_a_dearer_plan_may_run_at_once(hall: Hall, demo: DemoBss) -> None:
    rules = replace(hall.policy.services, takes_effect={"dearer": "at_once", "cheaper": "next_month"})
    at_once = replace(hall, policy=replace(hall.policy, services=rules))
    wish = await change(at_once, EVERYDAY, "畅享59元套餐")
    assert wish.at_once
    await plan_change.order(at_once, EVERYDAY, wish, "k", "sms")
    now = await plan.current(hall, EVERYDAY)
    bill = await demo[Bills].of(EVERYDAY, "2026-11")
    assert now
    assert bill
    assert now.name == "畅享59元套餐"
    assert now.contract_until == "2027-02"
    assert next(item for item in bill.items if item.category == "plan").amount_fen == 5900


@pytest.mark.parametrize(
    ("line", "name", "reason"),
    [
        ("13400134009", "畅享99元套餐", "contract"),
        ("13900139002", "畅享19元套餐", "arrears"),
        ("13600136003", "畅享19元套餐", "not_registered"),
        ("13700137004", "畅享19元套餐", "blacklisted"),
        ("17300173012", "政企畅享套餐", "company"),
        ("13800138000", "畅享39元套餐", "same"),
        ("13800138000", "冰激凌59元套餐", "not_for_you"),
        ("13800138000", "老年19元套餐", "not_for_you"),
    ],
)
async def test_it_is_refused_with_the_reason(hall: Hall, line: str, name: str, reason: str) -> None:
    found = await plan_change.of(hall, line, PLANS[name])
    assert isinstance(found, Refused)
    assert found.reason == reason


@pytest.mark.parametrize(
    ("text", "name"),
    [("畅享19", "畅享19元套餐"), ("19块的", "畅享19元套餐"), ("畅亨59元套餐", "畅享59元套餐"), ("18元的", None)],
)
def test_what_names_a_plan(text: str, name: str | None) -> None:
    among = tuple(one for one in PLANS.values() if one.name.startswith("畅享"))
    found = plan_change.named(text, among)
    assert (found.name if found else None) == name
