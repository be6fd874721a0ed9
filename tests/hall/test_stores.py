"""Business halls: found, open, quiet, booked."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall.bss.demo import DemoBss
from hall.bss.stores import StoreBookings
from hall.clock import SHANGHAI
from hall.context import Hall
from hall.errors import Unavailable
from hall.policy import Policy
from hall.stores import booking, facts, finding, times

RULES = Policy.load().stores
LINE, OTHERS = "13800138000", ("13900139002", "13700137004", "13500135005")


@pytest.mark.parametrize(
    ("said", "carrier", "city", "first"),
    [
        ("昆明", "移动", "昆明", "人民中路营业厅"),
        ("仁民中路营业厅在哪", "移动", "昆明", "人民中路营业厅"),
        ("红旗广场旁边那家", "移动", "普洱", "振兴大道营业厅"),
        ("洪加楼", "联通", "济南", "洪楼营业点"),
        ("火车站附近", "移动", "大理", "人民南路营业厅"),
        ("滇池路上那家", "移动", "昆明", "南亚广场营业点"),
        ("我在济南", "移动", "普洱", "解放路营业厅"),
        ("青岛台东的厅", "电信", "青岛", "台东三路营业厅"),
    ],
)
def test_a_hall_is_found_by_what_people_call_its_place(said: str, carrier: str, city: str, first: str) -> None:
    found = finding.find(RULES, said, carrier, city)
    assert found
    assert found.places[0].name == first


@pytest.mark.parametrize("said", ["北京有营业厅吗", "帮我查话费", "我在家"])
def test_a_place_without_a_hall_finds_none(said: str) -> None:
    assert finding.find(RULES, said, "移动", "昆明") is None


@given(st.dates(date(2026, 1, 1), date(2030, 12, 31)))
def test_the_quiet_days_are_the_6th_to_the_25th(day: date) -> None:
    assert times.crowd(RULES, day).quiet == (6 <= day.day <= 25)


@given(st.datetimes(datetime(2026, 11, 1), datetime(2027, 12, 31)), st.sampled_from(RULES.places))
def test_a_closed_hall_says_when_it_opens(when: datetime, place: object) -> None:
    now = when.replace(tzinfo=SHANGHAI)
    told = facts.store(RULES, place, now)  # type: ignore[arg-type]
    assert told.open != (told.opens is not None)
    if told.opens:
        assert told.opens.opens
        assert told.opens.day >= now.date()


def test_days_are_understood() -> None:
    friday = date(2026, 11, 27)
    assert times.days_in(RULES, "周末开门吗", friday) == (date(2026, 11, 28), date(2026, 11, 29))
    assert times.days_in(RULES, "下周三", friday) == (date(2026, 12, 2),)
    assert times.days_in(RULES, "12月3号", friday) == (date(2026, 12, 3),)
    assert times.days_in(RULES, "春节", friday) == (date(2027, 2, 5),)


async def test_a_slot_holds_no_more_people_than_the_rules_say(hall: Hall) -> None:
    place = RULES.places[0]
    day = hall.clock.local().date() + timedelta(1)
    at = (await booking.slots(hall, place, day))[0]
    made = await asyncio.gather(
        *(booking.book(hall, line, place, at, "", f"k{line}") for line in (LINE, *OTHERS)), return_exceptions=True
    )
    assert sum(isinstance(one, booking.Told) for one in made) <= RULES.slot_people
    assert at not in await booking.slots(hall, place, day)


async def test_a_booking_is_made_once_and_replaces_the_former(hall: Hall) -> None:
    place = RULES.places[0]
    day = hall.clock.local().date() + timedelta(1)
    first, second, *_ = await booking.slots(hall, place, day)
    one = await booking.book(hall, LINE, place, first, "pay", "a")
    again = await booking.book(hall, LINE, place, first, "pay", "a")
    assert one
    assert again
    assert one.no == again.no
    other = await booking.book(hall, LINE, place, second, "", "b")
    found = await booking.mine(hall, LINE)
    assert other
    assert found
    assert found.no == other.no
    assert await booking.give_up(hall, LINE, "c")
    assert await booking.mine(hall, LINE) is None


async def test_the_queue_system_that_is_down_is_named(hall: Hall, demo: DemoBss) -> None:
    demo.faults["stores"] = "down"
    with pytest.raises(Unavailable) as raised:
        await hall.bss[StoreBookings].of(LINE)
    assert raised.value.part == "stores"


async def test_what_to_bring_is_known_for_every_business(hall: Hall) -> None:
    for business in RULES.businesses:
        assert facts.bring(hall, business, "移动")
