"""What is set on a line of the demonstration: each change once by its key, and seen at once."""

import pytest
from sqlalchemy import select

from hall.bss.demo import DemoBss
from hall.bss.family import Families
from hall.bss.forwarding import Forwardings
from hall.bss.line_state import LineStates
from hall.context import Hall
from hall.errors import Unavailable
from hall.store.tables.line import bss_line_acts

LINE, OTHER = "13800138000", "13900139002"


async def test_a_line_is_in_use_until_it_is_changed_and_again_after(hall: Hall) -> None:
    states = hall.bss[LineStates]
    assert (await states.of(LINE)).state == "active"
    assert (await states.change(LINE, "lost", "a")).state == "lost"
    assert (await states.of(LINE)).since == hall.clock.now()
    assert (await states.of(OTHER)).state == "active"
    assert (await states.change(LINE, "active", "b")).state == "active"


async def test_the_same_key_changes_a_line_once(hall: Hall) -> None:
    states = hall.bss[LineStates]
    await states.change(LINE, "suspended", "a")
    await states.change(LINE, "active", "b")
    assert (await states.change(LINE, "suspended", "a")).state == "active"
    acts = await hall.store.all(select(bss_line_acts).order_by(bss_line_acts.c.key))
    assert [(act.key, act.what) for act in acts] == [("a", "state:suspended"), ("b", "state:active")]


async def test_a_forwarding_takes_the_place_of_the_one_before(hall: Hall) -> None:
    calls = hall.bss[Forwardings]
    await calls.set(LINE, "busy", OTHER, "a")
    await calls.set(LINE, "always", OTHER, "b")
    await calls.set(LINE, "busy", "13600136003", "c")
    assert [(one.when, one.target) for one in await calls.of(LINE)] == [("always", OTHER), ("busy", "13600136003")]
    await calls.cancel(LINE, ("busy",), "d")
    assert [one.when for one in await calls.of(LINE)] == ["always"]


async def test_a_member_is_in_a_family_once(hall: Hall) -> None:
    family = hall.bss[Families]
    await family.add(LINE, OTHER, "a")
    await family.add(LINE, OTHER, "b")
    assert [one.number for one in await family.of(LINE)] == [OTHER]
    await family.remove(LINE, OTHER, "c")
    assert await family.of(LINE) == ()


@pytest.mark.parametrize("fault", ["down", "garbage"])
async def test_a_system_that_fails_is_named(hall: Hall, demo: DemoBss, fault: str) -> None:
    demo.faults["line"] = fault
    with pytest.raises(Unavailable) as raised:
        await hall.bss[LineStates].of(LINE)
    assert raised.value.part == "line"
