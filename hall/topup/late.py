"""Orders that take longer than was promised: an apology unasked, another when it is slower still, and a person's case.

Each is a job of the outbox with a key of its own, so that nobody is told twice. What an order becomes is not decided
here: time alone never fails one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from hall.books import cases
from hall.books.cases import NewCase
from hall.change import Change
from hall.clock import SHANGHAI
from hall.topup import states
from hall.topup.job import Job
from hall.topup.notifications import OrderEvent, notify
from hall.topup.orders import Order, case_facts, enqueue_job

if TYPE_CHECKING:
    from hall.context import Hall
    from hall.policy.topup import TopupRules

TELL = "topup.late"
EVENTS: tuple[OrderEvent, OrderEvent] = ("late", "later")  # the first apology, and each after it


def watch_out(change: Change, order: Order) -> None:
    """Stage the first look at an order that was just paid, when its promised time is over."""
    rules = change.hall.policy.topup
    at = change.now + promised(rules, change.now) + rules.late[0]
    enqueue_job(change, order, Job(TELL, at=at))


async def tell(hall: Hall, order: Order, job: Job) -> None:
    """Apologise for an order that is still under way, raise its case, and look again at the next of the times."""
    if order.state not in states.RUNNING:
        return
    change, rules = Change.begin(hall, hall.store.unit(), "clock"), hall.policy.topup
    if job.occasion:  # the customer asked, and was told
        raise_case(change, order)
        await change.unit.commit()
        return
    if order.stuck is None:  # otherwise a person is at it, and the customer knows
        notify(change, order, EVENTS[min(job.step, 1)], str(job.step), **facts(hall, order))
        raise_case(change, order)
    if job.step + 1 < len(rules.late):
        pause = rules.late[job.step + 1] - rules.late[job.step]
        enqueue_job(change, order, replace(job, step=job.step + 1, at=change.now + pause))
    await change.unit.commit()


def call_person(change: Change, order: Order) -> None:
    """Stage that a person is called to a late order of which its customer asks; by a job, as no turn touches cases."""
    enqueue_job(change, order, Job(TELL, occasion="asked"))


def raise_case(change: Change, order: Order) -> None:
    """Stage a case for a person to ask the supplier; the same again opens nothing."""
    cases.open_case(change, NewCase("slow", order.order_no, case_facts(order), order.conversation))


def is_late(hall: Hall, order: Order) -> bool:
    """Whether a paid order without a result takes longer than was promised."""
    since = _since(order)
    return order.state in states.RUNNING and hall.clock.now() > since + promised(hall.policy.topup, since)


def facts(hall: Hall, order: Order) -> dict[str, Any]:
    """What an apology says beside the order: `waited` in minutes, and by when a person answers (ISO 8601)."""
    now = hall.clock.now()
    return {
        "waited": int((now - _since(order)).total_seconds() // 60),
        "answer_by": answer_by(hall.policy.topup, now).isoformat(),
    }


def promised(rules: TopupRules, moment: datetime) -> timedelta:
    """How long a top-up takes at most that is paid at that moment, as its confirmation said."""
    if rules.is_peak(moment.astimezone(SHANGHAI).date()):
        return timedelta(hours=rules.peak_hours[1])
    return timedelta(minutes=rules.usual_minutes)


def answer_by(rules: TopupRules, now: datetime) -> datetime:
    """The full hour by which a person answers, within the hours in which people do."""
    opens, closes = rules.answer_between
    due = (now + rules.answer + timedelta(minutes=59)).astimezone(SHANGHAI).replace(minute=0, second=0, microsecond=0)
    if due.hour > closes:
        due += timedelta(days=1)
    return due if opens < due.hour <= closes else due.replace(hour=opens + 1)


def _since(order: Order) -> datetime:
    """When it was paid, to a few seconds: nothing else changes an order that waits, but that a person is called."""
    return order.created_at if order.stuck else order.changed_at
