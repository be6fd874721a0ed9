"""Whatever customers, notices, supplier, crashes and clock do: nobody loses money, nothing is doubled."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Coroutine
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from sqlalchemy import select

from hall.bss.supplier.port import Answer, Delivery
from hall.clock import SHANGHAI
from hall.errors import OutcomeUnknown, Unavailable
from hall.payments.port import Notice, PaymentState, Refund, RefundState
from hall.policy import Policy
from hall.store.outbox import Courier
from hall.store.tables import metadata
from hall.store.tables import topup as tables
from hall.store.unit import Store
from hall.topup import orders, paying, refunding, saga
from hall.topup.courier import register
from hall.topup.orders import Order, Placing
from tests.conftest import StillClock

T = TypeVar("T")
TOLD = st.sampled_from(["once", "twice", "other id", "never", "unpaid"])
FAULTS = [OutcomeUnknown("lost"), Unavailable("supplier"), KeyError("crash")]
RESTING = {saga.SUCCEEDED, saga.REFUNDED, saga.EXPIRED, saga.CANCELLED}
POLICY = Policy.load(Path(__file__).parents[3] / "data" / "policy")


class World:
    """Provider and supplier: what really happened there, whatever was answered."""

    provider = "demo"

    def __init__(self, clock: StillClock) -> None:
        self.clock = clock
        self.paid: dict[str, int] = {}
        self.refunds: dict[str, int] = {}
        self.fate: dict[str, str] = {}  # deliver | fail | silent
        self.taken: Counter[str] = Counter()  # orders that the supplier works on
        self.faults: list[Exception] = []
        self.lose_before = False

    def _fault(self) -> None:
        if self.faults:
            raise self.faults.pop(0)

    async def query(self, number: str) -> Any:
        self._fault()
        if number.startswith("T") and number in self.taken:
            fate = self.fate.get(number, "deliver")
            return Answer({"deliver": "succeeded", "fail": "failed"}.get(fate, "processing"))  # type: ignore[arg-type]
        return Answer("not_found")

    async def submit(self, delivery: Delivery) -> Answer:
        if self.lose_before:
            self._fault()
        self.taken[delivery.order_no] = 1
        self._fault()
        return Answer("accepted", "S")


class Provider(World):
    """The provider's face of the world: its `query` is about payments."""

    def __init__(self, world: World) -> None:
        self.__dict__ = world.__dict__

    async def query(self, number: str) -> PaymentState:
        self._fault()
        if number not in self.paid:
            return PaymentState("unpaid")
        return PaymentState("paid", self.notice(number, f"N{number}"))

    def notice(self, number: str, notice_id: str, more: int = 0) -> Notice:
        return Notice("demo", notice_id, number, self.paid[number] + more, f"X{number}", self.clock.now())

    async def refund(self, refund: Refund) -> RefundState:
        if self.lose_before:
            self._fault()
        assert self.refunds.setdefault(refund.refund_no, refund.amount_fen) == refund.amount_fen
        assert refund.amount_fen <= self.paid[refund.payment_no]
        self._fault()
        return RefundState("done")

    async def query_refund(self, refund: Refund) -> RefundState:
        self._fault()
        return RefundState("done" if refund.refund_no in self.refunds else "failed")


class Money(RuleBasedStateMachine):
    """Customers, notices, supplier, crashes and the clock, in any order."""

    placed = Bundle("placed")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
        self.store = Store(f"sqlite:///{self.folder.name}/hall.db")
        self.clock = StillClock(datetime(2026, 11, 15, 10, tzinfo=SHANGHAI))
        self.world = World(self.clock)
        self.pay_side = Provider(self.world)
        self.hall: Any = SimpleNamespace(
            store=self.store, clock=self.clock, policy=POLICY, payments={"wechat": self.pay_side}, supplier=self.world
        )
        self.courier = Courier(self.store, self.clock)
        register(self.courier, self.hall)
        self.run(self._create())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    async def _create(self) -> None:
        async with self.store.write() as connection:
            await connection.run_sync(metadata.create_all)

    @rule(
        target=placed,
        confirmation=st.sampled_from("abc"),
        fate=st.sampled_from(["deliver", "deliver", "fail", "silent"]),
        told=TOLD,
    )
    def confirm(self, confirmation: str, fate: str, told: str) -> str:
        async def work() -> Order:
            unit = self.store.unit()
            package = POLICY.packages[2]
            order = await orders.place(
                self.hall, unit, Placing(confirmation, "w:d:a", None, "13800138000", package, "wechat")
            )
            await unit.commit()
            return order

        number = self.run(work()).order_no
        self.world.fate.setdefault(number, fate)
        if told != "unpaid":
            self._pay(number, told)
        return number

    @rule(number=placed, told=TOLD.filter(lambda told: told != "unpaid"))
    def pay(self, number: str, told: str) -> None:
        self._pay(number, told)

    def _pay(self, number: str, told: str) -> None:
        self.world.paid.setdefault(number, POLICY.packages[2].price_fen)
        for notice_id in {"never": [], "once": ["n"], "twice": ["n", "n"], "other id": ["n", "m"]}[told]:
            self.run(paying.take(self.hall, self.pay_side.notice(number, notice_id + number), actor="notice"))

    @rule(number=placed, more=st.sampled_from([-1, 1]))
    def forge(self, number: str, more: int) -> None:
        if number in self.world.paid:
            notice = self.pay_side.notice(number, f"f{more}{number}", more)
            assert self.run(paying.take(self.hall, notice, actor="notice")) == "amount_differs"

    @rule(number=placed)
    def give_up(self, number: str) -> None:
        self.run(paying.cancel(self.hall, number))

    @rule(
        minutes=st.sampled_from([0, 1, 1, 1, 20, 40, 600]),
        faults=st.lists(st.sampled_from(FAULTS), max_size=3),
        before=st.booleans(),
    )
    def wait(self, minutes: int, faults: list[Exception], before: bool) -> None:
        self.world.faults, self.world.lose_before = list(faults), before
        self.clock.advance(timedelta(minutes=minutes))
        self.run(self.courier.settle())

    def _orders(self) -> list[Order]:
        return [Order.of(row) for row in self.run(self.store.all(select(tables.orders)))]

    @invariant()
    def books_hold(self) -> None:
        for order in self._orders():
            back = self.world.refunds.get(refunding.refund_no(order), 0)
            assert order.refunded_fen <= back <= order.paid_fen <= self.world.paid.get(order.order_no, 0)
            if order.state == saga.SUCCEEDED:
                assert not back
                assert self.world.fate[order.order_no] == "deliver"
            if back:
                assert not (self.world.taken[order.order_no] and self.world.fate[order.order_no] != "fail")

    def teardown(self) -> None:
        self.world.faults = []
        for number in self.world.paid:  # a provider repeats its notices until they are taken
            self.run(paying.take(self.hall, self.pay_side.notice(number, f"last{number}"), actor="notice"))
        for _ in range(12):
            self.clock.advance(timedelta(hours=8))
            self.run(self.courier.settle())
        for order in self._orders():
            assert order.state in RESTING or (order.state == saga.PROCESSING and order.stuck), order
            paid = self.world.paid.get(order.order_no, 0)
            assert paid == order.paid_fen
            if paid and order.state != saga.PROCESSING:
                assert (order.state == saga.SUCCEEDED) != (self.world.refunds.get(refunding.refund_no(order)) == paid)
        self.run(self.store.close())
        self.loop.close()
        self.folder.cleanup()


TestMoney = Money.TestCase
TestMoney.settings = settings(
    max_examples=18,
    stateful_step_count=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
