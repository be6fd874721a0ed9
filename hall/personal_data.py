"""Where data about customers is: every table, how a line's rows are found in it, and what becomes of them.

`yingting export`, `yingting erase` and the customer's own wish go by this list; a test walks the tables and fails on
one that is not here.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, false, or_, select

from hall.errors import HallError
from hall.store.tables import accounts, books, core, desk, documents, files, review, tickets, topup
from hall.store.unit import Store

FINAL = ("SUCCEEDED", "REFUNDED", "EXPIRED", "CANCELLED")  # states of orders in which nothing moves any more
FINISHED = ("sent", "delivered", "dead")  # states of the outbox in which nothing is sent any more


class StillOpen(HallError):
    """Something of the line is under way: erasing it now would lose it."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose data: a line, if one is known, its conversations and its orders."""

    line: str | None
    conversations: tuple[str, ...]
    orders: tuple[str, ...] = ()
    handoffs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Holding:
    """A table with data about customers.

    `by`: its columns that say whose a row is, and of what kind each is (conversation, line, order, handoff).
    `pseudonyms`: those of them that are written over where the row itself must be kept; else the row is deleted.
    `unless`: rows that are not deleted. `hidden`: columns that nobody is handed out.
    """

    table: Table
    by: Mapping[str, str]
    pseudonyms: tuple[str, ...] = ()
    unless: ColumnElement[bool] | None = None
    hidden: tuple[str, ...] = ()

    def of(self, subject: Subject) -> ColumnElement[bool]:
        """The subject's rows."""
        keys = {
            "conversation": subject.conversations,
            "line": (subject.line,) if subject.line else (),
            "order": subject.orders,
            "handoff": subject.handoffs,
        }
        found = [self.table.c[column].in_(keys[kind]) for column, kind in self.by.items() if keys[kind]]
        return or_(*found) if found else false()

    def rows(self, subject: Subject) -> Select[Any]:
        """A query for the subject's rows, without what is hidden."""
        return select(*(column for column in self.table.c if column.name not in self.hidden)).where(self.of(subject))


_CONVERSATION = {"conversation": "conversation"}
_BOOKED = ("conversation",)
_UNSETTLED = tickets.tickets.c.state.in_(("open", "working", "done"))

HELD = (
    Holding(core.messages, _CONVERSATION),
    Holding(core.turns, _CONVERSATION),
    Holding(core.inbox, _CONVERSATION, unless=core.inbox.c.state == "new"),
    Holding(core.outbox, _CONVERSATION, unless=core.outbox.c.state.not_in(FINISHED)),
    Holding(review.reviews, _CONVERSATION),
    Holding(desk.handoff_queue, _CONVERSATION),
    Holding(desk.handoffs, _CONVERSATION),
    Holding(desk.handoff_notes, _CONVERSATION),
    Holding(desk.desk_acts, {"handoff": "handoff"}),
    Holding(files.files, _CONVERSATION),
    Holding(core.shown_lines, _CONVERSATION),
    Holding(desk.desk_links, _CONVERSATION),
    Holding(tickets.ticket_events, _CONVERSATION),
    Holding(tickets.tickets, {"msisdn": "line", "conversation": "conversation"}, unless=_UNSETTLED),
    Holding(accounts.identity_codes, {"msisdn": "line", "conversation": "conversation"}, hidden=("code_hash",)),
    Holding(accounts.declined_offers, {"msisdn": "line"}),
    Holding(topup.pay_links, {"payment_no": "order"}),
    Holding(documents.document_links, {"msisdn": "line", "conversation": "conversation"}),
    Holding(core.conversations, {"conversation": "conversation", "msisdn": "line"}),
    # the books: kept as accounting law says, and no longer anybody's
    Holding(topup.order_events, {"order_no": "order"}, _BOOKED),
    Holding(topup.order_calls, {"order_no": "order"}, _BOOKED),
    Holding(topup.payments, {"payment_no": "order"}, _BOOKED),
    Holding(topup.notices, {"payment_no": "order"}, _BOOKED),
    Holding(topup.receipts, {"payment_no": "order"}, _BOOKED),
    Holding(topup.refunds, {"order_no": "order"}, _BOOKED),
    Holding(topup.order_numbers, {"order_no": "order"}, _BOOKED),
    Holding(topup.line_orders, {"order_no": "order", "msisdn": "line"}, ("conversation", "msisdn")),
    Holding(topup.orders, {"order_no": "order"}, ("conversation", "confirmation", "payer", "msisdn")),
    Holding(books.cases, {"subject": "order"}, _BOOKED),
    Holding(books.compensations, {"msisdn": "line", "conversation": "conversation"}, ("conversation", "msisdn")),
    Holding(books.fee_refunds, {"msisdn": "line", "conversation": "conversation"}, ("conversation", "msisdn")),
    Holding(books.fee_refund_charges, {"msisdn": "line"}, ("msisdn",)),
    Holding(books.ledger, {"subject": "order"}, ()),
)

# … and those in which nothing tells whose it is, or that are not the hall's
NOT_HELD = {
    "agents": "the desk's own people",
    "desk_access": "what the desk's own people looked at; by hand-off, order or ticket",
    "program_floor": "which programs may work on the database",
    "agent_sessions": "the desk's own people; ended ones are forgotten after two days",
    "sign_in_failures": "counts by hashed key, and addresses and names at the desk; forgotten after two days",
    "review_acts": "what reviewers did; the words are in `reviews`",
    "money_acts": "what agents did about money; by order number",
    "statement_lines": "the providers' own files; by their numbers",
    "identity_lines": "how often a code was tried on a line: erasing it would open the limit; retention ends it",
    **dict.fromkeys(
        (
            *("bss_subscribers", "bss_bills", "bss_bill_items", "bss_usage", "bss_services", "bss_payments"),
            *("bss_orders", "bss_plan_changes"),
            *("bss_line_states", "bss_forwardings", "bss_family", "bss_line_acts", "bss_store_bookings"),
            *("bss_consents", "bss_notices"),
            *("bss_credits", "bss_passwords", "bss_invoices", "bss_redemptions"),
            *("demo_deliveries", "demo_payments", "demo_refunds"),
        ),
        "the operator's own records in the demonstration; erased there",
    ),
}
LEDGER = books.ledger.name  # append-only, and without a name in it: `hall/books/ledger.py`


async def of_line(store: Store, line: str) -> Subject:
    """All that is known under a line: conversations that wrote from it or proved it, orders that it pays or gets."""
    mine = core.conversations.c
    rows = await store.all(
        select(mine.conversation).where(or_(mine.msisdn == line, (mine.channel == "sms") & (mine.sender == line)))
    )
    return await _complete(store, line, {row.conversation for row in rows})


async def of_conversation(store: Store, conversation: str) -> Subject:
    """What is known of one conversation, without a line."""
    return await _complete(store, None, {conversation})


async def _complete(store: Store, line: str | None, conversations: set[str]) -> Subject:
    order, handoff = topup.orders.c, desk.handoffs.c
    mine: list[ColumnElement[bool]] = [order.conversation.in_(conversations)]
    mine += [or_(order.payer == line, order.msisdn == line)] if line else []
    orders = await store.all(select(order.order_no).where(or_(*mine)))
    handoffs = await store.all(select(handoff.id).where(handoff.conversation.in_(conversations)))
    return Subject(
        line,
        tuple(sorted(conversations)),
        tuple(sorted(row.order_no for row in orders)),
        tuple(sorted(row.id for row in handoffs)),
    )


async def export(store: Store, subject: Subject) -> dict[str, list[dict[str, Any]]]:
    """Every row about the subject, by table; for the customer, or for a complaint."""
    found: dict[str, list[dict[str, Any]]] = {}
    for held in HELD:
        if rows := await store.all(held.rows(subject)):
            found[held.table.name] = [_handed_out(row) for row in rows]
    return found


def _handed_out(row: Any) -> dict[str, Any]:
    """A row as it can be written down: the content of a file in base64."""
    values = row._mapping.items()
    return {name: b64encode(value).decode() if isinstance(value, bytes) else value for name, value in values}


@dataclass(slots=True)
class Erased:
    """What an erasure did: rows by table."""

    deleted: dict[str, int] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)


async def erase(store: Store, secret: bytes, subject: Subject) -> Erased:
    """Delete what is the subject's; what the books need stays, under a pseudonym that only the hall's key makes again.

    Raises StillOpen while an order or a hand-off of it is under way: then nothing was changed.
    """
    await _refuse_open(store, subject)
    done, unit = Erased(), store.unit()
    names = Pseudonyms(secret)
    for held in HELD:
        rows = await store.all(held.rows(subject))
        if held.pseudonyms:
            done.kept[held.table.name] = len(rows)
            for row in rows:
                unit.stage(held.table.update().where(_same(held.table, row)).values(**names.of(held, row)))
        elif held.table.name == LEDGER:
            done.kept[LEDGER] = len(rows)
        else:
            done.deleted[held.table.name] = len(rows)
            mine = held.of(subject)
            unit.stage(held.table.delete().where(mine if held.unless is None else mine & ~held.unless))
    await unit.commit()
    return done


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Names that tell nobody who it was, and are the same for the same."""

    secret: bytes

    def of(self, held: Holding, row: Any) -> dict[str, Any]:
        """The columns of a row that name somebody, with other names."""
        return {name: self._other(name, row._mapping[name]) for name in held.pseudonyms}

    def _other(self, column: str, value: str | None) -> str | None:
        if not value:
            return value
        digest = hmac.new(self.secret, b"pseudonym:" + value.encode(), hashlib.sha256).hexdigest()
        if value.startswith(("erased:", "P")):
            return value
        return f"P{digest[:10]}" if column in ("msisdn", "payer") else f"erased:{column}:{digest[:32]}"


def _same(table: Table, row: Any) -> ColumnElement[bool]:
    return and_(*(column == row._mapping[column.name] for column in table.primary_key.columns))


async def _refuse_open(store: Store, subject: Subject) -> None:
    order, handoff = topup.orders.c, desk.handoffs.c
    moving = await store.all(
        select(order.order_no).where(order.order_no.in_(subject.orders), order.state.not_in(FINAL))
    )
    waiting = await store.all(select(handoff.id).where(handoff.id.in_(subject.handoffs), handoff.state != "closed"))
    if what := [*(f"order {row.order_no}" for row in moving), *(f"hand-off {row.id}" for row in waiting)]:
        raise StillOpen(f"under way: {', '.join(what)}")
