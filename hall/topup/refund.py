"""Money on its way back: each payment goes back at most once, under one number, until it is there.

A refund is of an order (it failed, arrived in part, was paid too late), or of money that came beside
an order: a second payment, a wrong amount, a payment for no order. Both take the same road; only the
first moves the order.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import select, update

from hall.books import cases
from hall.books.ledger import CUSTOMER, REFUND, SUSPENSE, Transfer, book, payment
from hall.errors import Conflict, OutcomeUnknown, Unavailable
from hall.money import short_yuan
from hall.payments.port import Payments, Refund, RefundState
from hall.store.outbox import Done, Failed, OutboxMessage, Result, enqueue
from hall.store.prepared import Prepared, given, inserting
from hall.store.tables.topup import OF_THE_ORDER, refunds
from hall.topup import states
from hall.topup.notifications import OrderEvent, PaymentEvent, tell
from hall.topup.orders import Order, find, move, note_call
from hall.topup.receipts import SECOND, Receipt

if TYPE_CHECKING:
    from hall.context import Hall
    from hall.store.unit import Store, Unit

ASKED, DONE, STUCK = "asked", "done", "stuck"
ASK, QUERY = "money.refund", "money.query_refund"  # parcels
ONCE = 1_000_000  # steps from here on are a person's wish: asked once, nothing follows


@dataclass(frozen=True, slots=True)
class Refunding:
    """A refund as it was when it was read; see hall/store/tables/topup.py."""

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
        """Whether its end is the order's."""
        return self.cause in OF_THE_ORDER

    @property
    def asked(self) -> Refund:
        """As the provider is asked for it."""
        return Refund(self.refund_no, self.order_no, self.provider_no, self.paid_fen, self.amount_fen)


def kind_beside(cause: str) -> str:
    """How a customer is told of money that came beside an order: second | wrong (another amount)."""
    return "second" if cause == SECOND else "wrong"


def refund_no(order: Order) -> str:
    """One refund an order: its number is the order's with another letter."""
    return f"R{order.order_no[1:]}"


def number_beside(receipt: Receipt) -> str:
    """The refund number of a payment that came beside an order: one a payment."""
    return f"D{hashlib.sha256(f'{receipt.provider} {receipt.provider_no}'.encode()).hexdigest()[:24]}"


def start(
    hall: Hall, unit: Unit, order: Order, receipt: Receipt, cause: str, *, actor: str, event: OrderEvent, **values: Any
) -> None:
    """Stage that an order's money goes back: the move, the one number, the books, the call, the message.

    `receipt` is the order's payment; `cause` is refund (it failed or arrived in part) or paid_late.
    """
    refunding = move(unit, order, cause, now=hall.clock.now(), actor=actor, **values)
    why = order.state.lower() if cause == "refund" else cause
    amount = refunding.paid_fen - refunding.delivered_fen
    _stage(hall, unit, refund_no(order), receipt, order, amount, why, CUSTOMER)
    tell(hall, unit, refunding, event)


def start_beside(hall: Hall, unit: Unit, receipt: Receipt, order: Order | None) -> str:
    """Stage that a payment beside its order goes back, out of suspense; returns the refund's number."""
    number = number_beside(receipt)
    _stage(hall, unit, number, receipt, order, receipt.amount_fen, receipt.purpose, SUSPENSE)
    if order is not None:
        _tell_beside(hall, unit, order, number, receipt.purpose, receipt.amount_fen, "refunding")
    return number


async def get(store: Store, number: str) -> Refunding | None:
    """The refund of that number, for who has nothing else: asks all nodes."""
    row = await store.one(_NUMBERED, {"its_refund_no": number})
    return Refunding(*row) if row else None


async def of(store: Store, order: Order) -> list[Refunding]:
    """Every refund of an order and of payments beside it, oldest first."""
    its = {"its_conversation": order.conversation, "its_order_no": order.order_no}
    return [Refunding(*row) for row in await store.all(_OF, its)]


async def about(store: Store, number: str) -> list[Refunding]:
    """The same of an order's number, which may be of no order; asks all nodes."""
    return [Refunding(*row) for row in await store.all(_ABOUT, {"its_order_no": number})]


async def deliver(hall: Hall, message: OutboxMessage) -> Result:
    """Ask the provider to pay back, or how far it is; stage what follows."""
    its = {"its_conversation": message.conversation, "its_refund_no": message.body["refund_no"]}
    row = await hall.store.one(_ONE, its)
    if row is None:
        return Failed("no such refund")
    refund = Refunding(*row)
    by_wish = int(message.body["step"]) >= ONCE
    if refund.state == DONE or (refund.state == STUCK and not by_wish):
        return Done()
    asks = message.kind == ASK
    answer, lost = RefundState("processing"), True
    try:
        provider = provider_named(hall, refund.provider)
        answer = await (provider.refund(refund.asked) if asks else provider.query_refund(refund.asked))
        lost = False
    except (OutcomeUnknown, Unavailable) as error:
        answer = RefundState("processing", str(error))
    # when the answer to the wish was lost, the wish is repeated: the provider keeps one refund for the number
    follow_up, step = (QUERY, 0) if asks and not lost else (message.kind, int(message.body["step"]) + 1)
    unit = hall.store.unit()
    await _noted(
        hall, unit, refund, "refund" if asks else "query_refund", "lost" if lost else answer.status, answer.why
    )
    await _result(hall, unit, refund, answer, follow_up, step)
    await unit.commit()
    return Done()


async def paid_back(hall: Hall, unit: Unit, refund: Refunding, *, actor: str, note: str | None = None) -> None:
    """Stage that the money is back with the customer."""
    now = hall.clock.now()
    _change(unit, refund, state=DONE, done_at=now)
    back = Transfer(REFUND, payment(refund.provider), refund.amount_fen)
    book(unit, f"{refund.refund_no}:refunded", back, subject=refund.order_no, conversation=refund.conversation, now=now)
    cases.settle(unit, refund.refund_no, "refunded", now=now, kinds=("refund_stuck",))
    order = await _its_order(hall, refund)
    if refund.of_the_order and order is not None:
        done = move(
            unit, order, "refunded", now=now, actor=actor, note=note, refunded_fen=refund.amount_fen, stuck=None
        )
        tell(hall, unit, done, "refunded")
    elif order is not None:
        _tell_beside(hall, unit, order, refund.refund_no, refund.cause, refund.amount_fen, "refunded")


async def hand_in(hall: Hall, unit: Unit, refund: Refunding, *, actor: str) -> None:
    """Stage that a stuck refund is asked for again, under its one number."""
    now = hall.clock.now()
    again = replace(refund, state=ASKED, tries=refund.tries + 1, asked_at=now)
    _change(unit, refund, state=ASKED, tries=again.tries, asked_at=now)
    order = await _its_order(hall, refund)
    if refund.of_the_order and order is not None:
        move(unit, order, "handed_in", now=now, actor=actor, stuck=None)
    _parcel(hall, unit, again, ASK, 0)


async def _its_order(hall: Hall, refund: Refunding) -> Order | None:
    """The order of a refund as it stood with it; Conflict when both moved on between our two looks."""
    order = await find(hall.store, refund.order_no)
    beside = {ASKED: states.REFUNDING, STUCK: states.REFUND_STUCK}
    if refund.of_the_order and order is not None and order.state != beside.get(refund.state):
        raise Conflict(f"{refund.refund_no} was {refund.state}, its order is {order.state}")
    return order


def query_again(hall: Hall, unit: Unit, refund: Refunding, step: int) -> None:
    """Stage one question to the provider, by a person's wish."""
    _parcel(hall, unit, refund, QUERY, ONCE + step)


def provider_named(hall: Hall, name: str) -> Payments:
    """The adapter of a provider; Unavailable when this hall has it no more."""
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
_KEEP = inserting(refunds, *(column.name for column in _COLUMNS))


@cache
def _changing(columns: tuple[str, ...]) -> Prepared:
    """The change of those columns of a refund that is still in the state in which it was read."""
    mine = (refunds.c.conversation, refunds.c.refund_no, refunds.c.state)
    return Prepared(update(refunds).where(*map(given, mine)), *columns)


def _stage(
    hall: Hall, unit: Unit, number: str, receipt: Receipt, order: Order | None, amount: int, cause: str, account: str
) -> None:
    now = hall.clock.now()
    where = order.conversation if order is not None else receipt.conversation
    refund = Refunding(
        number, receipt.payment_no, where, receipt.provider, receipt.provider_no, receipt.amount_fen,
        amount, cause, ASKED, 1, now, now,
    )  # fmt: skip
    unit.stage(_KEEP, asdict(refund))
    out = Transfer(account, REFUND, amount)
    book(unit, f"{number}:refund", out, subject=refund.order_no, conversation=refund.conversation, now=now)
    _parcel(hall, unit, refund, ASK, 0)


def _parcel(hall: Hall, unit: Unit, refund: Refunding, kind: str, step: int) -> None:
    now, waits = hall.clock.now(), hall.policy.topup.refund_query_seconds
    first = kind == ASK and step == 0
    wait = 0 if first or step >= ONCE else waits[min(step, len(waits) - 1)]
    key = f"{kind}:{refund.refund_no}:{refund.tries}:{step}"
    body = {"refund_no": refund.refund_no, "step": step}
    enqueue(
        unit, now, key=key, kind=kind, body=body, conversation=refund.conversation, at=now + timedelta(seconds=wait)
    )


def _change(unit: Unit, refund: Refunding, **values: Any) -> None:
    mine = {
        "its_conversation": refund.conversation, "its_refund_no": refund.refund_no, "its_state": refund.state,
    }  # fmt: skip
    unit.stage(_changing(tuple(values)), mine | values, expect=1)


async def _noted(hall: Hall, unit: Unit, refund: Refunding, call: str, said: str, note: str) -> None:
    if order := await find(hall.store, refund.order_no):
        note_call(unit, order, call, payment(refund.provider), said, now=hall.clock.now(), note=note or None)


async def _result(hall: Hall, unit: Unit, refund: Refunding, answer: RefundState, follow_up: str, step: int) -> None:
    actor = payment(refund.provider)
    if answer.status == "done":
        await paid_back(hall, unit, refund, actor=actor)
    elif step > ONCE:
        return
    elif answer.status == "failed":
        await _stuck(hall, unit, refund, answer.why or "refused")
    elif hall.clock.now() - refund.asked_at >= hall.policy.topup.refund_person_after:
        await _stuck(hall, unit, refund, "refund_outcome_unknown")
    else:
        _parcel(hall, unit, refund, follow_up, step)


async def _stuck(hall: Hall, unit: Unit, refund: Refunding, why: str) -> None:
    """A person must act: with everything that is known."""
    now = hall.clock.now()
    _change(unit, refund, state=STUCK)
    order, actor = await _its_order(hall, refund), payment(refund.provider)
    if order is not None and refund.of_the_order:
        stuck = move(unit, order, "refund_stuck", now=now, actor=actor, note=why, stuck="refund")
        tell(hall, unit, stuck, "refund_stuck")
    elif order is not None:
        _tell_beside(hall, unit, order, refund.refund_no, refund.cause, refund.amount_fen, "stuck")
    cases.open_case(
        unit, "refund_stuck", refund.refund_no, refund_facts(refund) | {"why": why}, now=now,
        conversation=refund.conversation, occasion=str(refund.tries),
    )  # fmt: skip


def _tell_beside(
    hall: Hall, unit: Unit, order: Order, number: str, cause: str, amount_fen: int,
    how_far: Literal["refunding", "refunded", "stuck"],
) -> None:  # fmt: skip
    """Stage what is told of a payment beside its order: each end of each refund once."""
    event: PaymentEvent = f"{kind_beside(cause)}_{how_far}"  # type: ignore[assignment]
    tell(hall, unit, order, event, occasion=number, refund=short_yuan(amount_fen))


def refund_facts(refund: Refunding) -> dict[str, Any]:
    """What a person must know of a refund; nothing in it is a customer's."""
    return {
        "order_no": refund.order_no,
        "refund_no": refund.refund_no,
        "provider": refund.provider,
        "provider_no": refund.provider_no,
        "paid_fen": refund.paid_fen,
        "amount_fen": refund.amount_fen,
        "cause": refund.cause,
    }
