"""A line's data can be handed out and erased, wherever it is, and what is old goes by itself."""

from __future__ import annotations

import importlib
import json
import pkgutil
from datetime import timedelta

import pytest
from sqlalchemy import Table, select, update

import hall.store.tables
from bot.conversations.service import Conversations
from hall import erasure, personal_data
from hall.context import Hall
from hall.store.tables.base import metadata
from hall.store.tables.core import conversations, messages, outbox
from hall.store.tables.desk import handoffs
from testing.echo_engine import EchoEngine, ask, sms
from tests.conftest import StillClock

LINE = "13800138000"


def tables() -> dict[str, Table]:
    for module in pkgutil.iter_modules(hall.store.tables.__path__):
        importlib.import_module(f"hall.store.tables.{module.name}")
    return dict(metadata.tables)


def test_every_table_is_known_to_export_and_erase() -> None:
    held = {one.table.name for one in personal_data.HELD}
    assert held & set(personal_data.NOT_HELD) == set()
    assert set(tables()) - held - set(personal_data.NOT_HELD) == set(), "say whose rows they are"
    assert held | set(personal_data.NOT_HELD) <= set(tables())


def test_no_column_that_names_a_line_or_a_conversation_is_overlooked() -> None:
    naming = {"conversation", "msisdn", "payer", "confirmation"}
    for held in personal_data.HELD:
        if not held.pseudonyms:
            continue
        assert naming & set(held.table.c.keys()) == set(held.pseudonyms), held.table.name


async def everything(hall: Hall) -> str:
    rows = [await hall.store.all(select(table)) for name, table in tables().items() if not name.startswith("bss_")]
    return json.dumps([[list(map(str, row)) for row in found] for found in rows], ensure_ascii=False)


async def sent(hall: Hall) -> None:
    """Whatever was to be sent is sent; what is not stays until it is."""
    unit = hall.store.unit()
    unit.stage(update(outbox).values(state="sent"))
    await unit.commit()


@pytest.mark.both
async def test_a_line_is_handed_out_and_erased(desk: Conversations, hall: Hall, echo: EchoEngine) -> None:
    await ask(desk, sms("查话费"))
    await sent(hall)
    subject = await personal_data.of_line(hall.store, LINE)
    found = await personal_data.export(hall.store, subject)
    assert {"conversations", "inbox", "messages", "turns"} <= set(found)
    assert "查话费" in str(found["messages"])
    await personal_data.erase(hall.store, hall.secret, subject)
    assert LINE not in await everything(hall)
    assert await personal_data.export(hall.store, await personal_data.of_line(hall.store, LINE)) == {}
    assert await ask(desk, sms("你好", "2"))  # whoever comes again is a new customer


@pytest.mark.both
async def test_what_is_under_way_is_not_lost(desk: Conversations, hall: Hall) -> None:
    await ask(desk, sms("转人工"))
    unit = hall.store.unit()
    values = {"id": "h1", "conversation": f"sms:kannel:{LINE}", "state": "waiting", "reason": "asked"}
    unit.stage(handoffs.insert().values(**values, requested_at=hall.clock.now()))
    await unit.commit()
    subject = await personal_data.of_line(hall.store, LINE)
    with pytest.raises(personal_data.StillOpen, match="hand-off h1"):
        await personal_data.erase(hall.store, hall.secret, subject)
    assert await hall.store.all(select(messages))


@pytest.mark.both
async def test_what_is_old_is_deleted_and_what_rests_forgotten(
    desk: Conversations, hall: Hall, clock: StillClock, echo: EchoEngine
) -> None:
    await ask(desk, sms("查话费"))
    clock.advance(timedelta(hours=7))
    await erasure.sweep(hall)
    row = await hall.store.one(select(conversations.c.slots, conversations.c.dialogue))
    assert row is not None
    assert (row.slots, row.dialogue) == ({}, {})
    assert await hall.store.all(select(messages))
    await sent(hall)
    clock.advance(timedelta(days=181))
    await erasure.sweep(hall)
    assert LINE not in await everything(hall)


def test_a_pseudonym_tells_nobody_and_is_the_same_again() -> None:
    names = personal_data.Pseudonyms(b"key")
    assert names._other("msisdn", LINE) == names._other("payer", LINE)
    assert len(str(names._other("msisdn", LINE))) == 11
    assert LINE[-4:] not in str(names._other("conversation", f"sms:kannel:{LINE}"))
    assert names._other("payer", None) is None
