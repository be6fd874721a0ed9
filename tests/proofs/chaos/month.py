"""A month of orders with faults of every kind: what became of them, and whether a fen is unexplained.

    python -m tests.proofs.chaos.month [ORDERS]        (make month)

Each order is hit by each kind of fault with a chance of 5 %. Everything runs through the hall's own
dispatcher on a database in a file; only the systems outside and the clock are simulated. Once a day the books
are compared with the statements, and a person does what is a person's.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hall.books import audit, cases
from hall.books.ledger import balances
from hall.books.reconcile import reconcile
from hall.bss.supplier.port import DeliveryState
from hall.clock import SHANGHAI
from hall.errors import Conflict, OutcomeUnknown, StoreUnavailable, Unavailable
from hall.money import yuan
from hall.policy import Policy
from hall.store.dispatcher import Dispatcher
from hall.store.tables import metadata
from hall.store.unit import Store
from hall.topup import back_office, delivery, jobs, orders, payment, refund, states
from hall.topup.back_office import Act
from hall.topup.orders import Placing
from testing.topup_rig import Crash, Provider, Supplier, assert_nothing_lost, placed, statement
from tests.conftest import StillClock
from tests.proofs.topup.machine import dying

START = datetime(2026, 11, 1, tzinfo=SHANGHAI)
DAYS, TICK = 30, timedelta(minutes=2)
AFTER = 9  # days in which what began in the month comes to its end
CHANCE = 0.05
KINDS = (
    # the customer
    "never pays",
    "cancels",
    "confirms twice",
    "pays twice",
    "pays a fen less",
    "pays after the end",
    # the provider
    "notice lost",
    "notice twice",
    "notice late",
    "notice wrong",
    "provider down",
    "refund answer lost",
    "refund lost",
    "refund slow",
    "refund refused",
    # the supplier
    "submit lost before",
    "submit lost after",
    "supplier down",
    "query lost",
    "in transit",
    "fails",
    "delivers a part",
    "says nothing",
    "calls back twice",
    "calls back late",
    # the hall's own process
    "dies before a commit",
    "dies after a commit",
)
Step = Callable[[], Awaitable[Any]]


@dataclass
class Month:
    """The simulation; `run` it once."""

    count: int
    seed: int = 20261101
    plans: dict[str, set[str]] = field(default_factory=dict)  # order number → its faults
    spent: set[tuple[str, str]] = field(default_factory=set)  # faults that hit once
    asked: Counter[str] = field(default_factory=Counter)  # cases that a person dealt with, by kind
    differing: int = 0

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.folder = tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
        self.clock = StillClock(START)
        self.policy = Policy.load()
        self.store = Store(f"sqlite:///{self.folder.name}/month.sqlite")
        self.provider = Provider(self.clock, self.trouble)
        self.prices: dict[str, int] = {}
        self.supplier = Supplier(self.clock, self.trouble, price=lambda number: self.prices[number])
        ways, supplier = {"wechat": self.provider}, self.supplier
        self.hall: Any = SimpleNamespace(
            store=self.store, clock=self.clock, policy=self.policy, payments=ways, supplier=supplier
        )
        self.dispatcher = Dispatcher(self.store, self.clock)
        jobs.register(self.dispatcher, self.hall)
        self.events: list[tuple[datetime, int, Step]] = []
        self.dies: str | None = None

    async def run(self) -> None:
        """Play the month and the days after it, to the end of every order."""
        async with self.store.write() as connection:
            await connection.run_sync(metadata.create_all)
        for number in range(self.count):
            self.at(START + timedelta(seconds=self.rng.randrange(DAYS * 86400)), lambda n=number: self.order(n))
        for day in range(1, DAYS + AFTER):
            self.at(START + timedelta(days=day, hours=9), lambda d=day: self.morning(d))
        now = START
        while now < START + timedelta(days=DAYS + AFTER):
            now += TICK
            while self.events and self.events[0][0] <= now:
                at, _, step = heapq.heappop(self.events)
                self.clock._now = at
                await step()
            self.clock._now = now
            await self.work()

    def at(self, when: datetime, step: Step) -> None:
        heapq.heappush(self.events, (when, len(self.events) + self.rng.randrange(10**9), step))

    def soon(self, step: Step, **span: float) -> None:
        self.at(self.clock.now() + timedelta(**span), step)

    async def work(self) -> None:
        """Deliver what is due; a process that dies is started again."""
        dies, self.dies = self.dies, None
        if dies:
            with dying(dies), suppress(Crash, StoreUnavailable):
                await self.dispatcher.settle()
        await self.dispatcher.settle()

    def trouble(self, place: str, call: str, number: str) -> None:
        for fault, where, what, error in (
            ("provider down", "before", "query_payment", Unavailable("payment")),
            ("refund lost", "before", "refund", OutcomeUnknown("lost")),
            ("refund answer lost", "after", "refund", OutcomeUnknown("lost")),
            ("submit lost before", "before", "submit", OutcomeUnknown("lost")),
            ("submit lost after", "after", "submit", OutcomeUnknown("lost")),
            ("supplier down", "before", "submit", Unavailable("supplier")),
            ("query lost", "before", "query", OutcomeUnknown("lost")),
        ):
            if (place, call) == (where, what) and self.hits(number, fault):
                raise error

    def hits(self, number: str, fault: str) -> bool:
        """Whether the fault was planned for the order and has not happened yet."""
        if fault not in self.plans.get(number, ()) or (number, fault) in self.spent:
            return False
        self.spent.add((number, fault))
        return True

    async def order(self, n: int) -> None:
        """A customer orders; the rest of his story is planned."""
        faults = {kind for kind in KINDS if self.rng.random() < CHANCE}
        package = self.rng.choice(self.policy.packages)
        wish = Placing(f"c{n}", f"web:a:{n}", None, f"138{n:08d}", package, "wechat")
        for _ in range(2 if "confirms twice" in faults else 1):
            unit = self.store.unit()
            placing = await orders.place(self.hall, unit, wish)
            await unit.commit()
        number = placing.order_no
        self.plans[number], self.prices[number] = faults, package.price_fen
        fates = {"fails": "fail", "delivers a part": "partial", "says nothing": "silent", "in transit": "transit"}
        self.supplier.fates[number] = next((fates[k] for k in KINDS if k in fates and k in faults), "deliver")
        if "cancels" in faults:
            self.soon(lambda: self.retried(lambda: payment.cancel(self.hall, number)), minutes=self.rng.randrange(20))
        if "never pays" not in faults:
            late = 40 if "pays after the end" in faults else 0
            self.soon(lambda: self.pay(number), minutes=late + self.rng.randrange(1, 25))

    async def pay(self, number: str) -> None:
        faults, price = self.plans[number], self.prices[number]
        less = 1 if "pays a fen less" in faults else 0
        notice = self.provider.pay(number, price - less)
        if "refund refused" in faults:
            self.provider.refuses.add(notice.provider_no)
        if "refund slow" in faults:
            self.provider.slow.add(notice.provider_no)
            self.soon(lambda: self.fast(notice.provider_no), hours=self.rng.randrange(1, 60))
        if "notice wrong" in faults:
            self.tell(replace(notice, notice_id=f"W{number}", amount_fen=price + 7), seconds=3)
        if "notice lost" not in faults:
            wait = 3600 * 3 if "notice late" in faults else 5
            for copy in range(2 if "notice twice" in faults else 1):
                self.tell(notice, seconds=wait + copy)
        if "pays twice" in faults:
            self.tell(self.provider.pay(number, price, again=True), seconds=self.rng.randrange(1, 7200))
        for fault, minutes in (("calls back twice", 4), ("calls back twice", 6), ("calls back late", 3000)):
            if fault in faults:
                self.soon(lambda: self.call_back(number), minutes=minutes)
        for fault, when in (("dies before a commit", "before"), ("dies after a commit", "after")):
            if fault in faults:
                self.dies = when

    def tell(self, notice: Any, **span: float) -> None:
        self.soon(lambda: self.retried(lambda: payment.record(self.hall, notice, actor="notice:demo")), **span)

    async def call_back(self, number: str) -> None:
        answer = self.supplier.answer(number)
        if answer.status != "not_found":
            word = answer if self.rng.random() < 0.8 else DeliveryState("processing")
            await self.retried(lambda: delivery.record_callback(self.hall, number, word, actor="callback:s"))

    async def fast(self, provider_no: str) -> None:
        self.provider.slow.discard(provider_no)

    async def retried(self, work: Step) -> None:
        with suppress(Conflict):
            await work()

    async def morning(self, day: int) -> None:
        """Yesterday's statements are compared; a person works off the queue."""
        end = START + timedelta(days=day)
        files = statement(self.provider, self.supplier, end - timedelta(days=1), end)
        report = await reconcile(self.hall, (end - timedelta(days=1)).date(), files)
        self.differing += len(report.differences)
        for case in await cases.queue(self.store):
            self.asked[case.kind] += 1
            await self.decide(case, f"{case.id}{day}"[:80])

    async def decide(self, case: cases.Case, key: str) -> None:
        """Act as an agent would: ask again, resubmit, return a payment, record an outcome, close a case."""
        number = case.facts.get("order_no", case.subject)
        if case.kind == "refund_stuck":
            self.provider.refuses.discard(case.facts["provider_no"])
            await back_office.resubmit(self.hall, case.subject, Act("ben", key))
        elif case.kind in ("amount_differs", "unknown_order"):
            await back_office.return_payment(
                self.hall, case.facts["provider"], case.facts["provider_no"], Act("ben", key)
            )
        elif case.kind == "outcome_unknown":
            worth = self.supplier.worth(number)
            end: Any = "succeeded" if worth == self.prices[number] else "partial" if worth else "failed"
            await back_office.record_outcome(self.hall, number, end, worth, Act("ben", key, "by telephone"))
        else:
            await back_office.query_again(self.hall, number, Act("ben", key))
            if self.clock.now() - case.opened_at > timedelta(days=2):
                await back_office.close_case(self.hall, case.id, Act("ben", key, "looked into"))

    async def prove(self) -> int:
        """Nothing is lost or doubled, and everything has ended; returns the unexplained fen."""
        all_orders = await placed(self.hall)
        assert len(all_orders) == self.count
        await assert_nothing_lost(self.hall, self.provider, self.supplier, all_orders, final=True)
        report = await reconcile(self.hall, date(2026, 12, 31), statement(self.provider, self.supplier))
        return audit.total(await audit.unexplained(self.store)) + sum(
            abs((d.ours_fen or 0) - (d.theirs_fen or 0)) for d in report.differences
        )

    async def ends(self) -> dict[str, Counter[str]]:
        """How many orders came to which state: of all, and of those that a fault hit."""
        all_orders = await placed(self.hall)
        found = {"all orders": Counter(o.state for o in all_orders)}
        for kind in KINDS:
            found[kind] = Counter(o.state for o in all_orders if kind in self.plans[o.order_no])
        return found

    async def facts(self) -> Counter[str]:
        """Further numbers of the table."""
        all_orders = await placed(self.hall)
        beside = [r for o in all_orders for r in await refund.about(self.store, o.order_no) if not r.of_the_order]
        found = Counter({f"a person: {kind}": number for kind, number in self.asked.items()})
        found["refunded in part"] = sum(1 for o in all_orders if o.state == states.REFUNDED and o.delivered_fen)
        found["payments beside an order, paid back"] = len(beside)
        found["differences to daily statements"] = self.differing
        return found

    async def close(self) -> None:
        await self.store.close()
        self.folder.cleanup()


@dataclass
class Part:
    """What one process found of its share of the orders."""

    ends: dict[str, Counter[str]]
    facts: Counter[str]
    balances: Counter[str]
    unexplained: int


def play(count: int, seed: int) -> Part:
    """A share of the month's orders, in a hall of its own."""

    async def run() -> Part:
        month = Month(count, seed)
        try:
            await month.run()
            unexplained = await month.prove()
            return Part(await month.ends(), await month.facts(), Counter(await balances(month.store)), unexplained)
        finally:
            await month.close()

    return asyncio.run(run())


def table(parts: list[Part]) -> str:
    """What became of the orders, of all and by the fault that hit them; and the balances."""
    names = ("all orders", *KINDS)
    ends = {name: sum((part.ends[name] for part in parts), Counter()) for name in names}
    seen = [state for state in states.STATES if ends["all orders"][state]]
    lines = [f"{'':<24}" + "".join(f"{state:>11}" for state in seen)]
    lines += [f"{name:<24}" + "".join(f"{ends[name][state]:>11}" for state in seen) for name in names]
    facts: Counter[str] = sum((part.facts for part in parts), Counter())
    lines += ["", *(f"{name:<40}{number:>8}" for name, number in sorted(facts.items())), ""]
    accounts = sorted({account for part in parts for account in part.balances})
    return "\n".join(lines + [f"{a:<40}{yuan(sum(part.balances[a] for part in parts)):>12}" for a in accounts])


def main(count: int) -> int:
    """Play a month on all processors and print what became of it; returns the unexplained fen."""
    began, shares = time.monotonic(), os.cpu_count() or 1
    counts = [count // shares + (1 if share < count % shares else 0) for share in range(shares)]
    with ProcessPoolExecutor(shares, initializer=logging.disable) as pool:
        parts = list(pool.map(play, counts, range(20261101, 20261101 + shares)))
    unexplained = sum(part.unexplained for part in parts)
    print(table(parts))
    print(f"\n{count} orders in {time.monotonic() - began:.0f} s; unexplained fen: {unexplained}")
    return unexplained


if __name__ == "__main__":
    sys.exit(1 if main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000) else 0)
