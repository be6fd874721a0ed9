"""Connections to PostgreSQL that stay at hand between statements."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import make_url

from hall.store.connections import MAX_CONNECTIONS, Connections
from testing.postgres import Postgres

ME = "SELECT pg_backend_pid()"


@pytest_asyncio.fixture
async def connections(postgres: Postgres) -> AsyncIterator[Connections]:
    url = make_url(await postgres.fresh())
    given = url.translate_connect_args(username="user")
    some = Connections(given | dict(url.query))
    yield some
    await some.close()


async def mine(connections: Connections) -> int:
    ((pid,),) = await connections.fetch(ME, ())
    return int(pid)


async def test_one_statement_after_another_goes_by_the_same_connection(connections: Connections) -> None:
    assert len({await mine(connections) for _ in range(5)}) == 1


async def test_many_at_once_share_so_many_connections_and_no_more(connections: Connections) -> None:
    sleeping = "SELECT pg_backend_pid() FROM pg_sleep(0.02)"
    rows = await asyncio.gather(*(connections.fetch(sleeping, ()) for _ in range(3 * MAX_CONNECTIONS)))
    assert len({row[0][0] for row in rows}) == MAX_CONNECTIONS


async def test_a_statement_that_fails_leaves_the_next_one_a_sound_connection(connections: Connections) -> None:
    with pytest.raises(asyncpg.DivisionByZeroError):
        await connections.fetch("SELECT 1 / $1::int", (0,))
    assert await mine(connections)


async def test_a_statement_that_is_given_up_is_broken_off_and_its_rows_are_nobodys(connections: Connections) -> None:
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(connections.fetch("SELECT 'late' FROM pg_sleep(60)", ()), 0.1)
    assert [tuple(row) for row in await connections.fetch("SELECT 'next'", ())] == [("next",)]


async def test_a_connection_that_the_server_ended_is_replaced(connections: Connections) -> None:
    first = await mine(connections)
    with pytest.raises(asyncpg.PostgresError):
        await connections.fetch("SELECT pg_terminate_backend(pg_backend_pid())", ())
    assert await mine(connections) != first


async def test_one_that_the_server_ended_while_it_was_at_hand_is_not_given_out(connections: Connections) -> None:
    await asyncio.gather(*(connections.fetch("SELECT pg_sleep(0.02)", ()) for _ in range(2)))
    await connections.fetch("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()", ())
    await asyncio.sleep(0.1)  # until the news of it is here
    assert len({await mine(connections) for _ in range(4)}) == 1


async def test_what_runs_ends_before_everything_is_closed(connections: Connections) -> None:
    running = asyncio.create_task(connections.fetch("SELECT 'done' FROM pg_sleep(0.2)", ()))
    await asyncio.sleep(0.05)
    await connections.close()
    assert [tuple(row) for row in await running] == [("done",)]
    assert await mine(connections), "who asks after that opens anew"
