"""The service password: what is refused, how often it may be tried, and that it is kept nowhere in clear."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from hall import service_password
from hall.bss.demo import DemoBss
from hall.context import Hall
from hall.errors import Unavailable
from hall.service_password import Locked, Right, Wrong, weakness
from hall.store.tables.accounts import bss_passwords

LINE, FIRST, NEW = "13800138000", "583926", "704821"


async def tried(hall: Hall, password: str) -> Any:
    unit = hall.store.unit()
    found = await service_password.check(hall, unit, LINE, password)
    await unit.commit()
    return found


async def changed(hall: Hall, password: str, key: str = "k1") -> Any:
    unit = hall.store.unit()
    weak = await service_password.set_new(hall, unit, LINE, password, key)
    await unit.commit()
    return weak


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("123456", "run"), ("987654", "run"), ("888888", "repeated"), ("121212", "repeated"), ("112233", "repeated"),
        ("258258", "repeated"), ("111222", "repeated"), ("900115", "birth"), ("198807", "birth"), ("138000", "number"),
        ("12345", "digits"), ("1234567", "digits"), ("12a456", "digits"), ("", "digits"), (NEW, None), ("258036", None),
    ],
)  # fmt: skip
def test_what_is_easily_guessed_is_refused_with_its_reason(password: str, why: str | None) -> None:
    assert weakness(password, LINE) == why


async def test_five_wrong_ones_lock_for_a_day_and_a_right_one_then_does_not_help(hall: Hall, clock: Any) -> None:
    assert [await tried(hall, "000000") for _ in range(4)] == [Wrong(4), Wrong(3), Wrong(2), Wrong(1)]
    assert isinstance(await tried(hall, "000000"), Locked)
    assert isinstance(await tried(hall, FIRST), Locked)
    clock.advance(timedelta(hours=24, minutes=1))
    assert await tried(hall, FIRST) == Right()


async def test_a_right_one_forgives_the_wrong_ones_before_it(hall: Hall) -> None:
    await tried(hall, "000000")
    assert await tried(hall, FIRST) == Right()
    assert await tried(hall, "000000") == Wrong(4)


async def test_a_new_one_takes_the_place_of_the_old_one_and_ends_a_lock(hall: Hall) -> None:
    for _ in range(5):
        await tried(hall, "000000")
    assert await changed(hall, NEW) is None
    assert await tried(hall, NEW) == Right()
    assert await tried(hall, FIRST) == Wrong(4)


async def test_a_weak_one_changes_nothing(hall: Hall) -> None:
    assert await changed(hall, "123456") == "run"
    assert await tried(hall, FIRST) == Right()


async def test_it_is_stored_as_a_hash_only_and_a_repeat_changes_nothing(hall: Hall) -> None:
    await changed(hall, NEW)
    [before] = await hall.store.all(select(bss_passwords))
    assert NEW not in "".join(map(str, before))
    await changed(hall, "135790", "k1")
    assert await hall.store.all(select(bss_passwords)) == [before]


@pytest.mark.parametrize("fault", ["down", "garbage"])
async def test_a_system_that_fails_is_named_and_counts_nothing(hall: Hall, demo: DemoBss, fault: str) -> None:
    demo.faults["password"] = fault
    with pytest.raises(Unavailable) as raised:
        await service_password.check(hall, hall.store.unit(), LINE, FIRST)
    assert raised.value.part == "password"
