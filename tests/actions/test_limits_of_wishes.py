"""Wishes for a person and unpaid orders have a limit: of a conversation, and of an address."""

from __future__ import annotations

from datetime import timedelta

from hall.context import Hall
from hall.limiter import Limit, full

FEW, MORE = Limit("few", 2, timedelta(hours=1)), Limit("more", 3, timedelta(hours=1))


async def once(hall: Hall, who: str, there: str) -> bool:
    """Whether there is room for one more; it is counted then."""
    unit = hall.store.unit()
    until = await full(unit, hall.clock.now(), [(FEW, who), (MORE, there)])
    await unit.commit()
    return until is None


async def test_of_one_and_of_all_who_come_from_one_place(hall: Hall) -> None:
    assert [await once(hall, "a", "home") for _ in range(3)] == [True, True, False]
    assert [await once(hall, "b", "home") for _ in range(2)] == [True, False]
    assert [await once(hall, "c", "") for _ in range(2)] == [True, True]  # nobody knows from where: not counted there
    hall.clock.advance(timedelta(hours=1))
    assert await once(hall, "a", "home")


async def test_what_is_refused_counts_for_nothing(hall: Hall) -> None:
    for _ in range(3):
        await once(hall, "a", "there")
    assert [await once(hall, "d", "there") for _ in range(2)] == [True, False]
