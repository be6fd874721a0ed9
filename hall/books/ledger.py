"""The double-entry ledger: every row moves an amount from one account to another.

No entry can be out of balance, and the sum over all accounts is always 0. An entry is staged in the unit of work of
what it belongs to: both are committed or neither. An entry has a name and is booked once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from hall.errors import HallError
from hall.store.prepared import inserting
from hall.store.tables.books import ledger

if TYPE_CHECKING:
    from hall.store.unit import Store, Unit

# a debit account grows with its debits, a credit account with what is owed
PAYMENT = "payment"  # debit, one a provider (`payment:wechat`): money that the provider has for us
CUSTOMER = "customer"  # credit: paid for orders whose outcome is open
SUPPLIER = "supplier"  # credit: owed to the supplier for what it delivered
REFUND = "refund"  # credit: on its way back to customers
SUSPENSE = "suspense"  # credit: money that came in and belongs to no order
COMPENSATION = "compensation"  # debit: granted to customers, at the operator's expense
GRANTED = "granted"  # credit: granted, not yet on the line
LINE = "line"  # credit: put on customers' lines
FEES = "fees"  # debit: fees given back, less what others bear of it
RECOURSE = "recourse"  # debit: what suppliers of services owe us for fees that were not due
ACCOUNTS = (PAYMENT, CUSTOMER, SUPPLIER, REFUND, SUSPENSE, COMPENSATION, GRANTED, LINE, FEES, RECOURSE)
INSERT_POSTING = inserting(ledger)


class BadEntry(HallError):
    """An entry that cannot be booked: an unknown account, or an amount that is no positive number of fen."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """`amount_fen` to the debit of one account and the credit of another."""

    debit: str
    credit: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Entry:
    """What is booked together: a unique `name`, and what it is about."""

    name: str  # <order, refund or payment>:<what happened>
    subject: str  # the number of an order, a payment or a compensation
    conversation: str  # of the customer; "" where there is none
    at: datetime


@dataclass(frozen=True, slots=True)
class Posting:
    """A row of the ledger as it was booked: one transfer of an entry."""

    entry: str
    line: int
    debit: str
    credit: str
    amount_fen: int
    subject: str
    at: datetime


def payment(provider: str) -> str:
    """The account of a payment provider."""
    return f"{PAYMENT}:{provider}"


def book(unit: Unit, entry: Entry, *transfers: Transfer) -> None:
    """Stage one entry. Raises BadEntry; the commit raises Conflict when an entry of that name is booked."""
    for transfer in transfers:
        _check(transfer)
    if not transfers:
        raise BadEntry(f"{entry.name} has no transfers")
    # append-only, so nobody's name may ever be in it: whose it is, is told by the order that is its subject
    same = {"entry": entry.name, "subject": entry.subject, "conversation": "", "at": entry.at}
    for number, transfer in enumerate(transfers, 1):
        unit.stage(INSERT_POSTING, same | {"line": number} | asdict(transfer))


def _check(transfer: Transfer) -> None:
    for account in (transfer.debit, transfer.credit):
        kind, _, party = account.partition(":")
        if kind not in ACCOUNTS or (kind == PAYMENT) != bool(party):
            raise BadEntry(f"no account {account!r}")
    if type(transfer.amount_fen) is not int or transfer.amount_fen < 1:
        raise BadEntry(f"{transfer.amount_fen!r} is no amount")


async def balances(store: Store, *, before: datetime | None = None, subject: str | None = None) -> Mapping[str, int]:
    """Debits less credits of each account, in fen: of everything, up to a moment, or about one subject.

    What is owed to others is negative. The values add up to 0.
    """
    found: dict[str, int] = defaultdict(int)
    for column, sign in ((ledger.c.debit, 1), (ledger.c.credit, -1)):
        query = select(column.label("account"), func.sum(ledger.c.amount_fen).label("fen")).group_by(column)
        if before is not None:
            query = query.where(ledger.c.at < before)
        if subject is not None:
            query = query.where(ledger.c.subject == subject)
        for row in await store.all(query):
            found[row.account] += sign * int(row.fen)
    return dict(sorted(found.items()))


async def postings(store: Store, subject: str) -> list[Posting]:
    """What was booked about an order, a payment or a compensation, oldest first."""
    names = [ledger.c[name] for name in Posting.__slots__]
    query = select(*names).where(ledger.c.subject == subject).order_by(ledger.c.at, ledger.c.entry, ledger.c.line)
    return [Posting(*row) for row in await store.all(query)]
