"""The proof of top-up as a state machine: customers, notices, supplier, crashes and the clock in any order.

Whatever they do, nobody loses money and nothing is doubled; `assert_nothing_lost` says what that means.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

from hypothesis import HealthCheck
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from hall.books.reconcile import reconcile
from hall.bss.supplier.port import DeliveryState
from hall.change import Change
from hall.clock import SHANGHAI
from hall.errors import OutcomeUnknown, StoreUnavailable, Unavailable
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
        ways, supplier = {"wechat": self.provider}, self.supplier
        self.hall: Any = SimpleNamespace(
            store=self.store, clock=self.clock, policy=POLICY, payments=ways, supplier=supplier
        )
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
        """The supplier calls back early, late, twice, or with an older state after a newer one."""
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
        """Messages are delivered, answers get lost, and the process dies at a commit."""
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
        """An agent asks the supplier by telephone and resubmits stuck refunds; nobody else moves those."""
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
