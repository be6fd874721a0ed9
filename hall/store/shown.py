"""Up to which line of a conversation a widget without receipts of its own has got what was said."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from hall.store.tables.core import shown_lines
from hall.store.unit import Store


async def of(store: Store, conversation: str) -> int:
    """The number of the last line, 0 for none. Raises StoreUnavailable."""
    row = await store.one(select(shown_lines.c.seq).where(shown_lines.c.conversation == conversation))
    return row.seq if row is not None else 0


async def move(store: Store, conversation: str, seq: int, now: datetime) -> None:
    """Remember it; it never goes back. Raises StoreUnavailable."""
    table, unit = shown_lines.c, store.unit()
    unit.insert_once(shown_lines, conversation=conversation, seq=0, at=now)
    behind = (table.conversation == conversation, table.seq < seq)
    unit.stage(update(shown_lines).where(*behind).values(seq=seq, at=now))
    await unit.commit()
