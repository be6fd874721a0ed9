"""How customers were served: rules over the conversations that are over, a sample for a person, and reports.

The rules say where to look, not who is to blame: a person's check counts. Checks and follow-ups are kept as notes of
the hand-off (hall/handoff/notes.py), so that they go when it goes.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import mean
from typing import Any

from sqlalchemy import select

from hall.change import Change
from hall.context import Hall
from hall.errors import HallError
from hall.handoff import notes
from hall.handoff.records import CLOSED, PERSON, Handoff, of
from hall.policy.desk import Quality
from hall.store.tables.core import messages
from hall.store.tables.desk import handoff_notes, handoffs

GREETED, QUICK, ANSWERED, PROMISED, RESOLVED, POLITE = RULES = (
    "greeted", "quick", "answered", "promised", "resolved", "polite",
)  # fmt: skip
VERDICTS = ("good", "fair", "bad")  # of a person who checked
FOLLOWED = ("settled", "ticket", "no_answer")  # what came of a call to somebody who was not satisfied
MOST, AT_ONCE = 2000, 400  # hand-offs; of them in one query
SILENT = "silent"  # the code of a customer who said nothing more


class BadVerdict(HallError):
    """A verdict, or what came of a follow-up, that is none."""


@dataclass(frozen=True, slots=True)
class Said:
    """A line of a conversation while an agent had it, masked."""

    author: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Remark:
    """A supervisor's check (`what` of VERDICTS) or follow-up (of FOLLOWED)."""

    what: str
    text: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Served:
    """A conversation that is over. `failed`: of RULES; `picked`: in the sample of its agent and week."""

    item: Handoff
    failed: tuple[str, ...]
    picked: bool
    check: Remark | None
    follow_up: Remark | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a report. Times are seconds, None where there is nothing to tell."""

    name: str
    closed: int
    waited: int | None
    first_reply: int | None
    rated: int
    good: int
    bad: int
    clean: int  # in which no rule failed
    checked: int
    failed: int  # of the checked


def judged(rules: Quality, item: Handoff, said: Sequence[Said], *, back: bool) -> tuple[str, ...]:
    """The rules that failed. `back`: the customer asked for a person again soon after."""
    ours = [line.text for line in said if line.author == "agent"]
    late = item.replied_at is None or item.taken_at is None or item.replied_at - item.taken_at > rules.first_reply
    found = {
        GREETED: bool(ours) and _any(rules.greetings, ours[:1]),
        QUICK: not late,
        ANSWERED: item.code == SILENT or (bool(ours) and not _left_open(rules, said)),
        PROMISED: not _any(rules.promises, ours) or item.code in rules.kept_by,
        RESOLVED: (item.code in rules.resolved or item.code == SILENT) and item.rating != "bad" and not back,
        POLITE: not _any(rules.rude, ours),
    }
    return tuple(rule for rule in RULES if not found[rule])


def _left_open(rules: Quality, said: Sequence[Said]) -> bool:
    """Whether the customer's last words after the agent's last want an answer."""
    ends = max(number for number, line in enumerate(said) if line.author == "agent")
    rest = [line.text for line in said[ends + 1 :] if line.author == "customer"]
    return any(not _any(rules.thanks, [text]) for text in rest)


def _any(words: Iterable[str], texts: Iterable[str]) -> bool:
    return any(word in text for text in texts for word in words)


async def served(hall: Hall, days: int) -> tuple[Served, ...]:
    """What agents had and closed in the last days, the newest first; at most MOST."""
    since = hall.clock.now() - timedelta(days=days)
    over = (handoffs.c.state == CLOSED, handoffs.c.closed_at >= since, handoffs.c.taken_at.is_not(None))
    query = select(handoffs).where(*over, handoffs.c.kind == PERSON).order_by(handoffs.c.closed_at.desc()).limit(MOST)
    items = [of(row) for row in await hall.store.all(query)]
    rules, picked = hall.policy.desk.quality, _sample(hall.policy.desk.quality.sample, items)
    found: list[Served] = []
    for start in range(0, len(items), AT_ONCE):
        some = items[start : start + AT_ONCE]
        said, asked, remarks = await _said(hall, some), await _asked(hall, some), await _remarks(hall, some)
        for item in some:
            failed = judged(rules, item, said[item.id], back=_came_back(rules, item, asked[item.conversation]))
            mine = (remarks.get((item.id, kind)) for kind in (notes.CHECK, notes.FOLLOW_UP))
            found.append(Served(item, failed, item.id in picked, *mine))
    return tuple(found)


def report(found: Sequence[Served], by: Callable[[Handoff], str]) -> tuple[Line, ...]:
    """The figures of each agent, or skill: whatever `by` names, in the order of names."""
    groups: dict[str, list[Served]] = defaultdict(list)
    for one in found:
        groups[by(one.item)].append(one)
    return tuple(_line(name, groups[name]) for name in sorted(groups))


async def check(hall: Hall, found: Handoff, by: str, verdict: str, text: str) -> None:
    """Keep a person's verdict; the first one counts. Raises BadVerdict."""
    await _remark(hall, found, (by, notes.CHECK), (verdict, text), VERDICTS)


async def follow_up(hall: Hall, found: Handoff, by: str, what: str, text: str) -> None:
    """Keep what came of asking somebody who was not satisfied; the first one counts. Raises BadVerdict."""
    await _remark(hall, found, (by, notes.FOLLOW_UP), (what, text), FOLLOWED)


async def _remark(
    hall: Hall, found: Handoff, who: tuple[str, str], what: tuple[str, str], known: Sequence[str]
) -> None:
    if what[0] not in known or found.state != CLOSED:
        raise BadVerdict(what[0])
    change = Change.begin(hall, hall.store.unit(), f"agent:{who[0]}")
    notes.stage(change, found, *who, "\n".join(what), who[1])
    await change.unit.commit()


def _sample(many: int, items: Sequence[Handoff]) -> set[str]:
    """So many of each agent and week, the same ones whenever it is asked."""
    groups: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    for item in items:
        if item.closed_at is not None:
            groups[(item.agent, *item.closed_at.isocalendar()[:2])].append(item.id)
    return {key for keys in groups.values() for key in sorted(keys, key=_by_chance)[:many]}


def _by_chance(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


async def _said(hall: Hall, items: Sequence[Handoff]) -> Mapping[str, list[Said]]:
    """What was said while an agent had it, by hand-off."""
    first = min(item.taken_at for item in items if item.taken_at)
    keys = {item.conversation for item in items}
    mine = (messages.c.conversation.in_(keys), messages.c.at >= first)
    query = select(messages.c.conversation, messages.c.author, messages.c.text, messages.c.at).where(*mine)
    by_talk: dict[str, list[Said]] = defaultdict(list)
    for row in await hall.store.all(query.order_by(messages.c.conversation, messages.c.seq)):
        by_talk[row.conversation].append(Said(row.author, row.text, row.at))
    return {
        item.id: [line for line in by_talk[item.conversation] if _within(item.taken_at, line.at, item.closed_at)]
        for item in items
    }


def _within(start: datetime | None, at: datetime, end: datetime | None) -> bool:
    return start is not None and end is not None and start <= at <= end


async def _asked(hall: Hall, items: Sequence[Handoff]) -> Mapping[str, list[datetime]]:
    """When somebody asked for a person, by conversation."""
    found: dict[str, list[datetime]] = defaultdict(list)
    keys = {item.conversation for item in items}
    query = select(handoffs.c.conversation, handoffs.c.requested_at).where(handoffs.c.conversation.in_(keys))
    for row in await hall.store.all(query):
        found[row.conversation].append(row.requested_at)
    return found


def _came_back(rules: Quality, item: Handoff, asked: Iterable[datetime]) -> bool:
    return item.closed_at is not None and any(item.closed_at < at <= item.closed_at + rules.back_within for at in asked)


async def _remarks(hall: Hall, items: Sequence[Handoff]) -> Mapping[tuple[str, str], Remark]:
    table = handoff_notes.c
    mine = (
        table.conversation.in_({item.conversation for item in items}),
        table.kind.in_((notes.CHECK, notes.FOLLOW_UP)),
    )
    rows = await hall.store.all(select(handoff_notes).where(*mine))
    return {(row.handoff, row.kind): _of(row) for row in rows}


def _of(row: Any) -> Remark:
    what, _, text = row.text.partition("\n")
    return Remark(what, text, row.agent, row.at)


def _line(name: str, found: Sequence[Served]) -> Line:
    items = [one.item for one in found]
    ratings = [item.rating for item in items if item.rating]
    checks = [one.check.what for one in found if one.check]
    return Line(
        name,
        len(items),
        _average(item.taken_at - item.requested_at for item in items if item.taken_at),
        _average(item.replied_at - item.taken_at for item in items if item.replied_at and item.taken_at),
        len(ratings),
        ratings.count("good"),
        ratings.count("bad"),
        sum(not one.failed for one in found),
        len(checks),
        checks.count("bad"),
    )


def _average(times: Iterable[timedelta]) -> int | None:
    found = [time.total_seconds() for time in times]
    return round(mean(found)) if found else None
