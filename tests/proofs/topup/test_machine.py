"""Whatever customers, notices, supplier, crashes and clock do: nobody loses money, nothing is doubled.

The machine itself is proved, too: `FAULTS` plants a mistake into the hall in each of many ways, and the
machine must find every one.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from hall.books.reconcile import reconcile
from hall.bss.supplier.port import DeliveryState
from hall.change import Change
from hall.clock import SHANGHAI
from hall.errors import Conflict, OutcomeUnknown, StoreUnavailable, Unavailable
from hall.payments.port import RefundState
from hall.policy import Policy
from hall.store.dispatcher import Dispatcher
from hall.store.tables import metadata
from hall.store.unit import Store, Unit
from hall.topup import back_office, delivery, jobs, orders, payment, refund, states
from hall.topup.back_office import Act
from hall.topup.job import Job
from hall.topup.orders import Order, Placing
from testing.topup_rig import FATES, Crash, Provider, Supplier, assert_nothing_lost, placed, statement
from tests.conftest import StillClock

T = TypeVar("T")
POLICY = Policy.load()
LINES = {"a": "13800138000", "b": "13800138001", "c": "13800138002"}
PAYERS = {"a": None, "b": LINES["b"], "c": LINES["a"]}  # nobody, for himself, for another line
TROUBLES = [OutcomeUnknown("lost"), Unavailable("supplier"), Crash("call")]
TROUBLE = st.tuples(st.sampled_from(["before", "after"]), st.sampled_from(TROUBLES))
NOTICES = st.sampled_from(["never", "once", "once", "twice", "other id"])


class Money(RuleBasedStateMachine):
    """Customers, notices, supplier, crashes and the clock, in any order."""

    placed = Bundle("placed")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
        self.store = Store(f"sqlite:///{self.folder.name}/hall.db")
        self.clock = StillClock(datetime(2026, 11, 15, 10, tzinfo=SHANGHAI))
        self.troubles: list[tuple[str, Exception]] = []
        self.provider = Provider(self.clock, self.trouble)
        self.supplier = Supplier(self.clock, self.trouble, price=lambda _: POLICY.packages[2].price_fen)
        self.untold: set[str] = set()  # payments of which no notice was sent yet
        self.hall: Any = SimpleNamespace(
            store=self.store, clock=self.clock, policy=POLICY, payments={"wechat": self.provider},
            supplier=self.supplier,
        )  # fmt: skip
        self.dispatcher = Dispatcher(self.store, self.clock)
        jobs.register(self.dispatcher, self.hall)
        self.run(self._create())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    async def _create(self) -> None:
        async with self.store.write() as connection:
            await connection.run_sync(metadata.create_all)

    def trouble(self, place: str, _call: str, _number: str) -> None:
        if self.troubles and self.troubles[0][0] == place:
            raise self.troubles.pop(0)[1]

    @rule(
        target=placed,
        confirmation=st.sampled_from("abc"),
        fate=st.sampled_from(FATES),
        told=NOTICES,
        pays=st.booleans(),
        trouble=st.none() | TROUBLE,
    )
    def confirm(self, confirmation: str, fate: str, told: str, pays: bool, trouble: Any) -> str:
        """By whatever device: the same confirmation is the same order. The first call of it may go wrong."""

        async def work() -> Order:
            unit = self.store.unit()
            wish = Placing(
                confirmation, "w:d:a", PAYERS[confirmation], LINES[confirmation], POLICY.packages[2], "wechat"
            )
            order = await orders.place(self.hall, unit, wish)
            await unit.commit()
            return order

        number = self.run(work()).order_no
        self.supplier.fates.setdefault(number, fate)
        if pays:
            self.pay(number, told, False, 0)
        if trouble:
            self.wait(0, [trouble], None)
        return number

    @rule(number=placed, told=NOTICES, again=st.booleans(), more=st.sampled_from([0, 0, 0, -1, 1]))
    def pay(self, number: str, told: str, again: bool, more: int) -> None:
        """By the page, in a second tab, with a wrong amount; the notice comes, comes twice, or not yet."""
        notice = self.provider.pay(number, POLICY.packages[2].price_fen + more, again=again)
        if told == "never":
            self.untold.add(notice.provider_no)
        for notice_id in {"never": [], "once": ["n"], "twice": ["n", "n"], "other id": ["n", "m"]}[told]:
            self.run(
                payment.record(self.hall, replace(notice, notice_id=notice_id + notice.provider_no), actor="notice")
            )

    @rule(number=placed, more=st.sampled_from([-1, 1]))
    def tell_wrong(self, number: str, more: int) -> None:
        """A notice with another amount than was paid, before or after the right one."""
        for notice in [n for n in self.provider.payments.values() if n.payment_no == number]:
            if notice.amount_fen + more == POLICY.packages[2].price_fen:
                continue  # a provider that vouches for the right amount is believed
            wrong = replace(notice, notice_id=f"w{more}{notice.provider_no}", amount_fen=notice.amount_fen + more)
            self.run(payment.record(self.hall, wrong, actor="notice"))
            self.untold.add(notice.provider_no)

    @rule(number=placed)
    def give_up(self, number: str) -> None:
        self.run(payment.cancel(self.hall, number))

    @rule(number=placed)
    def ask(self, number: str) -> None:
        """到账了吗: the provider is asked."""

        async def work() -> None:
            change = Change.begin(self.hall, self.store.unit(), "customer")
            order = await orders.find(self.store, number)
            assert order is not None
            orders.enqueue_job(change, order, Job("topup.query_payment", occasion="customer-7"))
            await change.unit.commit()

        self.run(work())

    @rule(number=placed, word=st.sampled_from(["truth", "truth", "processing"]))
    def call_back(self, number: str, word: str) -> None:
        """The supplier tells by itself, early, late, twice, or an older word after a newer one."""
        if number in self.supplier.taken:
            answer = self.supplier.answer(number) if word == "truth" else DeliveryState("processing")
            self.run(delivery.record_callback(self.hall, number, answer, actor="callback:s"))

    @rule(number=placed, how=st.sampled_from(["refuses", "slow"]))
    def refunds_go_badly(self, number: str, how: str) -> None:
        getattr(self.provider, how).add(f"P{number}A")

    @rule(
        minutes=st.sampled_from([0, 1, 1, 1, 20, 40, 600, 4400]),
        troubles=st.lists(TROUBLE, max_size=3),
        dies=st.sampled_from([None, None, "before", "after"]),
    )
    def wait(self, minutes: int, troubles: list[tuple[str, Exception]], dies: str | None) -> None:
        """The courier works, with answers that get lost and a process that dies at a commit."""
        self.troubles = list(troubles)
        self.clock.advance(timedelta(minutes=minutes))
        with dying(dies), suppress(Crash, StoreUnavailable):
            self.run(self.dispatcher.settle())
        self.troubles = []

    @invariant()
    def books_hold(self) -> None:
        self.run(self._audit(final=False))

    async def _audit(self, *, final: bool) -> None:
        await assert_nothing_lost(self.hall, self.provider, self.supplier, await placed(self.hall), final=final)

    def teardown(self) -> None:
        try:
            self.run(self._end())
        finally:
            self.run(self.store.close())
            self.loop.close()
            self.folder.cleanup()

    async def _end(self) -> None:
        """Everything gets its time, providers repeat what nobody took, people do what is theirs: then all is done."""
        self.provider.slow.clear()
        for number in self.untold:
            await payment.record(self.hall, self.provider.payments[number], actor="notice")
        for minutes in (0, 1, 10, 60, 240, *[24 * 60] * 5):
            self.clock.advance(timedelta(minutes=minutes))
            await self.dispatcher.settle()
        await self._people()
        for hours in (0, 1, 24):
            self.clock.advance(timedelta(hours=hours))
            await self.dispatcher.settle()
        await self._audit(final=True)
        report = await reconcile(self.hall, date(2026, 12, 31), statement(self.provider, self.supplier))
        assert report.differences == ()

    async def _people(self) -> None:
        """An agent asks the supplier by telephone and hands stuck refunds in; nobody else moves those."""
        self.provider.refuses.clear()
        for order in await placed(self.hall):
            if order.state == states.PROCESSING and order.stuck:
                worth = self.supplier.worth(order.order_no)
                end: Any = "succeeded" if worth == order.price_fen else "partial" if worth else "failed"
                await back_office.record_outcome(self.hall, order.order_no, end, worth, Act("ben", "k", "by phone"))
            for found in await refund.about(self.store, order.order_no):
                if found.state == refund.STUCK:
                    await back_office.resubmit(self.hall, found.refund_no, Act("ben", "k"))


class dying:
    """The process dies at the first commit: before it is done, or just after."""

    def __init__(self, when: str | None) -> None:
        self.when = when

    def __enter__(self) -> None:
        self.commit = commit = Unit.commit
        when, self.when = self.when, None

        async def once(unit: Unit) -> None:
            nonlocal when
            dies, when = when, None
            if dies == "before":
                raise StoreUnavailable("dies")
            await commit(unit)
            if dies == "after":
                raise Crash("commit")

        Unit.commit = once  # type: ignore[method-assign]

    def __exit__(self, *_: object) -> None:
        Unit.commit = self.commit  # type: ignore[method-assign]


CHECKS = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
TestMoney = Money.TestCase
TestMoney.settings = settings(
    max_examples=40, stateful_step_count=12, deadline=None, derandomize=True, suppress_health_check=CHECKS
)


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
    """When nobody knows whether the supplier has an order, it is handed in under another number."""
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
    _another_refund_number, _lost_is_failed, _not_found_is_failed, _receipts_by_notice, _any_amount,
    _delivery_not_booked, _part_refunds_all, _late_is_kept, _second_is_kept, _lost_refund_is_done,
    _refused_refund_is_done, _another_order_number, _nobody_asks_again, _paid_is_not_guarded,
    _limits_forget,
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__.strip("_"))
def test_the_machine_finds_a_fault_that_is_planted(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the books or the audit, or of a guard that the database or the table is; not some other error."""
    fault(monkeypatch)
    found = settings(
        max_examples=500, stateful_step_count=12, deadline=None, derandomize=True, suppress_health_check=CHECKS,
        phases=[Phase.generate], report_multiple_bugs=False, print_blob=False, database=None,
    )  # fmt: skip
    with pytest.raises((AssertionError, states.IllegalMove, back_office.NotNow, LookupError, Conflict)):
        run_state_machine_as_test(Money, settings=found)
