"""Whether all is well in a database after the faults: all answered once, in order, and the money where it belongs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Row, Table, select

from hall.books.audit import unexplained
from hall.store.tables.accounts import bss_credits
from hall.store.tables.core import inbox, messages, outbox
from hall.store.tables.topup import demo_payments, demo_refunds, notices, order_events, orders
from hall.store.unit import Store
from tests.proofs.chaos.customers import Ledger
from tests.proofs.chaos.gateway import Gateway

PUSHED = ("sms:kannel", "sms:signed")
TO_COME = ("due", "held")
TOLD = {"SUCCEEDED": "succeeded", "REFUNDED": "refunded", "EXPIRED": "expired", "CANCELLED": "cancelled"}
UNPAID = ("AWAIT_PAY", "EXPIRED")
ENDS = {"succeed": ("SUCCEEDED",), "fail": ("REFUNDED",)}  # by what the customer chose on the payment page
OPEN = ("PAID", "SUBMITTING", "PROCESSING", "REFUNDING")  # paid, and not at its end yet: unless a person has it


async def waiting(store: Store) -> list[str]:
    """Messages that have no answer, and orders that were paid for and have not come to their end."""
    new = select(inbox.c.conversation, inbox.c.message_id).where(inbox.c.state == "new")
    paid = select(demo_payments.c.payment_no).where(demo_payments.c.state == "paid")
    unheard = (orders.c.paid_fen == 0) & orders.c.order_no.in_(paid)
    running = orders.c.state.in_(OPEN) & orders.c.stuck.is_(None)
    late = await store.all(select(orders.c.order_no, orders.c.state).where(running | unheard))
    unsent = select(outbox.c.conversation, outbox.c.key).where(outbox.c.kind.in_(PUSHED), outbox.c.state.in_(TO_COME))
    return [*map(" ".join, await store.all(new)), *map(" ".join, late), *map(" ".join, await store.all(unsent))]


@dataclass(frozen=True)
class Outside:
    """What the others know, by order: fen that the provider took and gave back, how often the supplier delivered."""

    taken: Mapping[str, int]
    returned: Mapping[str, int]
    delivered: Mapping[str, int]


async def problems(store: Store, outside: Outside | None = None) -> list[str]:
    """What is wrong, in words; nothing when all is well. `outside`: in the demonstration, what its tables say."""
    return [
        *await _answered_once(store),
        *await _orders_moved_by_the_book(store),
        *await _told_once(store),
        *await _money(store, outside or await _demonstration(store)),
        *await ledger(store),
    ]


async def seen(store: Store, customers: Ledger) -> list[str]:
    """What the customers saw and the database does not say: each who ordered has one order, with the end he chose."""
    found = []
    for name in customers.ordered:
        his = orders.c.conversation.in_((f"rest:rest:{name}", f"sms:kannel:{name}"))
        states = [row.state for row in await store.all(select(orders.c.state).where(his))]
        wanted = ENDS[customers.paid[name]] if name in customers.paid else UNPAID
        if len(states) != 1 or states[0] not in wanted:
            found.append(f"{name}: has orders {states}, not one of {wanted}")
    return found


async def went_out(store: Store, gateway: Gateway) -> list[str]:
    """What left otherwise than it should: every text once, in an answer or pushed.

    Also where the hall died before it noted that the gateway had a text: the gateway's report tells the next one.
    """
    found, expected = [], set()
    for row in await store.all(select(outbox).where(outbox.c.kind.in_(PUSHED))):
        if row.state not in ("sent", "delivered"):
            found.append(f"{row.conversation}: {row.key} is {row.state}: {row.error}")
        elif row.receipt != "answered":
            expected |= {(row.conversation, row.key, index) for index in range(row.body.get("texts", 1))}
    found += [f"{text} did not go out" for text in expected - gateway.pushed.keys()]
    found += [f"{text} was pushed, and given in an answer" for text in gateway.pushed.keys() - expected]
    for text, moments in gateway.pushed.items():
        if len(moments) > 1:
            found.append(f"{text} was pushed {len(moments)} times")
    return found


async def ledger(store: Store) -> list[str]:
    """What the books do not explain."""
    return [str(difference) for difference in await unexplained(store)]


async def _answered_once(store: Store) -> list[str]:
    """Every message of a customer is in the log once, in the order of arrival, with its replies behind it."""
    found = []
    lines = await _grouped(store, messages, messages.c.seq)
    for conversation, rows in (await _grouped(store, inbox, inbox.c.arrival)).items():
        log = [(line.author, line.client_id or line.text) for line in lines.get(conversation, ())]
        expected = []
        for row in rows:
            if row.state == "new":
                found.append(f"{conversation}: {row.message_id} has no answer")
            if row.state == "failed":
                found.append(f"{conversation}: {row.message_id} was answered with an apology")
            if row.kind != "event":
                expected.append(("customer", row.message_id))
            expected += [("bot", reply["text"]) for reply in row.replies or ()]
        if log != expected:
            found.append(f"{conversation}: the log is {log}, not {expected}")
    return found


async def _told_once(store: Store) -> list[str]:
    """Who has paid was told how it ended, once."""
    found = []
    events = await store.all(select(inbox.c.conversation, inbox.c.message_id).where(inbox.c.kind == "event"))
    told = Counter((row.conversation, *row.message_id.split(":")[1:3]) for row in events)
    for order in await store.all(select(orders).where(orders.c.state.in_(tuple(TOLD)))):
        count = told[order.conversation, order.order_no, f"utter_topup_{TOLD[order.state]}"]
        if count != 1:
            found.append(f"{order.order_no}: {order.state}, told {count} times")
    return found


async def _orders_moved_by_the_book(store: Store) -> list[str]:
    """An order's history is one chain that ends in its state; it is placed and paid at most once."""
    found = []
    states = {row.order_no: row for row in await store.all(select(orders))}
    events = await _grouped(store, order_events, order_events.c.version, order_events.c.order_no)
    for number, order in states.items():
        history = events.get(number, [])
        chain = [event.after for event in history]
        if [event.before for event in history] != [None, *chain[:-1]] or chain[-1:] != [order.state]:
            found.append(f"{number}: the history {chain} does not lead to {order.state}")
        causes = Counter(event.cause for event in history)
        if causes["paid"] + causes["paid_late"] != bool(order.paid_fen) or causes["refunded"] > 1:
            found.append(f"{number}: {dict(causes)} with {order.paid_fen} fen paid")
    return found + [f"{number}: history of no order" for number in events.keys() - states.keys()]


async def _money(store: Store, outside: Outside) -> list[str]:
    """What the provider took, the hall has booked; what was not delivered went back; what was, was credited once."""
    found = []
    booked = Counter(row.payment_no for row in await _all(store, notices) if row.outcome in ("paid", "late"))
    for order in await _all(store, orders):
        number = order.order_no
        taken, returned = outside.taken.get(number, 0), outside.returned.get(number, 0)
        delivered = outside.delivered.get(number, 0)
        if taken != order.paid_fen:
            found.append(f"{number}: the provider took {taken} fen, {order.paid_fen} are booked")
        if returned != order.refunded_fen:
            found.append(f"{number}: the provider gave back {returned} fen, {order.refunded_fen} are booked")
        if delivered != (order.state == "SUCCEEDED"):
            found.append(f"{number}: credited {delivered} times in {order.state}")
        if booked[number] > 1:
            found.append(f"{number}: booked {booked[number]} times")
    return found


async def _demonstration(store: Store) -> Outside:
    taken: Counter[str] = Counter()
    returned: Counter[str] = Counter()
    for row in await _all(store, demo_payments):
        taken[row.payment_no] += row.amount_fen if row.state == "paid" else 0
    for row in await _all(store, demo_refunds):
        returned[row.payment_no] += row.amount_fen
    return Outside(taken, returned, Counter(row.key for row in await _all(store, bss_credits)))


async def _all(store: Store, table: Table) -> Iterable[Row[Any]]:
    return await store.all(select(table))


async def _grouped(store: Store, table: Table, order: Any, by: Any = None) -> dict[str, list[Row[Any]]]:
    key = table.c.conversation if by is None else by
    rows = await store.all(select(table).order_by(key, order))
    return {name: list(group) for name, group in groupby(rows, lambda row: str(getattr(row, key.name)))}
