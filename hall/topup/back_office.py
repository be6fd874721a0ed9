"""What a person at the desk does about money. Each act is kept with who did it; pressing twice is pressing once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from sqlalchemy import insert, select

from hall.books import cases
from hall.bss.supplier.port import Answer
from hall.errors import Conflict, HallError, NotFound
from hall.store.tables.books import money_acts
from hall.topup import delivery, jobs, receipts, refund, states
from hall.topup.orders import find, flag

if TYPE_CHECKING:
    from hall.context import Hall
    from hall.store.unit import Unit

TRIES = 5
Outcome = Literal["succeeded", "failed", "partial"]


class NotNow(HallError):
    """The order or the refund is not in a state in which that can be done."""


async def query_again(hall: Hall, order_no: str, *, agent: str, key: str) -> None:
    """Ask the supplier and the provider once more how it stands. Raises NotFound."""

    async def work(unit: Unit) -> None:
        order = await find(hall.store, order_no)
        if order is None:
            raise NotFound(f"no order {order_no}")
        await jobs.ask_for(hall, unit, order, refund.ONCE + int(hall.clock.now().timestamp()))

    await _act(hall, order_no, agent, key, "query_again", work)


async def hand_in(hall: Hall, refund_no: str, *, agent: str, key: str) -> None:
    """Ask for a stuck refund again, under its number. Raises NotFound, NotNow."""

    async def work(unit: Unit) -> None:
        found = await _stuck(hall, refund_no)
        cases.settle(unit, refund_no, "handed in again", now=hall.clock.now(), kinds=("refund_stuck",))
        await refund.hand_in(hall, unit, found, actor=f"agent:{agent}")

    await _act(hall, refund_no, agent, key, "hand_in", work)


async def paid_by_hand(hall: Hall, refund_no: str, *, agent: str, key: str, note: str) -> None:
    """A stuck refund reached the customer another way; `note` says how. Raises NotFound, NotNow."""

    async def work(unit: Unit) -> None:
        found = await _stuck(hall, refund_no)
        await refund.paid_back(hall, unit, found, actor=f"agent:{agent}", note=note)

    await _act(hall, refund_no, agent, key, "paid_by_hand", work, note)


async def conclude(
    hall: Hall, order_no: str, outcome: Outcome, delivered_fen: int, *, agent: str, key: str, note: str
) -> None:
    """Write the end that the supplier told a person; `note` says how it is known.

    `delivered_fen` counts for partial. Raises NotFound, NotNow.
    """

    async def work(unit: Unit) -> None:
        order = await find(hall.store, order_no)
        if order is None:
            raise NotFound(f"no order {order_no}")
        if order.state not in delivery.ASKED or order.stuck is None:
            raise NotNow(f"{order_no} is {order.state} and not stuck")
        if outcome == "partial" and not 0 < delivered_fen < order.paid_fen:
            raise NotNow(f"a part is worth more than nothing and less than {order.paid_fen}")
        answer = Answer(outcome, delivered_fen=delivered_fen if outcome == "partial" else 0)
        await delivery.take(hall, unit, order, answer, actor=f"agent:{agent}", note=note)

    await _act(hall, order_no, agent, key, f"conclude_{outcome}", work, note)


async def give_back(hall: Hall, provider: str, provider_no: str, *, agent: str, key: str) -> None:
    """Pay back what is held in suspense. Raises NotFound, NotNow."""

    async def work(unit: Unit) -> None:
        receipt = await receipts.get(hall.store, provider, provider_no)
        if receipt is None:
            raise NotFound(f"no payment {provider} {provider_no}")
        if receipt.purpose not in receipts.HELD:
            raise NotNow(f"{provider_no} is not held: {receipt.purpose}")
        kinds: tuple[cases.Kind, ...] = ("amount_differs", "unknown_order")
        unit.stage(receipts.changed(receipt, replace(receipt, purpose=receipts.GIVEN_BACK)), expect=1)
        order = await find(hall.store, receipt.payment_no)
        refund.start_beside(hall, unit, receipt, order)
        if order is not None and order.state == states.AWAIT_PAY and await _the_only_held(hall, receipt):
            flag(unit, order, None, now=hall.clock.now(), actor=f"agent:{agent}")
        cases.settle(unit, receipt.payment_no, "given back", now=hall.clock.now(), kinds=kinds)

    await _act(hall, f"{provider} {provider_no}"[:80], agent, key, "give_back", work)


async def close_case(hall: Hall, case_id: str, *, agent: str, key: str, note: str) -> None:
    """A case is dealt with; `note` says how. Raises NotFound, Conflict when it is closed already."""

    async def work(unit: Unit) -> None:
        await cases.close(hall, unit, case_id, agent, note)

    await _act(hall, case_id, agent, key, "close_case", work, note)


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


async def _act(
    hall: Hall, subject: str, agent: str, key: str, act: str, work: Callable[[Unit], Awaitable[None]], note: str = ""
) -> None:
    """Do the work and keep who did it, together and once; anew when somebody changed the same rows meanwhile."""
    done = select(money_acts.c.act).where(money_acts.c.subject == subject, money_acts.c.key == key)
    for attempt in range(TRIES):
        if await hall.store.one(done):
            return
        unit = hall.store.unit()
        kept = {"subject": subject, "key": key, "agent": agent, "act": act, "note": note or None}
        try:
            await work(unit)
            unit.stage(insert(money_acts).values(**kept, at=hall.clock.now()))
            await unit.commit()
        except Conflict:
            if attempt == TRIES - 1:
                raise
            continue
        return
