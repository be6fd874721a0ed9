"""Credit that is granted: by the policy, once, approved by another above the limit, both halves in the books."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import update

from hall.books import cases, compensation
from hall.books.compensation import Claim, NotAllowed
from hall.books.ledger import balances
from hall.bss.balance import Balances
from hall.errors import Conflict, NotFound
from hall.store.tables.books import compensations

pytestmark = pytest.mark.both

LINE = "13800138000"


async def granted(shop: Any, **changes: Any) -> str:
    claim = {"key": "k", "conversation": "", "msisdn": LINE, "amount_fen": 3000, "reason": "fault"} | changes
    unit = shop.hall.store.unit()
    state = await compensation.grant(shop.hall, unit, Claim(**claim))
    await unit.commit()
    return state


@pytest.fixture(autouse=True)
def _dispatcher_knows_it(shop: Any) -> None:
    compensation.register(shop.dispatcher, shop.hall)


async def test_within_the_limit_it_is_on_the_line_once_and_booked_on_both_sides(shop: Any) -> None:
    before = (await shop.hall.bss[Balances].of(LINE)).balance_fen
    assert await granted(shop) == "granted"
    assert await granted(shop) == "granted"
    assert await balances(shop.hall.store) == {"compensation": 3000, "granted": -3000}
    await shop.dispatcher.settle()
    assert await granted(shop) == "credited"
    assert (await shop.hall.bss[Balances].of(LINE)).balance_fen == before + 3000
    assert await balances(shop.hall.store) == {"compensation": 3000, "granted": 0, "line": -3000}


async def test_above_the_limit_another_person_decides(shop: Any) -> None:
    assert await granted(shop, amount_fen=3001, asked_by="agent:ben") == "waiting"
    await shop.dispatcher.settle()
    assert await balances(shop.hall.store) == {}
    with pytest.raises(NotAllowed):
        await compensation.decide(shop.hall, "k", True, agent="ben")
    await compensation.decide(shop.hall, "k", True, agent="anna")
    with pytest.raises(Conflict):
        await compensation.decide(shop.hall, "k", False, agent="anna")
    await shop.dispatcher.settle()
    assert (await balances(shop.hall.store))["line"] == -3001
    assert await cases.queue(shop.hall.store) == []


async def test_what_is_refused_is_never_paid(shop: Any) -> None:
    await granted(shop, amount_fen=3001)
    await compensation.decide(shop.hall, "k", False, agent="anna")
    await shop.dispatcher.settle()
    assert await balances(shop.hall.store) == {}
    assert await granted(shop, amount_fen=3001) == "refused"


async def test_of_two_who_decide_at_once_one_loses(shop: Any) -> None:
    await granted(shop, amount_fen=3001)
    decided = [compensation.decide(shop.hall, "k", word, agent="anna") for word in (True, False)]
    results = await asyncio.gather(*decided, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "NoneType"]


async def test_a_line_gets_no_more_than_the_months_sum_without_approval(shop: Any) -> None:
    states = [await granted(shop, key=f"k{number}") for number in range(4)]
    assert states == ["granted", "granted", "granted", "waiting"]
    shop.hall.clock.set(2026, 12, 1, 10)
    assert await granted(shop, key="next month") == "granted"


@pytest.mark.parametrize(
    "claim", [{"reason": "kindness"}, {"amount_fen": 0}, {"amount_fen": -1}, {"amount_fen": 50001}, {"amount_fen": 1.0}]
)
async def test_what_the_policy_does_not_know_is_refused(shop: Any, claim: dict[str, Any]) -> None:
    with pytest.raises(NotAllowed):
        await granted(shop, **claim)
    assert await compensation.get(shop.hall.store, "k") is None


async def test_a_system_that_is_down_is_asked_again_and_an_unknown_line_is_for_a_person(shop: Any, demo: Any) -> None:
    await granted(shop)
    await granted(shop, key="nobody", msisdn="13912345678")
    demo.faults["topup"] = "down"
    await shop.dispatcher.settle()
    assert (await balances(shop.hall.store))["granted"] == -6000
    demo.faults.clear()
    await shop.passes(minutes=1)
    assert (await balances(shop.hall.store))["granted"] == -3000
    assert [(case.kind, case.subject) for case in await cases.queue(shop.hall.store)] == [("compensation", "nobody")]


async def test_the_database_refuses_what_nobody_else_approved(shop: Any) -> None:
    await granted(shop, amount_fen=3001, asked_by="agent:ben")
    for who in (None, "agent:ben"):
        unit = shop.hall.store.unit()
        unit.stage(update(compensations).values(state="granted", decided_by=who))
        with pytest.raises(Conflict):
            await unit.commit()


async def test_deciding_what_is_not_there_says_so(shop: Any) -> None:
    with pytest.raises(NotFound):
        await compensation.decide(shop.hall, "none", True, agent="anna")


async def test_of_two_at_the_same_instant_one_sees_what_the_other_left(shop: Any) -> None:
    first, second = [
        Claim(key, "", LINE, 6000, "billing_error") for key in ("one", "two")
    ]  # each within the limit, not both within the month's
    units = [shop.hall.store.unit() for _ in range(2)]
    for unit, claim in zip(units, (first, second), strict=True):
        assert await compensation.grant(shop.hall, unit, claim) == "granted"
    await units[0].commit()
    with pytest.raises(Conflict):
        await units[1].commit()
    again = shop.hall.store.unit()
    assert await compensation.grant(shop.hall, again, second) == "waiting"
    await again.commit()


async def test_however_many_come_at_once_the_month_has_its_limit(shop: Any) -> None:
    async def by_hand(number: int) -> str:
        for _ in range(50):
            try:
                return await granted(shop, key=f"k{number}", amount_fen=3000)
            except Conflict:
                continue
        raise AssertionError("never granted")

    states = await asyncio.gather(*(by_hand(number) for number in range(12)))
    assert sorted(states) == ["granted"] * 3 + ["waiting"] * 9
    for _ in range(3):  # the demonstration's operator takes one change of a line at a time
        await shop.passes(minutes=1)
    assert (await balances(shop.hall.store))["line"] == -9000
