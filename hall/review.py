"""Messages that were not, or wrongly, understood: kept masked until somebody says what they meant.

What an intent is, the hall does not know: callers check the names that they give.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from hall.context import Hall
from hall.errors import HallError, NotFound
from hall.privacy import mask
from hall.store.tables.review import review_acts, reviews
from hall.store.unit import Unit

OPEN, DECIDED, DROPPED = "open", "decided", "dropped"
ACTS = {DECIDED: "decide", DROPPED: "drop", OPEN: "reopen"}
OWN = "own"  # the reason of a sentence that an operator brings
LONGEST = 500  # characters of a message that are kept


class Changed(HallError):
    """Somebody else reviewed it meanwhile."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A message that should be looked at. `text` is masked and holds no code."""

    id: str  # unique for the message, the same when its turn runs again
    text: str
    reason: str  # fallback | clarified | corrected | misunderstood
    intent: str
    confidence: float
    ranking: tuple[tuple[str, float], ...] = ()
    task: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """A message in review."""

    id: str
    text: str
    reason: str
    task: str
    intent: str
    confidence: float
    ranking: tuple[tuple[str, float], ...]
    chosen: str | None
    at: datetime
    state: str
    verdict: str | None
    reviewer: str | None
    version: int
    channel: str
    same: int = 1  # messages in review with the same words


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reviewer says of a message: its intent, or None to leave it out of the training."""

    id: str
    intent: str | None


# -- by the turn ---------------------------------------------------------------------------------------


def keep(unit: Unit, now: datetime, conversation: str, doubt: Doubt) -> None:
    """Stage a doubt; nothing happens when the message is kept already."""
    unit.insert_once(
        reviews, id=doubt.id, conversation=conversation, text=doubt.text[:LONGEST], reason=doubt.reason,
        task=doubt.task, intent=doubt.intent, confidence=doubt.confidence, ranking=[list(r) for r in doubt.ranking],
        at=now, state=OPEN, version=0,
    )  # fmt: skip


def chose(unit: Unit, conversation: str, ids: Iterable[str], intent: str) -> None:
    """Stage what the customer then chose for what was not understood before."""
    mine = (reviews.c.conversation == conversation, reviews.c.id.in_(list(ids)))
    unit.stage(update(reviews).where(*mine, reviews.c.chosen.is_(None)).values(chosen=intent))


# -- by the reviewer -------------------------------------------------------------------------------------


async def listed(hall: Hall, state: str = OPEN, limit: int = 50, offset: int = 0) -> list[Review]:
    """Messages in a state, each wording once: the newest first, of the open ones the most frequent first."""
    count = func.count().over(partition_by=reviews.c.text)
    turn = func.row_number().over(partition_by=reviews.c.text, order_by=(reviews.c.at.desc(), reviews.c.id))
    ranked = select(reviews, count.label("same"), turn.label("turn")).where(reviews.c.state == state).subquery()
    newest = ranked.c.at if state == OPEN else ranked.c.reviewed_at
    order = (ranked.c.same.desc(), newest.desc(), ranked.c.id) if state == OPEN else (newest.desc(), ranked.c.id)
    rows = await hall.store.all(
        select(ranked).where(ranked.c.turn == 1).order_by(*order).limit(limit).offset(offset)
    )  # fmt: skip
    return [_of(row) for row in rows]


async def counts(hall: Hall) -> dict[str, int]:
    """How many wordings there are in each state."""
    rows = await hall.store.all(
        select(reviews.c.state, func.count(reviews.c.text.distinct())).group_by(reviews.c.state)
    )
    return {OPEN: 0, DECIDED: 0, DROPPED: 0} | {row[0]: row[1] for row in rows}


async def decide(hall: Hall, review_id: str, intent: str | None, reviewer: str, version: int | None = None) -> int:
    """Give a message, and every open one with the same words, its intent; None leaves it out.

    Returns how many messages that were. Raises NotFound, Changed when it is not at `version` any more,
    Conflict when somebody decides at the same moment.
    """
    row = await _found(hall, review_id, version)
    same = await hall.store.all(
        select(reviews).where(reviews.c.text == row.text, reviews.c.state == OPEN, reviews.c.id != row.id)
    )
    unit = hall.store.unit()
    for one in (row, *same):
        _move(unit, hall.clock.now(), one, DROPPED if intent is None else DECIDED, intent, reviewer)
    await unit.commit()
    return 1 + len(same)


async def reopen(hall: Hall, review_id: str, reviewer: str, version: int | None = None) -> int:
    """Take a verdict back, of every message with the same words. Raises as `decide` does."""
    row = await _found(hall, review_id, version)
    same = await hall.store.all(select(reviews).where(reviews.c.text == row.text, reviews.c.state != OPEN))
    unit = hall.store.unit()
    for one in same:
        _move(unit, hall.clock.now(), one, OPEN, None, reviewer)
    await unit.commit()
    return len(same)


async def known(hall: Hall) -> set[str]:
    """The ids of all messages in review."""
    return {row.id for row in await hall.store.all(select(reviews.c.id))}


async def take_in(hall: Hall, verdicts: Sequence[Verdict], own: Sequence[tuple[str, str]], reviewer: str) -> int:
    """Verdicts and sentences of the operator's own (text, intent) from a file, all or none of them.

    What is so already is left alone. Returns how many messages changed. Raises NotFound naming an id
    that does not exist, Conflict when somebody reviews at the same moment.
    """
    rows = {row.id: row for row in await hall.store.all(select(reviews))}
    unit, now, changed = hall.store.unit(), hall.clock.now(), 0
    for verdict in verdicts:
        row = rows.get(verdict.id)
        if row is None:
            raise NotFound(f"there is no message {verdict.id} in review")
        state = DROPPED if verdict.intent is None else DECIDED
        if (row.state, row.verdict) != (state, verdict.intent):
            _move(unit, now, row, state, verdict.intent, reviewer)
            changed += 1
    for text, intent in own:
        changed += _own(unit, now, rows, mask(text)[:LONGEST], intent, reviewer)
    await unit.commit()
    return changed


async def decided(hall: Hall) -> list[tuple[str, str]]:
    """Every sentence that has an intent, with it; of two verdicts on the same words the newer holds."""
    rows = await hall.store.all(
        select(reviews.c.text, reviews.c.verdict)
        .where(reviews.c.state == DECIDED)
        .order_by(reviews.c.reviewed_at, reviews.c.id)
    )
    return sorted({row.text: row.verdict for row in rows}.items(), key=lambda pair: (pair[1], pair[0]))


async def _found(hall: Hall, review_id: str, version: int | None) -> Row[Any]:
    row = await hall.store.one(select(reviews).where(reviews.c.id == review_id))
    if row is None:
        raise NotFound(f"there is no message {review_id} in review")
    if version is not None and row.version != version:
        raise Changed(f"{review_id} is at version {row.version}")
    return row


def _move(unit: Unit, now: datetime, row: Any, state: str, intent: str | None, reviewer: str) -> None:
    version = row.version + 1
    unit.stage(
        update(reviews)
        .where(reviews.c.conversation == row.conversation, reviews.c.id == row.id, reviews.c.version == row.version)
        .values(state=state, verdict=intent, reviewer=reviewer, reviewed_at=now, version=version),
        expect=1,
    )
    _note(unit, now, row.id, version, state, intent, reviewer)


def _own(unit: Unit, now: datetime, rows: dict[str, Any], text: str, intent: str, reviewer: str) -> bool:
    """Stage an operator's own sentence: by its words, so that the same file twice is the same sentence."""
    key = hashlib.sha256(f"{OWN}:{text}".encode()).hexdigest()[:32]
    if (row := rows.get(key)) is not None:
        if (row.state, row.verdict) == (DECIDED, intent):
            return False
        _move(unit, now, row, DECIDED, intent, reviewer)
        return True
    unit.stage(
        insert(reviews).values(
            id=key, conversation="", text=text, reason=OWN, task="", intent="", confidence=0.0, ranking=[], at=now,
            state=DECIDED, verdict=intent, reviewer=reviewer, reviewed_at=now, version=1,
        )
    )  # fmt: skip
    _note(unit, now, key, 1, DECIDED, intent, reviewer)
    return True


def _note(unit: Unit, now: datetime, key: str, version: int, state: str, intent: str | None, reviewer: str) -> None:
    unit.stage(
        insert(review_acts).values(
            review=key, version=version, reviewer=reviewer, act=ACTS[state], verdict=intent, at=now
        )
    )


def _of(row: Row[Any]) -> Review:
    return Review(
        id=row.id, text=row.text, reason=row.reason, task=row.task, intent=row.intent, confidence=row.confidence,
        ranking=tuple((name, share) for name, share in row.ranking or ()), chosen=row.chosen, at=row.at,
        state=row.state, verdict=row.verdict, reviewer=row.reviewer, version=row.version,
        channel=row.conversation.partition(":")[0], same=row.same,
    )  # fmt: skip
