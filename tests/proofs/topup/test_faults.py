"""The proof is proved: a mistake planted into the hall in each of many ways is found by the state machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from hall.bss.supplier.port import DeliveryState
from hall.errors import Conflict, OutcomeUnknown, Unavailable
from hall.payments.port import RefundState
from hall.policy import Policy
from hall.topup import back_office, delivery, jobs, orders, payment, refund, states
from hall.topup.orders import Order
from testing.topup_rig import Crash, Provider, Supplier
from tests.proofs.topup.machine import CHECKS, Money

T = TypeVar("T")
POLICY = Policy.load()
LINES = {"a": "13800138000", "b": "13800138001", "c": "13800138002"}
PAYERS = {"a": None, "b": LINES["b"], "c": LINES["a"]}  # nobody, for himself, for another line
TROUBLES = [OutcomeUnknown("lost"), Unavailable("supplier"), Crash("call")]
TROUBLE = st.tuples(st.sampled_from(["before", "after"]), st.sampled_from(TROUBLES))
NOTICES = st.sampled_from(["never", "once", "once", "twice", "other id"])


Fault = Callable[[pytest.MonkeyPatch], None]


def _another_refund_number(patch: pytest.MonkeyPatch) -> None:
    """Each time that it is asked for, a refund gets another number."""
    number = iter(range(10**6))
    asked: Any = refund.Refunding.asked
    patch.setattr(
        refund.Refunding, "asked", property(lambda self: replace(asked.fget(self), refund_no=f"R{next(number)}"))
    )


def _lost_is_failed(patch: pytest.MonkeyPatch) -> None:
    """An answer that was lost is taken for a failure."""
    _supplier_says(patch, lambda answer: answer, lost=DeliveryState("failed", reason="timeout"))


def _not_found_is_failed(patch: pytest.MonkeyPatch) -> None:
    """What the supplier does not find is taken for a failure."""
    _supplier_says(patch, lambda answer: DeliveryState("failed") if answer.status == "not_found" else answer)


def _supplier_says(
    patch: pytest.MonkeyPatch, mapped: Callable[[DeliveryState], DeliveryState], lost: DeliveryState | None = None
) -> None:
    for name in ("submit", "query"):
        real = getattr(Supplier, name)

        async def said(self: Supplier, given: Any, real: Any = real) -> DeliveryState:
            try:
                return mapped(await real(self, given))
            except OutcomeUnknown:
                if lost is None:
                    raise
                return lost

        patch.setattr(Supplier, name, said)


def _receipts_by_notice(patch: pytest.MonkeyPatch) -> None:
    """A payment is known by the number of the notice, not by its own."""
    record: Any = payment._record

    async def by_notice(change: Any, notice: Any) -> Any:
        return await record(change, replace(notice, provider_no=notice.notice_id))

    patch.setattr(payment, "_record", by_notice)


def _any_amount(patch: pytest.MonkeyPatch) -> None:
    """A payment of another amount is taken for the order's."""
    receipt: Any = payment._receipt

    def as_asked(change: Any, order: Any, notice: Any) -> Any:
        return receipt(change, order, replace(notice, amount_fen=order.price_fen) if order else notice)

    patch.setattr(payment, "_receipt", as_asked)


def _delivery_not_booked(patch: pytest.MonkeyPatch) -> None:
    """What was delivered is missing in the books."""
    patch.setattr(delivery, "_book", lambda *_: None)


def _part_refunds_all(patch: pytest.MonkeyPatch) -> None:
    """A delivery in part is refunded whole."""
    end: Any = delivery._end

    async def whole(change: Any, order: Any, reported: DeliveryState, note: Any) -> Any:
        failed = DeliveryState("failed") if reported.status == "partial" else reported
        return await end(change, order, failed, note)

    patch.setattr(delivery, "_end", whole)


def _late_is_kept(patch: pytest.MonkeyPatch) -> None:
    """A payment of an order that had ended is not taken notice of."""
    record: Any = payment._record

    async def deaf(change: Any, notice: Any) -> Any:
        order = await orders.find(change.unit, notice.payment_no)
        return "repeat" if order and order.state in ("EXPIRED", "CANCELLED") else await record(change, notice)

    patch.setattr(payment, "_record", deaf)


def _second_is_kept(patch: pytest.MonkeyPatch) -> None:
    """A second payment is taken for a repeat of the first."""
    record: Any = payment._record

    async def deaf(change: Any, notice: Any) -> Any:
        order = await orders.find(change.unit, notice.payment_no)
        return "repeat" if order and order.paid_fen else await record(change, notice)

    patch.setattr(payment, "_record", deaf)


def _lost_refund_is_done(patch: pytest.MonkeyPatch) -> None:
    """A refund whose answer was lost is taken for done."""
    real: Any = Provider.refund

    async def said(self: Provider, found: Any) -> RefundState:
        try:
            return await real(self, found)  # type: ignore[no-any-return]
        except (OutcomeUnknown, Unavailable):
            return RefundState("done")

    patch.setattr(Provider, "refund", said)


def _refused_refund_is_done(patch: pytest.MonkeyPatch) -> None:
    """A refund that the provider refuses is taken for done."""
    real: Any = Provider.refund

    async def said(self: Provider, found: Any) -> RefundState:
        answer = await real(self, found)
        return RefundState("done") if answer.status == "failed" else answer

    patch.setattr(Provider, "refund", said)


def _another_order_number(patch: pytest.MonkeyPatch) -> None:
    """When nobody knows whether the supplier has an order, it is submitted under another number."""
    count = iter(range(10**6))
    delivery: Any = jobs._delivery
    patch.setattr(jobs, "_delivery", lambda order: replace(delivery(order), order_no=f"{order.order_no}{next(count)}"))


def _nobody_asks_again(patch: pytest.MonkeyPatch) -> None:
    """What is still under way is asked for once."""
    patch.setattr(jobs, "_ask_again", lambda *_: None)

    async def asleep(*_: Any) -> None:
        return

    patch.setitem(jobs.HANDLERS, "topup.watch", asleep)


def _paid_is_not_guarded(patch: pytest.MonkeyPatch) -> None:
    """A payment is booked on its order, and the order does not move."""
    real: Any = payment.move

    def still(change: Any, order: Order, cause: str, **values: Any) -> Order:
        return order if cause == "paid" else real(change, order, cause, **values)

    patch.setattr(payment, "move", still)


def _limits_forget(patch: pytest.MonkeyPatch) -> None:
    """What failed goes on counting towards the limits of its lines."""
    patch.setattr(states, "COUNTS", states.COUNTS | dict.fromkeys(("REFUNDING", "REFUNDED"), "running"))


FAULTS: list[Fault] = [
    _another_refund_number,
    _lost_is_failed,
    _not_found_is_failed,
    _receipts_by_notice,
    _any_amount,
    _delivery_not_booked,
    _part_refunds_all,
    _late_is_kept,
    _second_is_kept,
    _lost_refund_is_done,
    _refused_refund_is_done,
    _another_order_number,
    _nobody_asks_again,
    _paid_is_not_guarded,
    _limits_forget,
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__.strip("_"))
def test_the_machine_finds_a_fault_that_is_planted(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the books or the audit, or of a guard that the database or the table is; not some other error."""
    fault(monkeypatch)
    found = settings(
        max_examples=500,
        stateful_step_count=12,
        deadline=None,
        derandomize=True,
        suppress_health_check=CHECKS,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        print_blob=False,
        database=None,
    )
    with pytest.raises((AssertionError, states.IllegalMove, back_office.NotNow, LookupError, Conflict)):
        run_state_machine_as_test(Money, settings=found)
