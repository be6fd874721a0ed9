"""Refunds: each payment goes back at most once, under one refund number, until the provider says that it is back.

A refund is of an order (it failed, arrived in part, was paid too late), or of a payment beside an order: a
second one, one of a wrong amount, one for no order. Both are asked for in the same way; only the first moves
the order.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import select, update

from hall.books import cases
from hall.books.cases import NewCase
from hall.books.ledger import CUSTOMER, REFUND, SUSPENSE, Entry, Transfer, book, payment
from hall.change import Change
from hall.errors import Conflict, OutcomeUnknown, Unavailable
from hall.payments.port import Payments, Refund, RefundState
from hall.store.dispatcher import Done, Failed, Result
from hall.store.outbox import NewMessage, OutboxMessage, enqueue
from hall.store.prepared import Prepared, given, inserting
from hall.store.tables.topup import OF_THE_ORDER, refunds
from hall.topup import states
from hall.topup.job import Job
from hall.topup.notifications import OrderEvent, PaymentEvent, notify
from hall.topup.orders import Call, Order, find, move, note_call
from hall.topup.receipts import SECOND, Receipt

if TYPE_CHECKING:
    from hall.context import Hall
    from hall.store.unit import Store

ASKED, DONE, STUCK = "asked", "done", "stuck"  # states
ASK, QUERY = "money.refund", "money.query_refund"  # kinds of outbox messages
EVENTS: dict[str, OrderEvent] = {  # what the customer is told when a refund of the order starts, by its cause
    "failed": "failed_refunding",
    "partial": "partial_refunding",
    "paid_late": "late_refunding",
}


@dataclass(frozen=True, slots=True)
class Refunding:
    """A refund as it was read; hall/store/tables/topup.py describes the columns."""

    refund_no: str
    order_no: str
    conversation: str
    provider: str
    provider_no: str
    paid_fen: int
    amount_fen: int
    cause: str
    state: str
    tries: int
    asked_at: datetime
    created_at: datetime

    @property
    def of_the_order(self) -> bool:
        """Whether it is the order's refund, so that its end moves the order."""
        return self.cause in OF_THE_ORDER

    @property
    def asked(self) -> Refund:
        """As the provider is asked for it."""
        return Refund(self.refund_no, self.order_no, self.provider_no, self.paid_fen, self.amount_fen)


def kind_beside(cause: str) -> str:
    """The word for a payment beside an order in the names of responses: second | wrong (another amount)."""
    return "second" if cause == SECOND else "wrong"


def refund_no(order: Order) -> str:
    """The number of an order's one refund: the order's number with another letter."""
    return f"R{order.order_no[1:]}"


def number_beside(receipt: Receipt) -> str:
    """The number of the one refund of a payment that came beside an order."""
    return f"D{hashlib.sha256(f'{receipt.provider} {receipt.provider_no}'.encode()).hexdigest()[:24]}"


def start(change: Change, order: Order, receipt: Receipt, cause: str, **values: Any) -> None:
    """Stage that an order's money goes back: the move, the refund, its entry, its job and the notification.

    `receipt` is the order's payment. `cause` is the move: refund (it failed or arrived in part) or paid_late.
    """
    refunding = move(change, order, cause, **values)
    why = order.state.lower() if cause == "refund" else cause
    amount = refunding.paid_fen - refunding.delivered_fen
    whole = _whole(change, receipt, order)
    _stage(change, replace(whole, refund_no=refund_no(order), amount_fen=amount, cause=why), CUSTOMER)
    notify(change, refunding, EVENTS[why])


def start_beside(change: Change, receipt: Receipt, order: Order | None) -> None:
    """Stage that a payment beside its order goes back, out of suspense."""
    refund = _whole(change, receipt, order)
    _stage(change, refund, SUSPENSE)
    if order is not None:
        _notify_beside(change, order, refund, "refunding")


async def get(store: Store, number: str) -> Refunding | None:
    """The refund of that number, or None. Without the conversation every node of the database is asked."""
    row = await store.one(_NUMBERED, {"its_refund_no": number})
    return Refunding(*row) if row else None


async def of(store: Store, order: Order) -> list[Refunding]:
    """Every refund of an order and of payments beside it, oldest first."""
    its = {"its_conversation": order.conversation, "its_order_no": order.order_no}
    return [Refunding(*row) for row in await store.all(_OF, its)]


async def about(store: Store, number: str) -> list[Refunding]:
    """The same by a payment's number, which may be of no order. Every node of the database is asked."""
    return [Refunding(*row) for row in await store.all(_ABOUT, {"its_order_no": number})]


async def handle(hall: Hall, message: OutboxMessage) -> Result:
    """Ask the provider for a refund, or how far it is, and stage what follows: the handler of ASK and QUERY."""
    key = {"its_conversation": message.conversation, "its_refund_no": message.body["refund_no"]}
    row = await hall.store.one(_ONE, key)
    if row is None:
        return Failed("no such refund")
    refund, job = Refunding(*row), Job.of(message)
    if refund.state == DONE or (refund.state == STUCK and not job.occasion):
        return Done()
    reported, lost = await _ask_provider(hall, refund, job)
    # a refund whose answer was lost is asked for again: the provider keeps one refund for the number
    following = Job(QUERY) if job.kind == ASK and not lost else replace(job, step=job.step + 1)
    change = Change.begin(hall, hall.store.unit(), payment(refund.provider))
    if order := await find(hall.store, refund.order_no):
        name, result = "refund" if job.kind == ASK else "query_refund", "lost" if lost else reported.status
        note_call(change, order, Call(name, change.actor, result, reported.why or None))
    await _apply(change, refund, reported, following)
    await change.unit.commit()
    return Done()


async def paid_back(change: Change, refund: Refunding, note: str | None = None) -> None:
    """Stage that the money is back with the customer."""
    _update(change, refund, state=DONE, done_at=change.now)
    entry = Entry(f"{refund.refund_no}:refunded", refund.order_no, refund.conversation, change.now)
    book(change.unit, entry, Transfer(REFUND, payment(refund.provider), refund.amount_fen))
    cases.resolve(change, refund.refund_no, "refunded", ("refund_stuck",))
    order = await _its_order(change.hall.store, refund)
    if refund.of_the_order and order is not None:
        done = move(change, order, "refunded", note, refunded_fen=refund.amount_fen, stuck=None)
        notify(change, done, "refunded")
    elif order is not None:
        _notify_beside(change, order, refund, "refunded")


async def resubmit(change: Change, refund: Refunding) -> None:
    """Stage that a stuck refund is asked for again, under its one number."""
    again = replace(refund, state=ASKED, tries=refund.tries + 1, asked_at=change.now)
    _update(change, refund, state=ASKED, tries=again.tries, asked_at=change.now)
    order = await _its_order(change.hall.store, refund)
    if refund.of_the_order and order is not None:
        move(change, order, "resubmitted", stuck=None)
    _enqueue(change, again, Job(ASK))


def query_again(change: Change, refund: Refunding, occasion: str) -> None:
    """Stage one question to the provider beside the chain; the same occasion again stages nothing."""
    _enqueue(change, refund, Job(QUERY, occasion=occasion))


async def _its_order(store: Store, refund: Refunding) -> Order | None:
    """The order of a refund, as it stood with it; Conflict when both moved on between the two reads."""
    order = await find(store, refund.order_no)
    beside = {ASKED: states.REFUNDING, STUCK: states.REFUND_STUCK}
    if refund.of_the_order and order is not None and order.state != beside.get(refund.state):
        raise Conflict(f"{refund.refund_no} was {refund.state}, its order is {order.state}")
    return order


async def _ask_provider(hall: Hall, refund: Refunding, job: Job) -> tuple[RefundState, bool]:
    """What the provider reports, and whether its answer was lost; a lost one means that it is still under way."""
    try:
        provider = provider_named(hall, refund.provider)
        ask = provider.refund if job.kind == ASK else provider.query_refund
        return await ask(refund.asked), False
    except (OutcomeUnknown, Unavailable) as error:
        return RefundState("processing", str(error)), True


def provider_named(hall: Hall, name: str) -> Payments:
    """The adapter of a provider; raises Unavailable when this hall no longer has it."""
    for payments in hall.payments.values():
        if payments.provider == name:
            return payments
    raise Unavailable("payment", f"no provider {name}")


_COLUMNS = [refunds.c[field.name] for field in fields(Refunding)]
_ONE = Prepared(select(*_COLUMNS).where(given(refunds.c.conversation), given(refunds.c.refund_no)))
_NUMBERED = Prepared(select(*_COLUMNS).where(given(refunds.c.refund_no)))
_ABOUT = Prepared(select(*_COLUMNS).where(given(refunds.c.order_no)).order_by(refunds.c.created_at))
_OF = Prepared(
    select(*_COLUMNS).where(given(refunds.c.conversation), given(refunds.c.order_no)).order_by(refunds.c.created_at)
)
_INSERT = inserting(refunds, *(column.name for column in _COLUMNS))


@cache
def _changing(columns: tuple[str, ...]) -> Prepared:
    """The statement that changes those columns of a refund, guarded by the state that was read."""
    mine = (refunds.c.conversation, refunds.c.refund_no, refunds.c.state)
    return Prepared(update(refunds).where(*map(given, mine)), *columns)


def _whole(change: Change, receipt: Receipt, order: Order | None) -> Refunding:
    """The refund of a whole payment that came beside its order."""
    return Refunding(
        refund_no=number_beside(receipt),
        order_no=receipt.payment_no,
        conversation=order.conversation if order is not None else receipt.conversation,
        provider=receipt.provider,
        provider_no=receipt.provider_no,
        paid_fen=receipt.amount_fen,
        amount_fen=receipt.amount_fen,
        cause=receipt.purpose,
        state=ASKED,
        tries=1,
        asked_at=change.now,
        created_at=change.now,
    )


def _stage(change: Change, refund: Refunding, account: str) -> None:
    """Stage a new refund: its row, its entry out of `account`, and the job that asks the provider for it."""
    change.unit.stage(_INSERT, asdict(refund))
    entry = Entry(f"{refund.refund_no}:refund", refund.order_no, refund.conversation, change.now)
    book(change.unit, entry, Transfer(account, REFUND, refund.amount_fen))
    _enqueue(change, refund, Job(ASK))


def _enqueue(change: Change, refund: Refunding, job: Job) -> None:
    """Stage a job after the policy's pause for its step; the first time, and with an occasion, at once."""
    pauses = change.hall.policy.topup.refund_query_seconds
    at_once = job.occasion or (job.kind == ASK and job.step == 0)
    pause = timedelta(seconds=0 if at_once else pauses[min(job.step, len(pauses) - 1)])
    enqueue(
        change.unit,
        change.now,
        NewMessage(
            key=job.key(f"{refund.refund_no}:{refund.tries}"),
            kind=job.kind,
            body=job.body(refund_no=refund.refund_no),
            conversation=refund.conversation,
            at=change.now + pause,
        ),
    )


def _update(change: Change, refund: Refunding, **values: Any) -> None:
    """Stage new values, guarded by the state that was read."""
    its = {"its_conversation": refund.conversation, "its_refund_no": refund.refund_no, "its_state": refund.state}
    change.unit.stage(_changing(tuple(values)), its | values, expect=1)


async def _apply(change: Change, refund: Refunding, reported: RefundState, following: Job) -> None:
    """Stage what a report means; a question beside the chain has an effect only when the money is back."""
    if reported.status == "done":
        await paid_back(change, refund)
    elif following.occasion:
        return
    elif reported.status == "failed":
        await _stuck(change, refund, reported.why or "refused")
    elif change.now - refund.asked_at >= change.hall.policy.topup.refund_person_after:
        await _stuck(change, refund, "refund_outcome_unknown")
    else:
        _enqueue(change, refund, following)


async def _stuck(change: Change, refund: Refunding, why: str) -> None:
    """Stage that a person must act, with a case that has everything that is known."""
    _update(change, refund, state=STUCK)
    order = await _its_order(change.hall.store, refund)
    if order is not None and refund.of_the_order:
        notify(change, move(change, order, "refund_stuck", why, stuck="refund"), "refund_stuck")
    elif order is not None:
        _notify_beside(change, order, refund, "stuck")
    facts, occasion = refund_facts(refund) | {"why": why}, str(refund.tries)
    cases.open_case(change, NewCase("refund_stuck", refund.refund_no, facts, refund.conversation, occasion))


def _notify_beside(
    change: Change, order: Order, refund: Refunding, how_far: Literal["refunding", "refunded", "stuck"]
) -> None:
    """Stage what the customer is told of a payment beside the order: each end of each refund once."""
    event: PaymentEvent = f"{kind_beside(refund.cause)}_{how_far}"  # type: ignore[assignment]
    notify(change, order, event, refund.refund_no, refund_fen=refund.amount_fen)


def refund_facts(refund: Refunding) -> dict[str, Any]:
    """What a person must know of a refund; nothing in it identifies a customer."""
    return {
        "order_no": refund.order_no,
        "refund_no": refund.refund_no,
        "provider": refund.provider,
        "provider_no": refund.provider_no,
        "paid_fen": refund.paid_fen,
        "amount_fen": refund.amount_fen,
        "cause": refund.cause,
    }
