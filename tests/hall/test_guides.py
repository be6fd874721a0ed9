"""Guides: found by words, conditions looked up in the line's records, facts for the customer's own case."""

from __future__ import annotations

import pytest

from hall import guides
from hall.bss.demo import DemoBss
from hall.bss.line_state import LineStates
from hall.context import Hall
from hall.policy import Policy
from hall.roaming import countries

EVERYDAY, OWES, AWAY, GOLD = "13800138000", "13900139002", "13600136003", "18900189007"


async def _own(hall: Hall, name: str, line: str) -> guides.Own:
    found = await guides.records(hall, line)
    assert found
    return guides.own(hall, hall.policy.guides[name], found)


@pytest.mark.parametrize(
    ("line", "name", "checks"),
    [
        (EVERYDAY, "cancel_number", ["contract"]),
        (OWES, "cancel_number", ["arrears"]),
        (GOLD, "cancel_number", ["service"]),
        (AWAY, "port_number", ["real_name"]),
        ("18600186006", "port_number", []),
    ],
)
async def test_what_keeps_a_line_from_it_is_found_in_its_records(
    hall: Hall, line: str, name: str, checks: list[str]
) -> None:
    assert [one.check for one in (await _own(hall, name, line)).fails] == checks


async def test_a_lost_line_is_not_ported_and_a_new_card_ends_the_loss(hall: Hall) -> None:
    await hall.bss[LineStates].change(EVERYDAY, "lost", "a")
    assert "state" in [one.check for one in (await _own(hall, "port_number", EVERYDAY)).fails]
    own = await _own(hall, "replace_sim", EVERYDAY)
    assert [one.check for one in own.notes] == ["is_lost"]
    assert own.fails == ()


async def test_a_fact_differs_by_tier_place_and_case(hall: Hall) -> None:
    guide, rules = hall.policy.guides["replace_sim"], guides.rules(hall)
    gold = guides.fits(await guides.known(hall, GOLD), "")
    away = guides.fits(await guides.known(hall, AWAY), "")
    price = guide.fact("price", gold, rules)
    where = guide.fact("where", away, rules)
    lost = guide.fact("summary", guides.fits(None, "lost"), rules)
    assert price
    assert "免费" in price.sms
    assert where
    assert "不用回老家" in where.sms
    assert lost
    assert "挂失" in lost.sms
    assert guide.fact("no_such_topic", gold, rules) is None


async def test_records_that_are_down_leave_what_holds_for_everybody(hall: Hall, demo: DemoBss) -> None:
    demo.faults["subscriber"] = "down"
    assert await guides.known(hall, EVERYDAY) is None
    assert guides.fits(None, "") == {"case": frozenset({""})}


@pytest.mark.parametrize(
    ("said", "name"),
    [("我想携号转网", "port_number"), ("号码不要了怎么注销", "cancel_number"), ("今天天气不错", None)],
)
def test_a_guide_is_found_by_title_and_keywords(said: str, name: str | None) -> None:
    found = guides.find(Policy.load().guides, said)
    assert (found.name if found else None) == name


def test_every_fact_fits_one_text_and_has_no_gap_left(hall: Hall) -> None:
    for guide in hall.policy.guides.values():
        for name in {*guide.facts, *(topic for one in guide.variants for topic in one.facts)}:
            told = guide.fact(name, {"carrier": frozenset({"移动"})}, guides.rules(hall))
            assert told is None or (len(told.sms) <= 70 and "{" not in told.text + told.sms), (guide.name, name)


@pytest.mark.parametrize(
    ("said", "names"),
    [("去泰国和日本怎么收费", ["泰国", "日本"]), ("去巴厘岛玩", ["印度尼西亚"]), ("去亚特兰蒂斯", [])],
)
def test_countries_are_found_by_any_of_their_names(said: str, names: list[str]) -> None:
    assert [one.name for one in countries(Policy.load(), said)] == names
