"""The unit of work: all or nothing, guarded by versions; a database that cannot be written says so."""

from __future__ import annotations

import asyncio
import sqlite3
import traceback
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.engine import make_url

from hall.errors import Conflict, NotFound, StoreUnavailable
from hall.store.database import Write
from hall.store.notification import Notification
from hall.store.prepared import Prepared, given, inserting, inserting_once
from hall.store.tables import metadata
from hall.store.tables.desk import agents
from hall.store.unit import Store, Unit, in_unit
from tests.conftest import StillClock

pytestmark = pytest.mark.both


def add(unit: Unit, clock: StillClock, name: str) -> None:
    unit.stage(agents.insert().values(name=name, password_hash="x", role="agent", skills=[], created_at=clock.now()))


async def names(store: Store) -> int:
    row = await store.one(select(func.count()).select_from(agents))
    assert row is not None
    return int(row[0])


async def test_staged_writes_happen_together(store: Store, clock: StillClock) -> None:
    unit = store.unit()
    add(unit, clock, "a")
    add(unit, clock, "b")
    assert await names(store) == 0
    await unit.commit()
    assert await names(store) == 2


async def test_a_guard_that_does_not_hold_undoes_everything(store: Store, clock: StillClock) -> None:
    unit = store.unit()
    add(unit, clock, "a")
    unit.stage(update(agents).where(agents.c.name == "nobody").values(role="x"), expect=1)
    with pytest.raises(Conflict):
        await unit.commit()
    assert await names(store) == 0


async def test_a_key_that_exists_undoes_everything(store: Store, clock: StillClock) -> None:
    first, second = store.unit(), store.unit()
    add(first, clock, "a")
    await first.commit()
    add(second, clock, "b")
    add(second, clock, "a")
    with pytest.raises(Conflict):
        await second.commit()
    assert await names(store) == 1


def rename(unit: Unit, before: str, after: str) -> None:
    unit.stage(update(agents).where(agents.c.name == before).values(name=after), expect=1)


async def test_work_that_meets_a_conflict_runs_again_on_what_is_there_now(store: Store, clock: StillClock) -> None:
    seen: list[int] = []

    async def work(unit: Unit) -> str:
        seen.append(await names(store))
        if len(seen) == 1:
            await in_unit(store, quicker)
        add(unit, clock, "a")
        if len(seen) == 1:
            rename(unit, "nobody", "c")
        return f"run {len(seen)}"

    async def quicker(unit: Unit) -> None:
        add(unit, clock, "z")

    assert await in_unit(store, work) == "run 2"
    assert (seen, await names(store)) == ([0, 1], 2)


async def test_work_that_meets_a_conflict_each_time_raises_it(store: Store, clock: StillClock) -> None:
    runs = 0

    async def work(unit: Unit) -> None:
        nonlocal runs
        runs += 1
        add(unit, clock, "a")
        rename(unit, "nobody", "c")

    with pytest.raises(Conflict):
        await in_unit(store, work, tries=3)
    assert (runs, await names(store)) == (3, 0)


async def test_work_that_refuses_leaves_nothing_and_does_not_run_again(store: Store, clock: StillClock) -> None:
    runs = 0

    async def work(unit: Unit) -> None:
        nonlocal runs
        runs += 1
        add(unit, clock, "a")
        raise NotFound("nothing to change")

    with pytest.raises(NotFound):
        await in_unit(store, work)
    assert (runs, await names(store)) == (1, 0)


async def test_listeners_hear_of_what_was_committed_and_of_nothing_else(store: Store, clock: StillClock) -> None:
    heard: list[Notification] = []
    store.listen(heard.append)
    lost, kept = store.unit(), store.unit()
    for unit in (lost, kept):
        unit.notify_after_commit(Notification("desk"))
        add(unit, clock, "a")
    await kept.commit()
    with pytest.raises(Conflict):
        await lost.commit()
    assert heard == [Notification("desk")]


async def test_a_read_only_database_is_unavailable_for_writes(store: Store, clock: StillClock) -> None:
    if store.is_sqlite:
        path = make_url(store.url).database
        broken = Store(f"sqlite:///file:{path}?mode=ro&uri=true")
    else:
        name = make_url(store.url).database
        async with store.write() as connection:
            await connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
        broken = Store(store.url)
    unit = broken.unit()
    add(unit, clock, "a")
    with pytest.raises(StoreUnavailable):
        await unit.commit()
    await broken.close()
    assert await names(store) == 0


async def test_a_locked_sqlite_is_unavailable_after_a_while(tmp_path: Path, clock: StillClock) -> None:
    path = str(tmp_path / "locked.db")
    hurried = Store(f"sqlite:///{path}", patience=0.1)
    async with hurried.write() as connection:
        await connection.run_sync(metadata.create_all)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    unit = hurried.unit()
    add(unit, clock, "a")
    with pytest.raises(StoreUnavailable):
        await unit.commit()
    other.execute("ROLLBACK")
    await unit.commit()
    assert await names(hurried) == 1
    await hurried.close()
    other.close()


async def test_while_another_process_writes_nobody_else_is_held_up_and_then_all_is_done(
    tmp_path: Path, clock: StillClock
) -> None:
    path = str(tmp_path / "locked.db")
    patient = Store(f"sqlite:///{path}", patience=60.0)
    async with patient.write() as connection:
        await connection.run_sync(metadata.create_all)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    units = [patient.unit() for _ in range(3)]
    for place, unit in enumerate(units):
        add(unit, clock, f"a{place}")
    waiting = [asyncio.create_task(unit.commit()) for unit in units]
    writing = asyncio.create_task(_count_in_a_write(patient))
    for _ in range(5):
        assert await names(patient) == 0
        await asyncio.sleep(0.02)
    assert not any(task.done() for task in (*waiting, writing))
    other.execute("ROLLBACK")
    await asyncio.gather(*waiting, writing)
    assert await names(patient) == 3
    await patient.close()
    other.close()


async def _count_in_a_write(store: Store) -> None:
    async with store.write() as connection:
        await connection.execute(select(agents))


async def test_a_database_that_is_gone_is_unavailable(tmp_path: Path) -> None:
    gone = Store("postgresql+asyncpg://nobody@127.0.0.1:9/none")
    with pytest.raises(StoreUnavailable):
        await gone.all(select(agents))
    await gone.close()


async def test_an_error_does_not_repeat_what_was_to_be_stored(tmp_path: Path, clock: StillClock) -> None:
    """Neither itself nor those that led to it: all of them end up in a log."""
    store = Store(f"sqlite:///{tmp_path / 'empty.db'}")
    unit = store.unit()
    add(unit, clock, "13800138000")
    with pytest.raises(StoreUnavailable) as failed:
        await unit.commit()
    assert "13800138000" not in "".join(traceback.format_exception(failed.value))
    await store.close()


@pytest.mark.parametrize(
    "url", ["", "nonsense", "mysql://u:geheim@host/x", "postgresql+asyncpg://u:geheim@host:port/x"]
)
def test_an_address_of_no_database_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match=r"must begin|no address") as refused:
        Store(url)
    assert "geheim" not in "".join(traceback.format_exception(refused.value))


PUT = inserting(agents)
PUT_ONCE = inserting_once(agents)
ROLE = Prepared(update(agents).where(given(agents.c.name)), "role")
BY_NAME = Prepared(select(agents).where(given(agents.c.name)))


def agent(clock: StillClock, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "password_hash": "x",
        "role": "agent",
        "skills": ["a", {"b": None}],
        "created_at": clock.now(),
        "work_number": "",
        "must_change": 0,
        "disabled_at": None,
        "totp_secret": None,
        "totp_step": 0,
        "display_name": "",
        "languages": [],
        "at_once": None,
        "presence": "off",
        "presence_at": None,
        "heard_at": None,
    }


async def test_a_prepared_statement_stores_and_reads_what_a_plain_one_does(store: Store, clock: StillClock) -> None:
    add(plain := store.unit(), clock, "plain")
    unit = store.unit()
    unit.stage(PUT, agent(clock, "prepared") | {"skills": []})
    await plain.commit()
    await unit.commit()
    rows = [(await store.all(BY_NAME, {"its_name": name}))[0] for name in ("plain", "prepared")]
    assert rows[0]._asdict() | {"name": ""} == rows[1]._asdict() | {"name": ""}
    assert [tuple(row) for row in await store.all(select(agents).order_by(agents.c.name))] == [tuple(r) for r in rows]


async def test_prepared_writes_are_guarded_and_undone_together(store: Store, clock: StillClock) -> None:
    unit = store.unit()
    unit.stage(PUT, agent(clock, "a"))
    unit.stage(ROLE, {"its_name": "nobody", "role": "x"}, expect=1)
    with pytest.raises(Conflict):
        await unit.commit()
    assert await names(store) == 0


async def test_prepared_and_plain_writes_share_a_transaction(store: Store, clock: StillClock) -> None:
    unit = store.unit()
    unit.stage(PUT, agent(clock, "a"))
    add(unit, clock, "b")
    unit.stage(ROLE, {"its_name": "nobody", "role": "x"}, expect=1)
    with pytest.raises(Conflict):
        await unit.commit()
    assert await names(store) == 0
    unit = store.unit()
    unit.stage(PUT, agent(clock, "a"))
    add(unit, clock, "b")
    await unit.commit()
    assert await names(store) == 2


async def test_two_changes_of_one_row_follow_each_other(store: Store, clock: StillClock) -> None:
    unit = store.unit()
    unit.stage(PUT, agent(clock, "a"))
    await unit.commit()
    for role in ("one", "two"):
        unit.stage(ROLE, {"its_name": "a", "role": role}, expect=1)
    await unit.commit()
    row = await store.one(BY_NAME, {"its_name": "a"})
    assert row is not None
    assert row.role == "two"


async def test_units_that_commit_at_once_fail_alone(store: Store, clock: StillClock) -> None:
    """They may share a transaction; the one whose key exists takes no other with it."""
    units = [store.unit() for _ in range(12)]
    for number, unit in enumerate(units):
        unit.stage(PUT, agent(clock, f"{number % 10}"))
        unit.stage(ROLE, {"its_name": f"{number % 10}", "role": "x"})
    ends = await asyncio.gather(*(unit.commit() for unit in units), return_exceptions=True)
    assert [type(end) for end in ends].count(Conflict) == 2
    assert ends.count(None) == 10
    assert await names(store) == 10


async def test_an_insert_that_is_there_already_touches_nothing(store: Store, clock: StillClock) -> None:
    write = (Write(PUT_ONCE, agent(clock, "a")),)
    assert [await store.commit(write), await store.commit(write)] == [[1], [0]]


async def test_a_unit_whose_owner_is_gone_disturbs_nobody(store: Store, clock: StillClock) -> None:
    lost, kept = store.unit(), store.unit()
    lost.stage(PUT, agent(clock, "a"))
    kept.stage(PUT, agent(clock, "b"))
    task = asyncio.create_task(lost.commit())
    await asyncio.sleep(0)
    task.cancel()
    await kept.commit()
    assert await store.one(BY_NAME, {"its_name": "b"})
