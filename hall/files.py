"""Files that customers send about a case: while they wait for or talk to a person, or have an open ticket; and what an
agent sends to a customer, who gets a link to it.

They are kept in the database, beside what was said: where nobody outside gets at them, and whatever ends the
conversation's rows ends them, too. How they are checked is in hall/file_check.py.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Any

from sqlalchemy import func, insert, select

from hall import file_check
from hall.change import Change
from hall.context import Hall
from hall.errors import HallError, NotFound
from hall.handoff.records import DESK, OPEN
from hall.privacy import mask
from hall.store.tables.core import conversations
from hall.store.tables.files import files
from hall.store.unit import Unit, in_unit
from hall.text import readable
from hall.tickets import acts, records
from hall.tickets.records import Ticket

MOST = 20  # of a conversation
MAX_NAME = 60  # characters
CUSTOMER = "customer"
_UNFIT = re.compile(r'[\\/:*?"<>|\s]+')  # of a name that programs everywhere take
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")  # an id without figures: nothing masks it
_SHOWN = [column for column in files.c if column.name != "content"]

Say = Callable[[Unit, str, dict[str, Any], str], Awaitable[None]]  # (unit, text, card, the sender's id) into the log


class NoCase(HallError):
    """Nobody would look at it: no person is asked for, and no ticket is open."""


class TooMany(HallError):
    """The conversation has had its files."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it came: of which conversation, under the sender's own id of it, with its name."""

    conversation: str
    cid: str
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class File:
    """A file that is kept, without its content."""

    conversation: str
    id: str
    name: str
    kind: str
    size: int
    ticket_no: str | None
    at: datetime

    @property
    def card(self) -> dict[str, Any]:
        """As the log has it."""
        return {"kind": "file", "id": self.id, "name": self.name, "type": self.kind, "size": self.size}


async def keep(hall: Hall, sent: Sent, say: Say) -> File:
    """Check and keep a file; the same again changes nothing. Raises BadFile, NoCase, TooMany, StoreUnavailable."""
    kind, content = await asyncio.to_thread(file_check.checked, sent.content)
    key = _key(sent)
    name = name_of(sent.name, kind)

    async def work(unit: Unit) -> File:
        mine = files.c.conversation == sent.conversation
        if known := await unit.one(select(*_SHOWN).where(mine, files.c.id == key)):
            return _of(known)
        case = await _case(unit, sent.conversation)
        many = await unit.one(select(func.count().label("many")).where(mine))
        if many is not None and many.many >= MOST:
            raise TooMany(sent.conversation)
        change = Change.begin(hall, unit, CUSTOMER)
        number = case.ticket_no if case else None
        kept = File(sent.conversation, key, name, kind, len(content), number, change.now)
        values = {name: getattr(kept, name) for name in File.__slots__}
        unit.stage(insert(files).values(**values, content=content))
        if case is not None:
            acts.attached(change, case, key, name)
        await say(unit, f"{label_of(kind)}{name}", kept.card, sent.cid)
        unit.notify_after_commit(DESK)
        return kept

    return await in_unit(hall.store, work)


async def given(unit: Unit, sent: Sent, kind: str, content: bytes, at: datetime) -> File:
    """Stage a file that an agent gives a customer, checked already. Raises TooMany."""
    mine = files.c.conversation == sent.conversation
    many = await unit.one(select(func.count().label("many")).where(mine))
    if many is not None and many.many >= MOST:
        raise TooMany(sent.conversation)
    kept = File(sent.conversation, _key(sent), name_of(sent.name, kind), kind, len(content), None, at)
    unit.stage(insert(files).values(**{name: getattr(kept, name) for name in File.__slots__}, content=content))
    return kept


async def of_ticket(hall: Hall, ticket_no: str) -> tuple[File, ...]:
    """The files of a ticket, oldest first."""
    rows = await hall.store.all(select(*_SHOWN).where(files.c.ticket_no == ticket_no).order_by(files.c.at, files.c.id))
    return tuple(_of(row) for row in rows)


async def content(hall: Hall, file_id: str, *, conversation: str = "", ticket_no: str = "") -> tuple[File, bytes]:
    """A file of a conversation, or of a ticket, with its content. Raises NotFound."""
    whose = files.c.conversation == conversation if conversation else files.c.ticket_no == ticket_no
    row = await hall.store.one(select(files).where(whose, files.c.id == file_id))
    if row is None:
        raise NotFound(f"no file {file_id}")
    return _of(row), bytes(row.content)


def name_of(name: str, kind: str) -> str:
    """A name as it may stand anywhere: of its own kind, short, masked."""
    stem = _UNFIT.sub(" ", PurePath(readable(name).replace("\\", "/")).stem).strip(" .")
    suffix = {file_check.JPEG: ".jpg", file_check.PNG: ".png", file_check.PDF: ".pdf"}[kind]
    return f"{mask(stem)[:MAX_NAME] or 'file'}{suffix}"


def _key(sent: Sent) -> str:
    return hashlib.sha256(f"{sent.conversation}#{sent.cid}".encode()).hexdigest()[:32].translate(_LETTERS)


def label_of(kind: str) -> str:
    """What stands before its name in the log."""
    return "［文件］" if kind == file_check.PDF else "［图片］"


async def _case(unit: Unit, conversation: str) -> Ticket | None:
    """The newest open ticket, None where a person has the customer or he waits for one. Raises NoCase."""
    row = await unit.one(select(conversations).where(conversations.c.conversation == conversation))
    if row is None:
        raise NoCase(conversation)
    found = await records.of_customer(unit, conversation, row.msisdn if row.level else None)
    ticket = next((one for one in found if one.unsettled), None)
    if ticket is None and await unit.one(OPEN, {"its_conversation": conversation}) is None:
        raise NoCase(conversation)
    return ticket


def _of(row: Any) -> File:
    return File(**{name: getattr(row, name) for name in File.__slots__})
