"""What agents look for: conversations that are over, by filters; anything by number, order, ticket or words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, or_, select

from hall.context import Hall
from hall.handoff.records import CLOSED, Handoff, of
from hall.store.tables.core import conversations, messages
from hall.store.tables.desk import handoffs
from hall.store.tables.tickets import tickets
from hall.store.tables.topup import order_numbers

WITHIN = timedelta(days=90)  # in which words are looked for
MOST = 30
ORDER = re.compile(r"T\d{6,13}")
TICKET = re.compile(r"GD\d{6,8}")
LINE = re.compile(r"1\d{10}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Filters of the closed list, "" for any."""

    agent: str = ""
    code: str = ""
    rating: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found: hand-offs, the newest first, with the words that fit, by conversation; numbers of orders and
    tickets."""

    handoffs: tuple[Handoff, ...] = ()
    words: tuple[tuple[str, str], ...] = ()
    orders: tuple[str, ...] = ()
    tickets: tuple[str, ...] = ()


async def closed(hall: Hall, wanted: Wanted, limit: int, offset: int = 0) -> tuple[Handoff, ...]:
    """The hand-offs that are over, the newest first."""
    where: list[ColumnElement[bool]] = [handoffs.c.state == CLOSED]
    where += [handoffs.c.agent == wanted.agent] if wanted.agent else []
    where += [handoffs.c.code == wanted.code] if wanted.code else []
    where += [handoffs.c.rating == wanted.rating] if wanted.rating else []
    where += [cast(handoffs.c.labels, Text).contains(f'"{wanted.label}"', autoescape=True)] if wanted.label else []
    query = select(handoffs).where(*where).order_by(handoffs.c.closed_at.desc(), handoffs.c.id)
    return tuple(of(row) for row in await hall.store.all(query.limit(limit).offset(offset)))


async def search(hall: Hall, text: str) -> Hits:
    """What a number, an order, a ticket or words lead to."""
    plain = re.sub(r"[\s-]", "", text)
    if LINE.fullmatch(plain):
        return Hits(await _of_line(hall, plain))
    if found := ORDER.fullmatch(plain.upper()):
        row = await hall.store.one(select(order_numbers).where(order_numbers.c.order_no == found[0]))
        return Hits(await _of_conversations(hall, [row.conversation]), orders=(found[0],)) if row else Hits()
    if found := TICKET.fullmatch(plain.upper()):
        row = await hall.store.one(select(tickets).where(tickets.c.ticket_no == found[0]))
        return Hits(await _of_conversations(hall, [row.conversation]), tickets=(found[0],)) if row else Hits()
    return await _by_words(hall, text.strip())


async def _of_line(hall: Hall, line: str) -> tuple[Handoff, ...]:
    return await _of_conversations(hall, await conversations_of_line(hall, line))


async def conversations_of_line(hall: Hall, line: str) -> list[str]:
    """The conversations that wrote from a line or proved it."""
    mine = conversations.c
    rows = await hall.store.all(
        select(mine.conversation).where(or_(mine.msisdn == line, (mine.channel == "sms") & (mine.sender == line)))
    )
    return [row.conversation for row in rows]


async def _of_conversations(hall: Hall, keys: Sequence[str]) -> tuple[Handoff, ...]:
    query = select(handoffs).where(handoffs.c.conversation.in_(keys))
    return tuple(of(row) for row in await hall.store.all(query.order_by(handoffs.c.requested_at.desc()).limit(MOST)))


async def newest_of(hall: Hall, conversation: str) -> str | None:
    """The newest hand-off of a conversation, by its id."""
    found = await _of_conversations(hall, [conversation])
    return found[0].id if found else None


async def _by_words(hall: Hall, words: str) -> Hits:
    """Hand-offs in whose conversations the words stand, with the newest line that has them."""
    turn = func.row_number().over(partition_by=messages.c.conversation, order_by=messages.c.seq.desc())
    since = hall.clock.now() - WITHIN
    found: Any = (
        select(messages.c.conversation, messages.c.text, messages.c.at, turn.label("turn"))
        .where(messages.c.text.contains(words, autoescape=True), messages.c.at >= since)
        .where(messages.c.conversation.in_(select(handoffs.c.conversation)))
        .subquery()
    )
    rows = await hall.store.all(select(found).where(found.c.turn == 1).order_by(found.c.at.desc()).limit(MOST))
    items = await _of_conversations(hall, [row.conversation for row in rows])
    return Hits(items, tuple((row.conversation, row.text) for row in rows))
