"""Fees that are given back: once, never above what was charged, double where promised, approved above the limit."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from hall.books import cases, fee_refund
from hall.books.fee_refund import Charge, Claim, FeeRefund, NotAllowed, NothingToRefund
from hall.books.ledger import balances
from hall.bss.balance import Balances
from hall.errors import Conflict, NotFound
from hall.store.tables.books import fee_refund_charges
from hall.store.tables.core import inbox

pytestmark = pytest.mark.both

SCHOOL, FARM, MAIN = "15600156011", "18700187010", "13800138000"


@pytest.fixture(autouse=True)
def _dispatcher_knows_it(shop: Any) -> None:
    fee_refund.register(shop.dispatcher, shop.hall)


async def asked(shop: Any, line: str, code: str, name: str, **changes: Any) -> FeeRefund:
    """The line asks for the fees of a service that it never ordered."""
    charges = await fee_refund.charges(shop.hall, line, code, "unwanted_service")
    claim = {"key": f"{line}{code}", "conversation": f"sms:demo:{line}", "msisdn": line, "kind": "unwanted_service"}
    unit = shop.hall.store.unit()
    more = {"name": name, "charges": charges, "supplier": name}
    found = await fee_refund.ask(shop.hall, unit, Claim(**(claim | more | changes)))
    await unit.commit()
    await shop.dispatcher.settle()
    return found


async def told(shop: Any) -> list[str]:
    """What customers are told, in order."""
    rows = await shop.hall.store.all(select(inbox.c.body).where(inbox.c.kind == "event").order_by(inbox.c.arrival))
    return [row.body["response"] for row in rows]


async def test_an_unwanted_service_goes_back_double_at_once_and_its_supplier_bears_it(shop: Any) -> None:
    before = (await shop.hall.bss[Balances].of(SCHOOL)).balance_fen
    found = await asked(shop, SCHOOL, "service:SCHOOL", "校讯通")
    assert (found.refund_fen, found.compensation_fen, found.state) == (3200, 3200, "granted")
    assert (await shop.hall.bss[Balances].of(SCHOOL)).balance_fen == before + 6400
    assert await balances(shop.hall.store) == {
        "compensation": 0, "fees": 0, "granted": 0, "line": -6400, "recourse": 6400,
    }  # fmt: skip
    assert await told(shop) == ["utter_fee_refund_credited"]


async def test_the_same_again_gives_nothing_more(shop: Any) -> None:
    first = await asked(shop, SCHOOL, "service:SCHOOL", "校讯通")
    again = await asked(shop, SCHOOL, "service:SCHOOL", "校讯通")
    assert (again.id, again.state) == (first.id, "credited")
    with pytest.raises(NothingToRefund):
        await asked(shop, SCHOOL, "service:SCHOOL", "校讯通", key="another wish")
    assert (await balances(shop.hall.store))["line"] == -6400


async def test_above_the_limit_a_person_who_did_not_ask_decides_and_the_customer_is_told(shop: Any) -> None:
    found = await asked(shop, FARM, "service:FARMMMS", "农网彩信", asked_by="agent:ben")
    assert (found.total_fen, found.state) == (16000, "waiting")
    assert await balances(shop.hall.store) == {}
    [case] = await cases.queue(shop.hall.store)
    assert (case.kind, case.subject, case.facts["amount_fen"]) == ("fee_refund", found.id, 16000)
    with pytest.raises(NotAllowed):
        await fee_refund.decide(shop.hall, found.id, True, agent="ben")
    await fee_refund.decide(shop.hall, found.id, True, agent="anna")
    with pytest.raises(Conflict):
        await fee_refund.decide(shop.hall, found.id, False, agent="anna")
    await shop.dispatcher.settle()
    assert (await balances(shop.hall.store))["line"] == -16000
    assert await cases.queue(shop.hall.store) == []
    assert await told(shop) == ["utter_fee_refund_credited"]


async def test_what_is_refused_is_not_paid_and_may_be_asked_for_anew(shop: Any) -> None:
    found = await asked(shop, FARM, "service:FARMMMS", "农网彩信")
    await fee_refund.decide(shop.hall, found.id, False, agent="anna")
    await shop.dispatcher.settle()
    assert await balances(shop.hall.store) == {}
    assert await told(shop) == ["utter_fee_refund_refused"]
    assert (await asked(shop, FARM, "service:FARMMMS", "农网彩信", key="anew")).state == "waiting"


async def test_a_number_that_is_none_is_not_found(shop: Any) -> None:
    with pytest.raises(NotFound):
        await fee_refund.decide(shop.hall, "R0000000000", True, agent="anna")


async def test_no_part_of_a_charge_above_it_is_given_back(shop: Any) -> None:
    too_much = (Charge("2026-10", "plan", "套餐", 2900, 2901),)
    with pytest.raises(NotAllowed):
        await asked(shop, FARM, "plan", "套餐", kind="wrong_plan", charges=too_much)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    wishes=st.lists(
        st.lists(st.tuples(st.sampled_from(["08", "09", "10"]), st.integers(-5, 1500), st.integers(0, 1200))),
        max_size=4,
    )
)
async def test_never_more_is_given_back_than_was_charged(shop: Any, wishes: list[list[tuple[str, int, int]]]) -> None:
    """Whatever is asked for, in whatever order: of each charge at most the whole, and at most as much again."""
    line, code = MAIN, f"service:{id(wishes)}"
    start = (await balances(shop.hall.store)).get("line", 0)
    for number, wish in enumerate(wishes):
        charges = tuple(Charge(f"2026-{month}", code, "业务", charged, fen) for month, fen, charged in wish)
        try:
            await asked(shop, line, code, "业务", key=f"{code}{number}", charges=charges)
        except (NotAllowed, NothingToRefund, Conflict):
            continue
    rows = [row for row in await shop.hall.store.all(select(fee_refund_charges)) if row.code == code]
    assert all(0 < row.refund_fen <= row.charged_fen for row in rows)
    assert len({row.month for row in rows}) == len(rows)
    given_back = start - (await balances(shop.hall.store)).get("line", 0)
    assert given_back <= 2 * sum(row.charged_fen for row in rows)
