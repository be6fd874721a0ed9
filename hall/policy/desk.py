"""When people are at the desk, who goes first, how long one waits unheard: policy/desk.yml of the operator's folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from hall.clock import SHANGHAI
from hall.policy_file import File, Source, count, day, list_of, one_of, text

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
AHEAD = 60  # days in which the next opening is looked for
_KEY = re.compile(r"[a-z_]{1,24}")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")


@dataclass(frozen=True, slots=True)
class Span:
    """On these days (of DAYS) from minute `start` to before minute `end` of the day, Asia/Shanghai."""

    days: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DeskHours:
    """When people are there: spans of the week, but not on the dates in `closed`."""

    spans: tuple[Span, ...]
    closed: frozenset[date]
    source: Source

    def open_at(self, now: datetime) -> bool:
        """Whether people are there."""
        return self.closes(now) is not None

    def closes(self, now: datetime) -> datetime | None:
        """When the people who are there leave; None when nobody is. Spans that touch are one, also at midnight."""
        end = next((end for start, end in self._around(now) if start <= now < end), None)
        while end is not None:
            further = next((later for start, later in self._around(end) if start <= end < later), None)
            if further is None or further - now > timedelta(days=AHEAD):
                break
            end = further
        return end.astimezone(now.tzinfo) if end else None

    def opens(self, now: datetime) -> datetime | None:
        """When people are there next, `now` when they are; None when not within AHEAD days."""
        if self.open_at(now):
            return now
        starts = (start for days in range(AHEAD) for start, _ in self._on(_day(now) + timedelta(days)) if start > now)
        found = min(starts, default=None)
        return found.astimezone(now.tzinfo) if found else None

    def _around(self, moment: datetime) -> list[tuple[datetime, datetime]]:
        return [span for days in (-1, 0) for span in self._on(_day(moment) + timedelta(days))]

    def _on(self, date_: date) -> list[tuple[datetime, datetime]]:
        """The spans of one day, as moments."""
        if date_ in self.closed:
            return []
        midnight = datetime.combine(date_, time(), SHANGHAI)
        mine = [span for span in self.spans if DAYS[date_.weekday()] in span.days]
        return [(midnight + timedelta(minutes=s.start), midnight + timedelta(minutes=s.end)) for s in mine]


@dataclass(frozen=True, slots=True)
class Skill:
    """What some agents know: its name at the desk, and whose customers need it, by their task or their reason."""

    title: str
    of: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Serving:
    """How customers are given to agents. `promise`: minutes a tier waits at most, before it goes before the others."""

    at_once: int = 4  # conversations of one agent, unless the account says otherwise
    accept_within: timedelta = timedelta(seconds=40)  # then an offered customer goes to somebody else
    gone_after: timedelta = timedelta(seconds=120)  # without a sign of an agent's page customers go back to the queue
    idle_after: timedelta = timedelta(minutes=10)  # without a word of the customer the agent is reminded
    waiting_per_agent: int = 3  # more of them raise the alarm
    promise: Mapping[str, int] = field(default_factory=dict)
    ask_after: Mapping[str, int] = field(default_factory=dict)  # minutes by channel, then a silent customer is asked
    end_after: Mapping[str, int] = field(default_factory=dict)  # minutes after that, then it is ended


@dataclass(frozen=True, slots=True)
class Canned:
    """A ready answer. Its gaps {客户} {号码} {工号} {坐席} {公司} are filled at the desk.

    `then`: what is done once it was sent, and with what: (close, a code), (transfer, a skill), (ask, words).
    """

    title: str
    text: str
    then: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Quality:
    """What is looked for in conversations that are over. `kept_by`, `resolved`: of the codes; `sample`: of each agent
    a week."""

    first_reply: timedelta = timedelta(seconds=60)
    back_within: timedelta = timedelta(hours=24)
    sample: int = 3
    greetings: tuple[str, ...] = ()
    thanks: tuple[str, ...] = ()
    promises: tuple[str, ...] = ()
    rude: tuple[str, ...] = ()
    kept_by: tuple[str, ...] = ()
    resolved: tuple[str, ...] = ()


GENERAL = "general"  # the skill that everybody has who has no other
GAPS = ("客户", "号码", "工号", "坐席", "公司")


@dataclass(frozen=True, slots=True)
class DeskRules:
    """policy/desk.yml. `tiers`: of customers, who goes first before who goes last. `codes`: what came of a
    conversation; `reveals`: why an agent may look behind a mask; both by key, with their words at the desk."""

    hours: DeskHours
    minutes_each: int
    tell_after: timedelta
    tiers: tuple[str, ...]
    source: Source
    serving: Serving = field(default_factory=Serving)
    skills: Mapping[str, Skill] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    reveals: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)  # that agents give conversations, by key
    replies: tuple[Canned, ...] = ()
    languages: Mapping[str, str] = field(default_factory=dict)  # that agents may speak, by key
    quality: Quality = field(default_factory=Quality)
    senior_age: int = 65  # years from which a customer is offered a person early

    def skill_of(self, task: str | None, reason: str) -> str:
        """The skill that a customer needs."""
        return next((name for name, one in self.skills.items() if {task, reason} & one.of), GENERAL)

    def promised(self, tier: str) -> timedelta:
        """How long a tier waits at most."""
        minutes = self.serving.promise.get(tier)
        return timedelta(minutes=minutes) if minutes else self.tell_after

    def rank(self, tier: str, *, urgent: bool = False) -> int:
        """The rank in the queue, the lowest goes first: 0 for danger, then the tiers, last those without a name."""
        if urgent:
            return 0
        return 1 + (self.tiers.index(tier) if tier in self.tiers else len(self.tiers))


def desk(file: File) -> DeskRules:
    """Check desk.yml; raises PolicyError."""
    spans = tuple(
        Span(file.get(f"{at}.days", _days), *file.get(f"{at}.times", _times)) for at in file.items("hours.spans")
    )
    closed = frozenset(file.get("hours.closed", list_of(day, empty=True)))
    rules = DeskRules(
        DeskHours(spans, closed, file.source("hours")),
        file.get("waiting.minutes_each", count),
        timedelta(minutes=file.get("waiting.tell_after_minutes", count)),
        file.get("waiting.tiers", list_of(text)),
        file.source("waiting"),
        _serving(file),
        {name: _skill(file, f"skills.{name}") for name in file.keys("skills")},
        {name: file.get(f"codes.{name}", text) for name in file.keys("codes")},
        {name: file.get(f"reveals.{name}", text) for name in file.keys("reveals")},
        {_key(file, name): file.get(f"labels.{name}", text) for name in file.keys("labels")},
        tuple(_ready(file, at) for at in file.items("replies")),
        {name: file.get(f"languages.{name}", text) for name in file.keys("languages")},
        _quality(file),
        file.get("seniors.from_age", count),
    )
    file.source("seniors")
    file.finish()
    return rules


def _key(file: File, name: str) -> str:
    """A label's key, as it is kept and looked for."""
    if not _KEY.fullmatch(name):
        raise file.error(f"labels.{name}", "must be a key of small letters, at most 24")
    return name


def _serving(file: File) -> Serving:
    file.source("serving")
    seconds = {name: timedelta(seconds=file.get(f"serving.{name}_seconds", count)) for name in ("accept", "gone")}
    return Serving(
        file.get("serving.at_once", count),
        seconds["accept"],
        seconds["gone"],
        timedelta(minutes=file.get("serving.idle_minutes", count)),
        file.get("serving.waiting_per_agent", count),
        *(
            {name: file.get(f"serving.{what}_minutes.{name}", count) for name in file.keys(f"serving.{what}_minutes")}
            for what in ("promise", "ask", "end")
        ),
    )


def _quality(file: File) -> Quality:
    file.source("quality")
    codes = one_of(*file.keys("codes"))
    words = {name: file.get(f"quality.{name}", list_of(text)) for name in ("greetings", "thanks", "promises", "rude")}
    return Quality(
        timedelta(seconds=file.get("quality.first_reply_seconds", count)),
        timedelta(hours=file.get("quality.back_hours", count)),
        file.get("quality.sample", count),
        **words,
        **{name: file.get(f"quality.{name}", list_of(codes)) for name in ("kept_by", "resolved")},
    )


def _skill(file: File, at: str) -> Skill:
    return Skill(file.get(f"{at}.title", text), frozenset(file.get(f"{at}.of", list_of(text, empty=True))))


def _ready(file: File, at: str) -> Canned:
    """A ready answer; at most one thing is done after it."""
    allowed = {"close": one_of(*file.keys("codes")), "transfer": one_of(*file.keys("skills")), "ask": text}
    acts = [name for name in allowed if file.has(f"{at}.{name}")]
    if len(acts) > 1:
        raise file.error(at, f"does one of {', '.join(allowed)}, not {' and '.join(acts)}")
    then = (acts[0], file.get(f"{at}.{acts[0]}", allowed[acts[0]])) if acts else None
    return Canned(file.get(f"{at}.title", text), file.get(f"{at}.text", _canned), then)


def _canned(value: Any) -> str:
    words = text(value)
    if unknown := [gap for gap in re.findall(r"\{(.*?)\}", words) if gap not in GAPS]:
        raise ValueError(f"has the gap {{{unknown[0]}}}, which nobody fills: {', '.join(GAPS)}")
    return words


def _days(value: Any) -> tuple[str, ...]:
    """Days in the order of the week."""
    return tuple(sorted(set(list_of(one_of(*DAYS))(value)), key=DAYS.index))


def _times(value: Any) -> tuple[int, int]:
    texts = value if isinstance(value, list) and len(value) == 2 else ()
    if not texts or not all(isinstance(one, str) and _CLOCK.fullmatch(one) for one in texts):
        raise ValueError('must be two times, ["HH:MM", "HH:MM"]')
    start, end = (int(one[:2]) * 60 + int(one[3:]) for one in texts)
    if start >= end:
        raise ValueError("must be two times, the earlier first")
    return start, end


def _day(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()
