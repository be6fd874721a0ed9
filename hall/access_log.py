"""Who looked at a customer's data at the desk, when, from where and why: kept six months and more, never changed.

What the law wants of it: PIPL 51 and 54, MIIT order 24 article 13, Cybersecurity Law article 21.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, insert, select

from hall.clock import ticket
from hall.privacy import mask
from hall.store.tables.access import desk_access

if TYPE_CHECKING:
    from hall.context import Hall

READ_TALK, READ_WAITING, READ_ORDER, READ_TICKET = "read_talk", "read_waiting", "read_order", "read_ticket"
READ_CUSTOMER, REVEALED, SEARCHED, READ_AROUND = "read_customer", "reveal", "search", "read_around"
READ_FILE = "read_file"
MAX_REASON = 200  # characters


@dataclass(frozen=True, slots=True)
class Look:
    """An agent looks at something. `reason`: why, where somebody else serves the customer."""

    agent: str
    act: str
    subject: str
    address: str
    reason: str = ""


async def noted(hall: Hall, look: Look) -> None:
    """Write it down. Raises StoreUnavailable: what cannot be written down is not shown."""
    unit = hall.store.unit()
    number = f"{ticket():016x}{secrets.token_hex(8)}"  # in the order in which they were
    values = {"id": number, "agent": look.agent, "act": look.act, "subject": look.subject[:160]}
    told = {"reason": mask(look.reason)[:MAX_REASON], "address": look.address[:80], "at": hall.clock.now()}
    unit.stage(insert(desk_access).values(**values, **told))
    await unit.commit()


async def of_subject(hall: Hall, subject: str) -> Sequence[Row[Any]]:
    """Who looked at it, oldest first."""
    mine = select(desk_access).where(desk_access.c.subject == subject)
    return await hall.store.all(mine.order_by(desk_access.c.at, desk_access.c.id))
