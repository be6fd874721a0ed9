"""Each reason for which a number is not topped up, in the order of the policy."""

from __future__ import annotations

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
        ("13912345678", None),
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
    assert own.facts["arrears"] == "12.60"
    assert "arrears" not in other.facts


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
