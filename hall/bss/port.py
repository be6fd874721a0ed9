"""The operator's records as the hall asks for them: what every adapter of `hall/bss` offers.

Months are `YYYY-MM` in Asia/Shanghai, money is integer fen, times are aware UTC. An MSISDN has eleven
digits. Every call raises `Unavailable(part)` when the system behind it does not answer, with the part
named at the method.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

Category = Literal["plan", "vas", "calls", "sms", "data", "other", "discount"]
Bucket = Literal["data_mb", "minutes", "sms"]


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A line and its holder, as far as the hall may know it."""

    msisdn: str
    carrier: str  # as in the operator's number_prefixes.tsv; true even after the number moved to another carrier
    name: str  # masked by the operator: 李*
    city: str
    tier: str  # basic | silver | gold | diamond | enterprise
    age: int | None  # None for a company
    real_name: bool
    flags: frozenset[str]  # arrears blacklisted excludes_data_packages mvno senior company far_from_home …
    plan: str
    excludes_data_packages: bool  # the plan does not go with bought data
    points: int


@dataclass(frozen=True, slots=True)
class Balance:
    """Money on the line. `balance_fen` is below zero by `arrears_fen` when something is owed."""

    balance_fen: int
    arrears_fen: int


@dataclass(frozen=True, slots=True)
class BillItem:
    """One charge of a bill. `quantity` counts what the category counts: minutes, messages, MB."""

    code: str  # unique within a bill, the same from month to month
    name: str
    amount_fen: int  # negative for a discount
    category: Category
    quantity: int | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    """The charges of one calendar month; `open` while the month runs."""

    month: str
    items: tuple[BillItem, ...]
    open: bool = False

    @property
    def total_fen(self) -> int:
        """What the items add up to; adapters refuse a bill that states another total."""
        return sum(item.amount_fen for item in self.items)


@dataclass(frozen=True, slots=True)
class Usage:
    """What is left of one allowance of the running month."""

    kind: Bucket
    name: str
    total: int
    used: int
    ends_at: datetime  # the first moment at which it can no longer be used


@dataclass(frozen=True, slots=True)
class Service:
    """A value-added service that the line has."""

    code: str
    name: str
    fee_fen: int  # a month
    since: datetime


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that was paid onto the line."""

    at: datetime
    amount_fen: int
    way: str


class Bss(Protocol):
    """The operator's systems behind one door."""

    async def subscriber(self, msisdn: str) -> Subscriber | None:
        """The line, or None when it is not one of this operator's. Part: subscriber."""
        ...

    async def balance(self, msisdn: str) -> Balance:
        """Money now. Raises NotFound for an unknown line. Part: balance."""
        ...

    async def bill(self, msisdn: str, month: str) -> Bill | None:
        """The bill of one month, the running one included; None where there is no record. Part: bill."""
        ...

    async def bill_months(self, msisdn: str) -> tuple[str, ...]:
        """The months that have a bill, oldest first, the running one included. Part: bill."""
        ...

    async def usage(self, msisdn: str) -> tuple[Usage, ...]:
        """The allowances of the running month. Part: usage."""
        ...

    async def services(self, msisdn: str) -> tuple[Service, ...]:
        """Value-added services of the line, oldest first. Part: subscriber."""
        ...

    async def payments(self, msisdn: str) -> tuple[Payment, ...]:
        """What was paid onto the line, newest first. Part: balance."""
        ...

    async def topup_count(self, msisdn: str, sku: str, month: str) -> int:
        """How often the line got this package in that month. Part: topup."""
        ...

    async def credit_data(self, msisdn: str, sku: str, data_mb: int, valid_until: datetime, key: str) -> None:
        """Put bought data on the line. Idempotent: the same `key` again does nothing. Part: topup.

        Raises NotFound for an unknown line.
        """
        ...

    async def credit_money(self, msisdn: str, amount_fen: int, key: str, way: str) -> None:
        """Put money on the line: what was owed is paid first. Idempotent: the same `key` again does nothing.

        `way` is what the line's payments show. Raises NotFound for an unknown line. Part: topup.
        """
        ...
