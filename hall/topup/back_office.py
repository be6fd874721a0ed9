"""What an agent does about money at the desk. Every act is stored with its agent; the same act again does nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Row, insert, select

from hall.books import cases
from hall.bss.supplier.port import DeliveryState
from hall.change import Change
from hall.errors import HallError, NotFound
from hall.store.tables.books import money_acts
from hall.store.unit import in_unit
from hall.topup import delivery, jobs, receipts, refund, states
from hall.topup.orders import find, flag

if TYPE_CHECKING:
    from hall.context import Hall
    from hall.store.unit import Store, Unit

MAX_SUBJECT_LENGTH = 80  # characters of its column
DeliveryOutcome = Literal["succeeded", "failed", "partial"]
Work = Callable[[Change], Awaitable[None]]


class NotNow(HallError):
    """The order or the refund is not in a state in which that can be done."""


class NeedsSecond(HallError):
    """So much money goes back only when a second person does the same; that the first one wants it is kept."""


@dataclass(frozen=True, slots=True)
class Act:
    """One press of a button. `key` is the page's idempotency key for it, `note` what the agent wrote about it."""

    agent: str
    key: str
    note: str = ""


async def query_again(hall: Hall, order_no: str, act: Act) -> None:
    """Ask the supplier and the provider once more. Raises NotFound."""

    async def work(change: Change) -> None:
        order = await find(change.unit, order_no)
        if order is None:
            raise NotFound(f"no order {order_no}")
        await jobs.ask_everybody(change, order, f"agent-{int(change.now.timestamp())}")

    await _once(hall, order_no, "query_again", act, work)


async def resubmit(hall: Hall, refund_no: str, act: Act) -> None:
    """Ask for a stuck refund again, under its number. Raises NotFound, NotNow."""

    async def work(change: Change) -> None:
        found = await _stuck(hall, refund_no)
        await _four_eyes(change, refund_no, "resubmit", act, found.amount_fen)
        cases.resolve(change, refund_no, "resubmitted", ("refund_stuck",))
        await refund.resubmit(change, found)

    await _once(hall, refund_no, "resubmit", act, work)


async def paid_by_hand(hall: Hall, refund_no: str, act: Act) -> None:
    """Record that a stuck refund reached the customer another way; the note says how. Raises NotFound, NotNow."""

    async def work(change: Change) -> None:
        found = await _stuck(hall, refund_no)
        await _four_eyes(change, refund_no, "paid_by_hand", act, found.amount_fen)
        await refund.paid_back(change, found, act.note)

    await _once(hall, refund_no, "paid_by_hand", act, work)


async def record_outcome(hall: Hall, order_no: str, outcome: DeliveryOutcome, delivered_fen: int, act: Act) -> None:
    """Record how a stuck delivery ended, as the supplier told an agent; the note says how it is known.

    `delivered_fen` counts for partial only. Raises NotFound, NotNow.
    """

    async def work(change: Change) -> None:
        order = await find(change.unit, order_no)
        if order is None:
            raise NotFound(f"no order {order_no}")
        if order.state not in delivery.WITH_SUPPLIER or order.stuck is None:
            raise NotNow(f"{order_no} is {order.state} and not stuck")
        if outcome == "partial" and not 0 < delivered_fen < order.paid_fen:
            raise NotNow(f"a part is worth more than nothing and less than {order.paid_fen}")
        if outcome != "succeeded":
            await _four_eyes(change, order_no, f"record_{outcome}", act, order.paid_fen)
        reported = DeliveryState(outcome, delivered_fen=delivered_fen if outcome == "partial" else 0)
        await delivery.apply(change, order, reported, act.note)

    await _once(hall, order_no, f"record_{outcome}", act, work)


async def return_payment(hall: Hall, provider: str, provider_no: str, act: Act) -> None:
    """Pay back a payment that is held in suspense. Raises NotFound, NotNow."""

    async def work(change: Change) -> None:
        receipt = await receipts.get(hall.store, provider, provider_no)
        if receipt is None:
            raise NotFound(f"no payment {provider} {provider_no}")
        if receipt.purpose not in receipts.HELD:
            raise NotNow(f"{provider_no} is not held: {receipt.purpose}")
        subject = payment_subject(provider, provider_no)
        await _four_eyes(change, subject, "return_payment", act, receipt.amount_fen)
        change.unit.stage(receipts.changed(receipt, replace(receipt, purpose=receipts.RETURNED)), expect=1)
        order = await find(change.unit, receipt.payment_no)
        refund.start_beside(change, receipt, order)
        if order is not None and order.state == states.AWAIT_PAY and await _the_only_held(hall, receipt):
            flag(change, order, None)
        cases.resolve(change, receipt.payment_no, "returned", ("amount_differs", "unknown_order"))

    await _once(hall, payment_subject(provider, provider_no), "return_payment", act, work)


async def close_case(hall: Hall, case_id: str, act: Act) -> None:
    """Close a case; the note says why. Raises NotFound, AlreadyClosed."""

    async def work(change: Change) -> None:
        await cases.close(change, case_id, act.agent, act.note)

    await _once(hall, case_id, "close_case", act, work)


async def acts_about(store: Store, subjects: Sequence[str]) -> Sequence[Row[Any]]:
    """The stored acts on orders, refunds, payments and cases, oldest first: agent, act, note, at."""
    query = select(money_acts).where(money_acts.c.subject.in_(subjects)).order_by(money_acts.c.at)
    return await store.all(query)


def payment_subject(provider: str, provider_no: str) -> str:
    """How an act names a payment."""
    return f"{provider} {provider_no}"[:MAX_SUBJECT_LENGTH]


async def _the_only_held(hall: Hall, receipt: receipts.Receipt) -> bool:
    """Whether no other payment under the order's number waits for a person."""
    about = await receipts.about(hall.store, receipt.payment_no)
    return [held for held in about if held.purpose in receipts.HELD] == [receipt]


async def _stuck(hall: Hall, refund_no: str) -> refund.Refunding:
    found = await refund.get(hall.store, refund_no)
    if found is None:
        raise NotFound(f"no refund {refund_no}")
    if found.state != refund.STUCK:
        raise NotNow(f"{refund_no} is {found.state}")
    return found


async def _four_eyes(change: Change, subject: str, name: str, act: Act, fen: int) -> None:
    """Above the policy's limit two people do the same act: the first wish is kept, the second one's is done.

    Raises NeedsSecond for the first, and for the first one again.
    """
    if fen <= change.hall.policy.refunds.approve_above_fen:
        return
    key = f"wish:{name}"
    wished = select(money_acts.c.agent).where(money_acts.c.subject == subject, money_acts.c.key == key)
    first = await change.unit.one(wished)
    if first is not None and first.agent != act.agent:
        return
    if first is None:
        unit = change.hall.store.unit()
        kept = {
            "subject": subject,
            "key": key,
            "agent": act.agent,
            "act": f"wish_{name}"[:24],
            "note": act.note or None,
        }
        unit.stage(insert(money_acts).values(**kept, at=change.now))
        await unit.commit()
    raise NeedsSecond(f"{subject}: a second person has to do the same")


async def _once(hall: Hall, subject: str, name: str, act: Act, work: Work) -> None:
    """Do the work and store the act, in one transaction, unless the act was done; again on a conflict."""
    done = select(money_acts.c.act).where(money_acts.c.subject == subject, money_acts.c.key == act.key)

    async def run(unit: Unit) -> None:
        if await unit.one(done):
            return
        change = Change.begin(hall, unit, f"agent:{act.agent}")
        await work(change)
        kept = {"subject": subject, "key": act.key, "agent": act.agent, "act": name, "note": act.note or None}
        unit.stage(insert(money_acts).values(**kept, at=change.now))

    await in_unit(hall.store, run)
