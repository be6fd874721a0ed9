"""Each reason for which a number is not topped up, in the order of the policy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hall.errors import Unavailable
from hall.topup.eligibility import TopupWish, number_refusal, refusal


async def reason(shop: Any, msisdn: str, sku: str = "N1G", payer: str | None = None) -> str | None:
    refused = await refusal(shop.hall, TopupWish(msisdn, sku, payer))
    return refused.reason if refused else None


@pytest.mark.parametrize(
    ("msisdn", "why"),
    [
        ("13800138000", None),
        ("1380013800", "invalid_number"),
        ("12345678901", "invalid_number"),
        ("", "invalid_number"),
        ("02085551234", "landline"),
        ("17000170008", "virtual_number"),
        ("13900139002", "arrears"),
        ("13600136003", "not_registered"),
        ("13700137004", "blacklisted"),
        ("13500135005", "excluded"),
        ("18600186006", "too_many"),
        ("13912345678", "unknown"),
    ],
)
async def test_each_refusal_has_its_own_reason(shop: Any, msisdn: str, why: str | None) -> None:
    assert await reason(shop, msisdn) == why


async def test_another_denomination_of_the_unicom_number_is_served(shop: Any) -> None:
    assert await reason(shop, "18600186006", "N500") is None


async def test_what_is_owed_is_told_to_the_line_itself_only(shop: Any) -> None:
    own = await refusal(shop.hall, TopupWish("13900139002", "N1G", "13900139002"))
    other = await refusal(shop.hall, TopupWish("13900139002", "N1G", "13800138000"))
    assert own is not None
    assert other is not None
    assert own.facts["arrears_fen"] == 1260
    assert "arrears_fen" not in other.facts


async def test_paid_orders_under_way_count_too(shop: Any) -> None:
    assert await reason(shop, "15600156011") is None
    for index in range(5):
        order = await shop.order(msisdn="15600156011", confirmation=f"c{index}")
        assert await shop.pay(order) == "paid"
    assert await reason(shop, "15600156011") == "too_many"


@pytest.mark.parametrize("part", ["subscriber", "balance", "topup"])
async def test_a_system_that_is_down_is_not_taken_as_eligible(shop: Any, demo: Any, part: str) -> None:
    demo.faults[part] = "down"
    with pytest.raises(Unavailable) as caught:
        await reason(shop, "18600186006", "N500")
    assert caught.value.part == part


def test_the_number_alone_is_judged_without_the_records(shop: Any) -> None:
    assert number_refusal(shop.hall, "13800138000") is None
    refused = number_refusal(shop.hall, "17000170008")
    assert refused is not None
    assert refused.reason == "virtual_number"


@pytest.mark.parametrize(
    ("msisdn", "why"),
    [
        ("13800138000", None),
        ("13900139002", None),  # credit is how arrears are paid
        ("13500135005", None),
        ("18600186006", None),
        ("17000170008", "virtual_number"),
        ("13600136003", "not_registered"),
        ("13700137004", "blacklisted"),
    ],
)
async def test_credit_is_refused_for_fewer_reasons(shop: Any, msisdn: str, why: str | None) -> None:
    refused = await refusal(shop.hall, TopupWish(msisdn, "C50", product="credit"))
    assert (refused.reason if refused else None) == why


def with_limit(shop: Any, reason: str, per_day: int) -> None:
    """A daily limit, at an operator that also serves numbers of which it has no record."""
    rules = shop.hall.policy.topup
    changed = tuple(
        replace(r, per_day=per_day) if r.reason == reason else r for r in rules.rules if r.reason != "unknown"
    )
    shop.hall = replace(shop.hall, policy=replace(shop.hall.policy, topup=replace(rules, rules=changed)))


@pytest.mark.parametrize("msisdn", ["13800138000", "13912345678"])  # known to the operator, and not
async def test_a_number_has_a_daily_limit_whoever_pays(shop: Any, msisdn: str) -> None:
    with_limit(shop, "number_today", 2)
    for index in range(2):
        assert await reason(shop, msisdn) is None
        await shop.pay(await shop.order(msisdn=msisdn, confirmation=f"c{index}", conversation=f"web:demo:{index}"))
    for sku, product in (("N500", "data"), ("C50", "credit")):
        refused = await refusal(shop.hall, TopupWish(msisdn, sku, product=product))
        assert refused is not None
        assert (refused.reason, refused.facts["limit"]) == ("number_today", 2)
    assert await reason(shop, "13912345679") is None
    shop.hall.clock.set(2026, 11, 16)  # midnight of Shanghai
    assert await reason(shop, msisdn) is None


async def test_a_payer_has_a_daily_limit_whatever_the_number(shop: Any) -> None:
    with_limit(shop, "payer_today", 2)
    for index in range(2):
        by_line = {"msisdn": f"1391234567{index}", "confirmation": f"c{index}", "payer": "13400134009"}
        by_chat = {"msisdn": f"1391234568{index}", "confirmation": f"d{index}", "conversation": "web:demo:x"}
        await shop.pay(await shop.order(**by_line))
        await shop.pay(await shop.order(**by_chat))
    for payer, conversation in (("13400134009", "sms:demo:y"), (None, "web:demo:x")):
        refused = await refusal(shop.hall, TopupWish("13912345690", "N1G", payer, conversation=conversation))
        assert refused is not None
        assert refused.reason == "payer_today"
    assert await refusal(shop.hall, TopupWish("13912345690", "N1G", None, conversation="web:demo:z")) is None


async def test_orders_that_nobody_paid_do_not_count(shop: Any) -> None:
    with_limit(shop, "number_today", 1)
    order = await shop.order(msisdn="13912345678")
    assert await reason(shop, "13912345678") is None
    await shop.pay(order)
    assert await reason(shop, "13912345678") == "number_today"
