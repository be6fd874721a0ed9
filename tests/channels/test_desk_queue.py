"""The queue is read once for all pages, and never older than the last change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from channels.desk import queue
from channels.desk.queue import Pages, Queue
from hall import agent_presence, handoff
from hall.errors import StoreUnavailable
from hall.store.notification import typing
from testing.desk_office import crowd, desk_office, says


@pytest_asyncio.fixture
async def office(tmp_path: Path) -> AsyncIterator[Any]:
    async with desk_office(tmp_path) as app:
        app.ids = await crowd(app, 3)
        yield app


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often the hand-offs were read."""
    counted, read = [0], handoff.queue

    async def counting(hall: Any) -> Any:
        counted[0] += 1
        return await read(hall)

    monkeypatch.setattr(queue.handoff, "queue", counting)
    return counted


async def test_many_pages_at_once_read_it_once(office: Any, reads: list[int]) -> None:
    reader = Queue(office.hall)
    found = await asyncio.gather(*(reader.read() for _ in range(20)))
    assert {len(one.handoffs) for one in found} == {3}
    assert reads == [1]


async def test_what_was_done_is_seen_by_the_next_reading(office: Any, reads: list[int]) -> None:
    """An act, a message, a presence: each makes what was read old, before the page hears of it."""
    reader = Queue(office.hall)
    await reader.read()
    await handoff.take_over(office.hall, office.ids[0], "demo")
    assert [one.agent for one in (await reader.read()).handoffs].count("demo") == 1
    await says(office, "web:widget:c0", "在吗")
    assert (await reader.read()).known.last["web:widget:c0"].text == "在吗"
    await handoff.mark_read(office.hall, await handoff.get(office.hall, office.ids[0]), "demo", 3)
    assert "web:widget:c0" not in (await reader.read()).known.unread
    await agent_presence.set_presence(office.hall, "anna", "break")
    assert {one.name: one.presence for one in (await reader.read()).people}["anna"] == "break"
    assert reads == [5]


async def test_an_agent_who_types_makes_nothing_old(office: Any, reads: list[int]) -> None:
    reader = Queue(office.hall)
    await reader.read()
    office.hall.store.notify(typing("web:widget:c0"))
    await reader.read()
    assert reads == [1]


async def test_a_reading_that_failed_is_not_kept(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(hall: Any) -> Any:
        raise StoreUnavailable("OperationalError")

    reader = Queue(office.hall)
    with monkeypatch.context() as broken:
        broken.setattr(queue.handoff, "queue", fails)
        with pytest.raises(StoreUnavailable):
            await reader.read()
    assert len((await reader.read()).handoffs) == 3


def _rows(**more: Any) -> list[dict[str, Any]]:
    return [{"id": name, "waited": 5, "unread": more.get(name, 0)} for name in ("a", "b", "c")]


def test_a_page_gets_only_what_changed_since_its_last_answer() -> None:
    pages = Pages()
    first = pages.news("demo", "", _rows())
    assert [row["id"] for row in first["handoffs"]] == ["a", "b", "c"]
    assert "since" not in first
    second = pages.news("demo", first["mark"], _rows(b=1))
    assert ([row["id"] for row in second["handoffs"]], "order" in second) == (["b"], False)
    third = pages.news("demo", second["mark"], _rows(b=1)[1:])
    assert (third["handoffs"], third["order"]) == ([], ["b", "c"])


def test_seconds_that_pass_change_no_row() -> None:
    pages = Pages()
    mark = pages.news("demo", "", _rows())["mark"]
    assert pages.news("demo", mark, [row | {"waited": 65} for row in _rows()])["handoffs"] == []


@pytest.mark.parametrize(("agent", "mark"), [("anna", "its own"), ("demo", "unknown"), ("demo", "used")])
def test_who_has_another_list_gets_all_of_it(agent: str, mark: str) -> None:
    pages = Pages()
    known = pages.news("demo", "", _rows())["mark"]
    if mark == "used":
        pages.news("demo", known, _rows())
    given = "unknown" if mark == "unknown" else known
    found = pages.news(agent, given, _rows())
    assert (len(found["handoffs"]), "since" in found) == (3, False)


def test_what_pages_have_is_not_remembered_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "PAGES", 2)
    pages = Pages()
    oldest, *_ = [pages.news("demo", "", _rows())["mark"] for _ in range(3)]
    assert len(pages.news("demo", oldest, _rows())["handoffs"]) == 3
