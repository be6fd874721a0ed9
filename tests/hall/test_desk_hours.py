"""When people are at the desk: spans of the week, closed days, and what a mistake in the file says."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.engine.domain import answers
from bot.settings import ROOT
from hall import clock as clocks
from hall.clock import SHANGHAI
from hall.operator_files import OperatorFiles
from hall.policy import Policy, PolicyError
from hall.policy.desk import DAYS, DeskHours, Span
from hall.policy_file import Source
from tests.conftest import StillClock

OPERATOR = ROOT / "data" / "operator"
SOURCE = Source("test", date(2026, 11, 26))
WEEK = DAYS[:5]
HALVES = (Span(WEEK, 9 * 60, 12 * 60), Span(WEEK, 13 * 60 + 30, 18 * 60), Span(("sat",), 10 * 60, 16 * 60))
WORDS = answers()


def hours(*spans: Span, closed: tuple[date, ...] = ()) -> DeskHours:
    return DeskHours(spans, frozenset(closed), SOURCE)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026, Shanghai; the 16th is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        (at(16, 9), at(16, 9)),
        (at(16, 11, 59), at(16, 11, 59)),
        (at(16, 12), at(16, 13, 30)),
        (at(16, 18), at(17, 9)),
        (at(20, 20), at(21, 10)),
        (at(22, 8), at(23, 9)),
    ],
)
def test_people_are_back_at_the_next_span(now: datetime, opens: datetime) -> None:
    assert hours(*HALVES).opens(now) == opens
    assert hours(*HALVES).open_at(now) == (now == opens)


def test_on_a_closed_date_nobody_is_there() -> None:
    assert hours(*HALVES, closed=(date(2026, 11, 16), date(2026, 11, 17))).opens(at(16, 10)) == at(18, 9)


def test_spans_that_touch_are_one_also_at_midnight() -> None:
    night = hours(Span(DAYS, 20 * 60, 24 * 60), Span(DAYS, 0, 6 * 60))
    assert night.closes(at(16, 23)) == at(17, 6)
    assert night.opens(at(17, 7)) == at(17, 20)


def test_a_desk_that_never_closes_is_always_open() -> None:
    always = hours(Span(DAYS, 0, 24 * 60))
    assert always.open_at(at(16, 0))
    assert always.open_at(at(16, 23, 59))


def test_a_desk_that_never_opens_says_so() -> None:
    assert (
        hours(Span(("mon",), 0, 60), closed=tuple(date(2026, 11, 1) + timedelta(days=n) for n in range(99))).opens(
            at(16, 0)
        )
        is None
    )


spans = st.builds(
    lambda days, a, b: Span(tuple(sorted(days, key=DAYS.index)), min(a, b), max(a, b) + (a == b)),
    st.sets(st.sampled_from(DAYS), min_size=1),
    st.integers(0, 24 * 60 - 1),
    st.integers(0, 24 * 60 - 1),
)


@settings(deadline=None)
@given(st.lists(spans, min_size=1, max_size=4), st.integers(0, 14 * 24 * 60))
def test_the_next_opening_is_open_and_a_closing_is_not(some: list[Span], later: int) -> None:
    """Whatever the week: nobody is there between now and the next opening, nor at a closing."""
    desk, now = hours(*some), at(16, 0).astimezone(timezone.utc) + timedelta(minutes=later)
    opens, closes = desk.opens(now), desk.closes(now)
    assert opens is not None
    assert desk.open_at(opens)
    assert (closes is not None) == desk.open_at(now) == (opens == now)
    if closes is not None and closes - now < timedelta(days=50):
        assert not desk.open_at(closes)
    if opens > now:
        assert not desk.open_at(opens - timedelta(minutes=1))


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ('- {days: [mon, funday], times: ["09:00", "18:00"]}', "must be one of mon"),
        ('- {days: [mon], times: ["18:00", "09:00"]}', "the earlier first"),
        ('- {days: [mon], times: ["9:00", "18:00"]}', "two times"),
        ("- {days: [], times: ['09:00', '18:00']}", "must be a list"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, written: str, why: str) -> None:
    (tmp_path / "policy").mkdir()
    text = f"sources:\n  mine: {{document: x, date: 2026-11-26}}\nhours:\n  source: mine\n  spans:\n  {written}\n"
    (tmp_path / "policy" / "desk.yml").write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError, match=why):
        Policy.of(OperatorFiles.at(tmp_path))


@pytest.mark.parametrize(
    ("acts", "why"),
    [
        ("close: done", "must be one of"),
        ("transfer: nobody", "must be one of"),
        ("close: solved, ask: 查余额", "not close and ask"),
    ],
)
def test_what_a_ready_answer_does_is_one_thing_that_there_is(tmp_path: Path, acts: str, why: str) -> None:
    (tmp_path / "policy").mkdir()
    whole = (OPERATOR / "policy" / "desk.yml").read_text("utf-8")
    (tmp_path / "policy" / "desk.yml").write_text(whole.replace("close: solved", acts), encoding="utf-8")
    with pytest.raises(PolicyError, match=why):
        Policy.of(OperatorFiles.at(tmp_path))


def test_a_ready_answer_may_do_something_once_it_is_sent() -> None:
    does = {one.title: one.then for one in Policy.load().desk.replies if one.then}
    assert does["解决了并结束"] == ("close", "solved")


def test_who_goes_first() -> None:
    rank = Policy.load().desk.rank
    assert rank("basic", urgent=True) < rank("diamond") < rank("gold") < rank("basic") < rank("unheard of")


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (at(15, 21), "21点"),
        (at(16, 9), "明天9点"),
        (at(18, 9, 30), "周三9点半"),
        (at(27, 8, 15), "11月27日8点15分"),
        (at(16, 9).isoformat(), "明天9点"),
    ],
)
def test_an_opening_is_said_as_near_as_it_is(clock: StillClock, moment: datetime | str, said: str) -> None:
    before = clocks.current()
    clocks.use(clock)  # the 15th
    try:
        assert WORDS.environment("sms").from_string("{{ at | opening }}").render(at=moment) == said
    finally:
        clocks.use(before)


@pytest.mark.parametrize(
    ("week", "said"),
    [
        ((Span(DAYS, 540, 1260),), "每天9-21点"),
        (HALVES, "周一至周五9-12点、13点半至18点、周六10-16点"),
        ((Span(("mon", "wed"), 0, 1440),), "周一、周三0-24点"),
    ],
)
def test_the_hours_are_said(week: tuple[Span, ...], said: str) -> None:
    assert WORDS.environment("web").from_string("{{ week | desk_hours }}").render(week=week) == said
