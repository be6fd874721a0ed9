"""What the agents' desk shows beside the hand-offs themselves: who waits, what went wrong, orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from hall.store.tables.core import conversations, inbox, messages
from hall.store.tables.topup import orders
from hall.store.unit import Store


async def conversations_of(store: Store, keys: Sequence[str]) -> dict[str, Row[Any]]:
    """The rows of these conversations, by key: msisdn, level, proved_until, …"""
    rows = await store.all(select(conversations).where(conversations.c.conversation.in_(keys)))
    return {row.conversation: row for row in rows}


async def last_fault(store: Store, conversation: str) -> str | None:
    """Where the newest turn that failed did so ("KeyError at actions/bill.py:41"); None when none did."""
    row = await store.one(
        select(inbox.c.error)
        .where(inbox.c.conversation == conversation, inbox.c.error.is_not(None))
        .order_by(inbox.c.arrival.desc())
        .limit(1)
    )
    return row.error if row else None


async def recent_orders(store: Store, conversation: str, most: int) -> Sequence[Row[Any]]:
    """The newest top-ups that were ordered in a conversation, the newest first."""
    mine = select(orders).where(orders.c.conversation == conversation)
    return await store.all(mine.order_by(orders.c.created_at.desc()).limit(most))


async def last_lines(store: Store, keys: Sequence[str]) -> dict[str, Row[Any]]:
    """The newest message of each of these conversations, by key: author, text, at."""
    newest = (messages.c.conversation == conversations.c.conversation) & (messages.c.seq == conversations.c.last_seq)
    query = select(messages).join(conversations, newest).where(conversations.c.conversation.in_(keys))
    return {row.conversation: row for row in await store.all(query)}
