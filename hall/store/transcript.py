"""What was said in a conversation, as it is stored: masked where the customer wrote it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from hall.store.tables.core import conversations, messages
from hall.store.unit import Store


async def newest(store: Store, conversation: str, most: int) -> Sequence[Row[Any]]:
    """The last lines, the newest first: rows of `messages`."""
    return await store.all(
        select(messages).where(messages.c.conversation == conversation).order_by(messages.c.seq.desc()).limit(most)
    )


async def after(store: Store, conversation: str, seq: int) -> Sequence[Row[Any]]:
    """The lines after number `seq`, in order."""
    new = (messages.c.conversation == conversation) & (messages.c.seq > seq)
    return await store.all(select(messages).where(new).order_by(messages.c.seq))


async def number_of(store: Store, conversation: str) -> str | None:
    """The line that was proved in a conversation, or for which its channel vouches."""
    mine = (conversations.c.conversation == conversation) & (conversations.c.level > 0)
    row = await store.one(select(conversations.c.msisdn).where(mine))
    return row.msisdn if row is not None else None


async def last_heard(store: Store, conversation: str) -> datetime | None:
    """When the customer wrote last."""
    mine = (messages.c.conversation == conversation) & (messages.c.author == "customer")
    row = await store.one(select(func.max(messages.c.at)).where(mine))
    return row[0] if row else None


async def author_of(store: Store, conversation: str, seq: int) -> str | None:
    """Who wrote line `seq`: customer, bot, agent or system; None when there is none."""
    this = (messages.c.conversation == conversation) & (messages.c.seq == seq)
    row = await store.one(select(messages.c.author).where(this))
    return row.author if row else None
