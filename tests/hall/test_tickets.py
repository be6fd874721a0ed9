"""Tickets: opened once, promised by the calendar, told of, escalated when late, closed or worked again."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from hall import tickets
from hall.change import Change
from hall.clock import SHANGHAI
from hall.context import Hall
from hall.errors import Conflict
from hall.policy import Policy
from hall.store.dispatcher import Dispatcher
from hall.store.tables.core import inbox
from hall.tickets import Fact, NewTicket, NotNow, Ticket

pytestmark = pytest.mark.both
LINE, CONVERSATION = "18700187010", "sms:demo:18700187010"


@pytest.fixture
def dispatcher(hall: Hall) -> Dispatcher:
    found = Dispatcher(hall.store, hall.clock)
    tickets.register(found, hall)
    return found


async def opened(hall: Hall, key: str = "k1", **more: Any) -> Ticket:
    """A complaint of the line."""
    values = {
        "kind": "complaint",
        "category": "fee",
        "conversation": CONVERSATION,
        "msisdn": LINE,
        "summary": "多扣20元",
    }
    change = _change(hall, "customer")
    found = await tickets.open_ticket(change, NewTicket(key=key, **(values | more)))
    await change.unit.commit()
    return found


def _change(hall: Hall, actor: str) -> Change:
    return Change.begin(hall, hall.store.unit(), actor)


async def now(hall: Hall, ticket: Ticket) -> Ticket:
    found = await tickets.of_owner(hall.store, ticket.owner, ticket.ticket_no)
    assert found is not None
    return found


async def told(hall: Hall) -> list[str]:
    rows = await hall.store.all(select(inbox.c.body).where(inbox.c.kind == "event").order_by(inbox.c.arrival))
    return [row.body["response"] for row in rows]


async def test_the_same_wish_is_the_same_ticket_and_keeps_its_facts(hall: Hall) -> None:
    first = await opened(hall, facts=(Fact("10月账单", "65.45元"),))
    again = await opened(hall)
    assert again == first
    assert first.ticket_no.startswith("GD")
    assert (await now(hall, first)).facts == (Fact("10月账单", "65.45元"),)
    assert await tickets.of_customer(hall.store, "web:widget:other", None) == ()
    assert await tickets.of_customer(hall.store, "web:widget:other", LINE) == (first,)
    assert await tickets.by_number(hall.store, first.ticket_no) == first


async def test_a_result_is_told_and_no_word_from_the_customer_closes_it(hall: Hall, dispatcher: Dispatcher) -> None:
    ticket = await opened(hall)
    change = _change(hall, "agent:anna")
    done = tickets.finish(change, tickets.take(change, ticket, "anna", "t"), "已退20元。", "f")
    await change.unit.commit()
    assert (done.state, done.agent, done.result) == ("done", "anna", "已退20元。")
    assert await told(hall) == ["utter_ticket_done"]
    hall.clock.advance(timedelta(days=8))
    await dispatcher.settle()
    assert (await now(hall, ticket)).state == "closed"
    acts = [(event.act, event.actor) for event in await tickets.history(hall.store, ticket)]
    assert acts == [("opened", "customer"), ("taken", "agent:anna"), ("done", "agent:anna"), ("closed", "hall")]


async def test_who_is_not_satisfied_goes_first_with_a_new_promise(hall: Hall, dispatcher: Dispatcher) -> None:
    ticket = await opened(hall)
    change = _change(hall, "agent:anna")
    done = tickets.finish(change, tickets.take(change, ticket, "anna", "t"), "没有多扣。", "f")
    await change.unit.commit()
    hall.clock.advance(timedelta(days=2))
    change = _change(hall, "customer")
    again = tickets.reopen(change, done, "r")
    await change.unit.commit()
    assert (again.state, again.satisfied, again.priority) == ("working", "no", 1)
    assert again.due_at > hall.clock.now()
    hall.clock.advance(timedelta(days=8))
    await dispatcher.settle()
    assert (await now(hall, ticket)).state == "working", "the look at the first result must not close it"


async def test_what_is_late_goes_up_step_by_step_and_the_customer_is_told(hall: Hall, dispatcher: Dispatcher) -> None:
    ticket = await opened(hall)
    steps = hall.policy.tickets.steps
    hall.clock.advance(ticket.due_at - hall.clock.now() - timedelta(minutes=1))
    await dispatcher.settle()
    assert (await now(hall, ticket)).escalated == 0
    for step in range(1, len(steps) + 1):
        hall.clock.advance(timedelta(minutes=2) if step == 1 else timedelta(hours=steps[step - 1].after_hours))
        await dispatcher.settle()
        await dispatcher.settle()
        assert (await now(hall, ticket)).escalated == step
    hall.clock.advance(timedelta(days=30))
    await dispatcher.settle()
    assert (await now(hall, ticket)).escalated == len(steps)
    assert await told(hall) == ["utter_ticket_late"] * len(steps)


async def test_urging_moves_a_ticket_once_a_day(hall: Hall) -> None:
    ticket, moved = await opened(hall), []
    for number, hours in enumerate((0, 1, 30)):
        hall.clock.advance(timedelta(hours=hours))
        change = _change(hall, "customer")
        ticket, did = await tickets.urge(change, ticket, f"u{number}")
        await change.unit.commit()
        moved.append(did)
    assert moved == [True, False, True]
    assert ticket.priority < (await opened(hall, "k2")).priority


async def test_of_two_who_change_it_at_once_one_conflicts(hall: Hall) -> None:
    ticket = await opened(hall)
    one, two = _change(hall, "agent:anna"), _change(hall, "agent:ben")
    tickets.take(one, ticket, "anna", "t1")
    tickets.take(two, ticket, "ben", "t2")
    await one.unit.commit()
    with pytest.raises(Conflict):
        await two.unit.commit()
    assert (await now(hall, ticket)).agent == "anna"


TRIES = itertools.count()
ACTS = ("take", "finish", "close", "reopen", "cancel", "add", "answer", "note")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from(ACTS), max_size=8))
async def test_whatever_is_tried_a_closed_ticket_only_comes_back_by_its_customer(hall: Hall, acts: list[str]) -> None:
    ticket = await opened(hall, f"tried {next(TRIES)}")
    for number, act in enumerate(acts):
        change, before = _change(hall, "test"), ticket.state
        more = {"take": ("anna",), "finish": ("好",), "add": ("还有",), "answer": ("好",), "note": ("记",)}.get(act, ())
        try:
            ticket = getattr(tickets, act)(change, ticket, *more, f"{act}{number}")
        except NotNow:
            assert change.unit.empty
            continue
        await change.unit.commit()
        if before == "cancelled":
            assert act == "note"
        if before == "closed" and ticket.state != "closed":
            assert act == "reopen"
    assert await now(hall, ticket) == ticket
    assert len(await tickets.history(hall.store, ticket)) == 1 + ticket.version


@pytest.mark.parametrize(
    ("kind", "at", "due"),
    [
        ("complaint", datetime(2026, 11, 27, 2, tzinfo=timezone.utc), "2026-12-02 18:00"),  # a Friday
        ("complaint", datetime(2026, 9, 30, 2, tzinfo=timezone.utc), "2026-10-10 18:00"),  # over the national holiday
        ("complaint", datetime(2026, 9, 25, 2, tzinfo=timezone.utc), "2026-09-30 18:00"),  # on a holiday itself
        ("fault", datetime(2026, 11, 27, 2, tzinfo=timezone.utc), "2026-11-29 10:00"),  # hours know no weekend
    ],
)
def test_promises_skip_what_the_calendar_says(kind: str, at: datetime, due: str) -> None:
    assert f"{Policy.load().tickets.due(kind, at).astimezone(SHANGHAI):%Y-%m-%d %H:%M}" == due


def test_the_country_has_more_time_for_repairs() -> None:
    rules, at = Policy.load().tickets, datetime(2026, 11, 27, 2, tzinfo=timezone.utc)
    assert rules.due("fault", at, country=True) - at == timedelta(hours=72)


@given(day=st.dates(date(2026, 1, 1), date(2027, 12, 31)), days=st.integers(0, 23))
def test_a_promise_in_working_days_has_as_many_of_them(day: date, days: int) -> None:
    rules = Policy.load().tickets
    at = datetime(day.year, day.month, day.day, days, tzinfo=SHANGHAI)
    due = rules.due("complaint", at).astimezone(SHANGHAI).date()
    between = [day + timedelta(days=number) for number in range(1, (due - day).days + 1)]
    assert sum(rules.is_working(one) for one in between) == rules.kinds["complaint"].days
    assert rules.is_working(due)
