"""Messages that were not understood, or wrongly: kept masked until a reviewer says what they meant.

The hall does not know the intents: callers check the names that they pass.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from hall.change import Change
from hall.context import Hall
from hall.errors import HallError, NotFound
from hall.privacy import mask
from hall.store.tables.review import review_acts, reviews
from hall.store.unit import Unit

OPEN, DECIDED, DROPPED = "open", "decided", "dropped"
ACTS = {DECIDED: "decide", DROPPED: "drop", OPEN: "reopen"}  # names of acts by the state that they lead to
OWN = "own"  # the reason of a sentence that an operator adds
MAX_TEXT_LENGTH = 500  # characters of a message that are kept


class Changed(HallError):
    """Another reviewer has changed it meanwhile."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message that a reviewer should look at. `text` is masked and holds no one-time code."""

    id: str  # unique for the message, the same when its turn runs again
    text: str
    reason: str  # fallback | clarified | corrected | misunderstood
    intent: str
    confidence: float
    ranking: tuple[tuple[str, float], ...] = ()
    task: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """A message in review, as it was read."""

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


def keep(unit: Unit, now: datetime, conversation: str, candidate: Candidate) -> None:
    """Stage a candidate; a message that is kept already stays as it is."""
    values = asdict(candidate) | {"text": candidate.text[:MAX_TEXT_LENGTH]}
    unit.insert_once(reviews, **values, conversation=conversation, at=now, state=OPEN, version=0)


def chose(unit: Unit, conversation: str, ids: Iterable[str], intent: str) -> None:
    """Stage the intent that the customer then chose for messages that were not understood."""
    mine = (reviews.c.conversation == conversation, reviews.c.id.in_(list(ids)))
    unit.stage(update(reviews).where(*mine, reviews.c.chosen.is_(None)).values(chosen=intent))


async def listed(hall: Hall, state: str = OPEN, limit: int = 50, offset: int = 0, *, words: str = "") -> list[Review]:
    """Messages in a state, each wording once: open ones by how often they came, others by when they were reviewed.

    `words`: only those in which they stand.
    """
    count = func.count().over(partition_by=reviews.c.text)
    turn = func.row_number().over(partition_by=reviews.c.text, order_by=(reviews.c.at.desc(), reviews.c.id))
    mine = [reviews.c.state == state, *([reviews.c.text.contains(words, autoescape=True)] if words else [])]
    ranked = select(reviews, count.label("same"), turn.label("turn")).where(*mine).subquery()
    newest = ranked.c.at if state == OPEN else ranked.c.reviewed_at
    order = (ranked.c.same.desc(), newest.desc(), ranked.c.id) if state == OPEN else (newest.desc(), ranked.c.id)
    page = select(ranked).where(ranked.c.turn == 1).order_by(*order).limit(limit).offset(offset)
    rows = await hall.store.all(page)
    return [_of(row) for row in rows]


async def place(hall: Hall, review_id: str) -> tuple[str, datetime]:
    """In which conversation ("" for none), and when. Raises NotFound."""
    row = await _found(hall, review_id, None)
    return row.conversation, row.at


async def counts(hall: Hall) -> dict[str, int]:
    """The number of wordings in each state."""
    rows = await hall.store.all(
        select(reviews.c.state, func.count(reviews.c.text.distinct())).group_by(reviews.c.state)
    )
    return {OPEN: 0, DECIDED: 0, DROPPED: 0} | {row[0]: row[1] for row in rows}


async def decide(hall: Hall, review_id: str, intent: str | None, reviewer: str, version: int | None = None) -> int:
    """Give a message, and every open one with the same words, its intent; None leaves it out.

    Returns the number of messages. Raises NotFound, Changed when the message is not at `version` any more,
    Conflict when another reviewer decides at the same moment.
    """
    row = await _found(hall, review_id, version)
    same = await hall.store.all(
        select(reviews).where(reviews.c.text == row.text, reviews.c.state == OPEN, reviews.c.id != row.id)
    )
    change = Change.begin(hall, hall.store.unit(), reviewer)
    for one in (row, *same):
        _update(change, one, DROPPED if intent is None else DECIDED, intent)
    await change.unit.commit()
    return 1 + len(same)


async def decide_all(hall: Hall, read: Mapping[str, int], intent: str | None, reviewer: str) -> int:
    """Give several messages (id: the version that was read) one intent: all of them, or none.

    Returns and raises as `decide` does.
    """
    rows = [await _found(hall, review_id, version) for review_id, version in read.items()]
    words, ours = {row.text for row in rows}, set(read)
    same = await hall.store.all(select(reviews).where(reviews.c.text.in_(words), reviews.c.state == OPEN))
    change = Change.begin(hall, hall.store.unit(), reviewer)
    every = [*rows, *(one for one in same if one.id not in ours)]
    for one in every:
        _update(change, one, DROPPED if intent is None else DECIDED, intent)
    await change.unit.commit()
    return len(every)


async def reopen_all(hall: Hall, ids: Sequence[str], reviewer: str) -> int:
    """Take the verdicts on these messages, and on all with the same words, back. Raises NotFound, Conflict."""
    words = {(await _found(hall, review_id, None)).text for review_id in ids}
    same = await hall.store.all(select(reviews).where(reviews.c.text.in_(words), reviews.c.state != OPEN))
    change = Change.begin(hall, hall.store.unit(), reviewer)
    for one in same:
        _update(change, one, OPEN, None)
    await change.unit.commit()
    return len(same)


async def reopen(hall: Hall, review_id: str, reviewer: str, version: int | None = None) -> int:
    """Take the verdict on every message with the same words back. Returns and raises as `decide` does."""
    row = await _found(hall, review_id, version)
    same = await hall.store.all(select(reviews).where(reviews.c.text == row.text, reviews.c.state != OPEN))
    change = Change.begin(hall, hall.store.unit(), reviewer)
    for one in same:
        _update(change, one, OPEN, None)
    await change.unit.commit()
    return len(same)


async def known(hall: Hall) -> set[str]:
    """The ids of all messages in review."""
    return {row.id for row in await hall.store.all(select(reviews.c.id))}


async def import_verdicts(
    hall: Hall, verdicts: Sequence[Verdict], own: Sequence[tuple[str, str]], reviewer: str
) -> int:
    """Store verdicts, and the operator's own sentences (text, intent), from a file: all or none of them.

    Returns the number of messages that changed. Raises NotFound naming an id that does not exist, Conflict when another
    reviewer decides at the same moment.
    """
    rows = {row.id: row for row in await hall.store.all(select(reviews))}
    change, changed = Change.begin(hall, hall.store.unit(), reviewer), 0
    for verdict in verdicts:
        row = rows.get(verdict.id)
        if row is None:
            raise NotFound(f"there is no message {verdict.id} in review")
        state = DROPPED if verdict.intent is None else DECIDED
        if (row.state, row.verdict) != (state, verdict.intent):
            _update(change, row, state, verdict.intent)
            changed += 1
    for text, intent in own:
        changed += _add_own(change, rows, mask(text)[:MAX_TEXT_LENGTH], intent)
    await change.unit.commit()
    return changed


async def decided(hall: Hall) -> list[tuple[str, str]]:
    """Every sentence that has an intent, with it; of two verdicts on the same words the newer counts."""
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


def _update(change: Change, row: Any, state: str, intent: str | None) -> None:
    """Stage a verdict and its act, guarded by the version that was read; the actor is the reviewer."""
    version = row.version + 1
    mine = (reviews.c.conversation == row.conversation, reviews.c.id == row.id, reviews.c.version == row.version)
    values = {"state": state, "verdict": intent, "reviewer": change.actor, "reviewed_at": change.now}
    change.unit.stage(update(reviews).where(*mine).values(**values, version=version), expect=1)
    _note(change, row.id, version, state, intent)


def _add_own(change: Change, rows: dict[str, Any], text: str, intent: str) -> bool:
    """Stage an operator's own sentence; its key is made of its words, so that the same file again adds nothing."""
    key = hashlib.sha256(f"{OWN}:{text}".encode()).hexdigest()[:32]
    if (row := rows.get(key)) is not None:
        if (row.state, row.verdict) == (DECIDED, intent):
            return False
        _update(change, row, DECIDED, intent)
        return True
    values = asdict(Candidate(key, text, OWN, "", 0.0)) | {"conversation": "", "at": change.now}
    verdict = {"state": DECIDED, "verdict": intent, "reviewer": change.actor, "reviewed_at": change.now, "version": 1}
    change.unit.stage(insert(reviews).values(**values, **verdict))
    _note(change, key, 1, DECIDED, intent)
    return True


def _note(change: Change, key: str, version: int, state: str, intent: str | None) -> None:
    """Stage the reviewer's act."""
    values = {"review": key, "version": version, "reviewer": change.actor, "act": ACTS[state], "verdict": intent}
    change.unit.stage(insert(review_acts).values(**values, at=change.now))


def _of(row: Row[Any]) -> Review:
    values = {name: row._mapping[name] for name in _STORED}
    values["ranking"] = tuple((name, share) for name, share in row.ranking or ())
    return Review(**values, channel=row.conversation.partition(":")[0], same=row.same)


_STORED = [field.name for field in fields(Review) if field.name not in ("channel", "same")]
