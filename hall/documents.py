"""What customers look at on a page and not in the chat: a short link that ends, and may open once.

A link is staged with the turn that tells it, so that it exists when it is pressed; what it shows is read from the
operator's system when it is opened, and kept nowhere. Opening is a deliberate act (a form), since programs of
messengers look at links, too, and would use up one that opens once.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import select, update

from hall.context import Hall
from hall.errors import Conflict
from hall.payments.links import CODE_LENGTH, short_code
from hall.store.prepared import Prepared, given, inserting_once
from hall.store.tables.documents import document_links
from hall.store.unit import Store, Unit

Kind = Literal["details", "puk", "invoice", "export", "file"]
ONCE = frozenset({"details", "puk", "export"})  # kinds whose link opens once
FILE_TIME = timedelta(minutes=10)  # after the page was opened, for what can be downloaded from it

_C = document_links.c
_KEEP = inserting_once(document_links)
_OF_CODE = Prepared(select(document_links).where(given(_C.code)))


@dataclass(frozen=True, slots=True)
class Document:
    """What a link shows: `ref` of a kind of document (a month, a number, a file) of a line.

    A file that an agent gave is of the conversation; its line is "" where nobody knows it.
    """

    code: str
    kind: Kind
    msisdn: str
    ref: str
    expires_at: datetime
    opened_at: datetime | None
    conversation: str = ""

    def over(self, now: datetime) -> bool:
        """Whether it cannot be opened any more."""
        return self.expires_at <= now or (self.kind in ONCE and self.opened_at is not None)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A document for a customer; `key` makes the same link when the turn runs again."""

    kind: Kind
    msisdn: str
    ref: str
    conversation: str
    key: str


def link(hall: Hall, unit: Unit, wanted: Wanted, lasts: timedelta) -> str:
    """Stage a link and return its address."""
    code, now = short_code(hall.secret, f"{wanted.kind}:{wanted.ref}:{wanted.key}"), hall.clock.now()
    row = {
        "code": code,
        "kind": wanted.kind,
        "msisdn": wanted.msisdn,
        "ref": wanted.ref,
        "conversation": wanted.conversation,
        "created_at": now,
        "expires_at": now + lasts,
        "opened_at": None,
    }
    unit.stage(_KEEP, row)
    return f"{hall.public_url}/d/{code}"


async def find(store: Store, code: str) -> Document | None:
    """The document of a link, whether or not it can still be opened."""
    row: Any = await store.one(_OF_CODE, {"its_code": code}) if len(code) == CODE_LENGTH else None
    if row is None:
        return None
    return Document(row.code, row.kind, row.msisdn, row.ref, row.expires_at, row.opened_at, row.conversation)


async def opened(hall: Hall, code: str) -> Document | None:
    """Open a link: the document, or None when it is over. Of two at the same time one opens what opens once."""
    found, now = await find(hall.store, code), hall.clock.now()
    if found is None or found.over(now):
        return None
    if found.opened_at is not None:
        return found
    unit = hall.store.unit()
    unit.stage(update(document_links).where(_C.code == code, _C.opened_at.is_(None)).values(opened_at=now), expect=1)
    try:
        await unit.commit()
    except Conflict:
        return None if found.kind in ONCE else found
    return await find(hall.store, code)


def file_key(hall: Hall, document: Document) -> str:
    """What the opened page knows and nobody else: it lets its file be downloaded for a while."""
    text = f"file:{document.code}:{document.opened_at}"
    return hmac.new(hall.secret, text.encode(), hashlib.sha256).hexdigest()[:32]


async def of_file(hall: Hall, code: str, key: str) -> Document | None:
    """The document of which the opened page asks the file; None when the key is not its own or too old."""
    found = await find(hall.store, code)
    if found is None or found.opened_at is None:
        return None
    ends = found.opened_at + FILE_TIME if found.kind in ONCE else found.expires_at
    if hall.clock.now() > ends:
        return None
    right = hmac.compare_digest(file_key(hall, found).encode(), key.encode("utf-8", "replace"))
    return found if right else None
