"""Points: counted, ending, and given once for what they buy."""

from __future__ import annotations

import random

import pytest

from hall import points
from hall.bss.balance import Balances
from hall.bss.demo import DemoBss
from hall.bss.points import PointAccounts
from hall.bss.usage import Usages
from hall.context import Hall
from hall.errors import Unavailable
from hall.points import Redeemed, TooFew

LINE, RICH = "13800138000", "13400134009"


async def count(hall: Hall, line: str = LINE) -> int:
    found = await points.of(hall, line)
    assert found
    return found.points


@pytest.mark.parametrize(("line", "number"), [(LINE, 1250), ("13900139002", 310), ("17000170008", 0)])
async def test_points_are_those_of_the_line(hall: Hall, line: str, number: int) -> None:
    assert await count(hall, line) == number


async def test_credit_for_points_is_on_the_line_at_once(hall: Hall) -> None:
    gift = points.gift(hall, "C10")
    assert gift
    before = (await hall.bss[Balances].of(LINE)).balance_fen
    done = await points.redeem(hall, LINE, gift, "k1")
    assert done == Redeemed(gift, 250)
    assert (await hall.bss[Balances].of(LINE)).balance_fen == before + 1000


async def test_data_for_points_is_an_allowance(hall: Hall) -> None:
    gift = points.gift(hall, "D1G")
    assert gift
    await points.redeem(hall, LINE, gift, "k1")
    assert gift.name in [one.name for one in await hall.bss[Usages].of(LINE)]


async def test_the_same_key_gives_once(hall: Hall) -> None:
    gift = points.gift(hall, "C5")
    assert gift
    for _ in range(3):
        await points.redeem(hall, LINE, gift, "k1")
    assert await count(hall) == 750
    assert len(await points.redeemed(hall, LINE)) == 1


async def test_too_few_points_give_nothing(hall: Hall) -> None:
    gift = points.gift(hall, "C50")
    assert gift
    refused = await points.redeem(hall, LINE, gift, "k1")
    assert isinstance(refused, TooFew)
    assert (refused.short, refused.within_reach[0].name) == (3750, "10元话费")
    assert await count(hall) == 1250


async def test_what_ends_first_is_given_first(hall: Hall) -> None:
    gift = points.gift(hall, "D500")
    assert gift
    found = await points.of(hall, LINE)
    assert found
    assert [one.points for one in found.ending] == [300]
    await points.redeem(hall, LINE, gift, "k1")
    found = await points.of(hall, LINE)
    assert found
    assert found.ending == ()


@pytest.mark.parametrize(
    ("words", "code"),
    [("用积分换10元话费", "C10"), ("1G流量", "D1G"), ("兑五块钱", "C5"), ("我要充电宝", "BANK"), ("随便", None)],
)
def test_what_is_meant_by_words(hall: Hall, words: str, code: str | None) -> None:
    assert [one.code for one in points.meant(hall, words)] == ([code] if code else [])


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_is_wished_for_the_sum_stays_what_it_was(hall: Hall, seed: int) -> None:
    """What was had and what remains is what there was, under keys that come again, and never less than nothing."""
    dice = random.Random(seed)
    for _ in range(10):
        gift = dice.choice(hall.policy.gifts)
        await points.redeem(hall, RICH, gift, f"k{dice.randrange(6)}")
        had = await points.redeemed(hall, RICH)
        left = await count(hall, RICH)
        assert left >= 0
        assert left + sum(one.points for one in had) == 46200


@pytest.mark.parametrize("fault", ["down", "garbage"])
async def test_a_system_that_fails_is_named(hall: Hall, demo: DemoBss, fault: str) -> None:
    demo.faults["points"] = fault
    with pytest.raises(Unavailable) as raised:
        await points.of(hall, LINE)
    assert raised.value.part == "points"


async def test_an_unknown_line_is_told_apart(hall: Hall) -> None:
    assert await points.of(hall, "13800000000") is None
    assert await hall.bss[PointAccounts].of("13800000000") is None
