"""A line is lost, suspended, taken up again; calls go on; a family has its limits."""

from __future__ import annotations

import pytest

from hall import family, forwarding, line
from hall.context import Hall

LINE, OWES, OTHER = "13800138000", "13900139002", "13400134009"


async def test_how_a_line_stands_is_seen_at_once(hall: Hall) -> None:
    await line.report_lost(hall, LINE, "a")
    found = await line.standing(hall, LINE)
    assert found
    assert (found.state, found.since) == ("lost", hall.clock.now())
    await line.resume(hall, LINE, "b")
    again = await line.standing(hall, LINE)
    assert again
    assert again.state == "active"


async def test_arrears_are_told_of_a_line_that_nobody_suspended(hall: Hall) -> None:
    found = await line.standing(hall, OWES)
    assert found
    assert (found.state, found.arrears_fen) == ("arrears", 1260)
    assert await line.standing(hall, "13800000000") is None


async def test_a_suspension_ends_with_the_month_that_the_policy_says(hall: Hall) -> None:
    assert (await line.suspend(hall, LINE, "a")).until == line.suspended_until(hall)


def test_who_found_the_phone_has_the_line_so_a_loss_needs_the_password(hall: Hall) -> None:
    assert line.needs_password(hall, "lost")
    assert not line.needs_password(hall, "suspended")


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ("13900139002", "13900139002"),
        ("0871-65550123", "087165550123"),
        (LINE, "own"),
        ("110", "service"),
        ("10086", "service"),
        ("12345", "service"),
        ("1380013800", "wrong"),
        ("", "wrong"),
    ],
)
def test_where_calls_may_go(said: str, taken: str) -> None:
    assert forwarding.target(said, LINE) == taken


async def test_calls_do_not_go_round_in_a_ring(hall: Hall) -> None:
    await forwarding.set_(hall, OTHER, "always", LINE, "a")
    assert await forwarding.loops(hall, LINE, OTHER)
    await forwarding.cancel(hall, OTHER, None, "b")
    assert not await forwarding.loops(hall, LINE, OTHER)


async def test_a_family_has_so_many_members_of_one_carrier(hall: Hall) -> None:
    assert await family.may_add(hall, LINE, "18600186006") == "carrier"
    assert await family.may_add(hall, LINE, LINE) == "own"
    for number in range(hall.policy.line.family_most):
        await family.add(hall, LINE, f"1380013801{number}", f"add{number}")
    assert await family.may_add(hall, LINE, "13800138010") == "already"
    assert await family.may_add(hall, LINE, OTHER) == "full"
    assert await family.may_remove(hall, LINE, "8010") == "13800138010"
    assert await family.may_remove(hall, LINE, OTHER) == "no_member"
