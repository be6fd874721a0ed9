"""The kinds of cards: what an answer may say once more as typed facts (docs/contracts/widget.md).

Amounts are fen, months `2026-10`, days `2026-10-31`, moments ISO 8601 in UTC. What is shown as it is written (titles,
states, ways) comes from the answer's own words. A `note` is a sentence to be shown with the card.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Product = Literal["data", "credit"]


@dataclass(frozen=True, slots=True)
class BalanceCard:
    """A line's money."""

    number: str
    balance_fen: int
    arrears_fen: int
    so_far_fen: int | None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One charge of a bill; `quantity` counts minutes, messages or MB, by the category."""

    name: str
    amount_fen: int
    category: str
    quantity: int | None


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """Why a bill differs from the one before; `by_fen` and `by_quantity` are signed."""

    why: str
    item: ItemRow
    by_fen: int
    by_quantity: int
    was: str


@dataclass(frozen=True, slots=True)
class BillCard:
    """One month's bill. `more_fen` and `changes` compare with the month before, where they do."""

    month: str
    open: bool
    total_fen: int
    items: tuple[ItemRow, ...]
    before: str | None
    more_fen: int | None
    changes: tuple[ChangeRow, ...]


@dataclass(frozen=True, slots=True)
class MonthRow:
    """A month's total."""

    month: str
    total_fen: int


@dataclass(frozen=True, slots=True)
class BillsCard:
    """The totals of several months, oldest first."""

    total_fen: int
    bills: tuple[MonthRow, ...]


@dataclass(frozen=True, slots=True)
class PlanCard:
    """A plan: its monthly fee and what it includes; since when, and until which month a contract runs."""

    number: str
    name: str
    fee_fen: int
    data_mb: int
    minutes: int
    sms: int
    since: str | None
    contract_until: str | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """When it arrives: `usual` within so many minutes, at a `peak` between so many hours."""

    when: str
    minutes: int | None = None
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class ConfirmCard:
    """What is about to be ordered. `scope`: of data, else null; `data_mb` or `face_fen` is 0."""

    product: Product
    number: str
    price_fen: int
    way: str
    arrival: Arrival
    data_mb: int = 0
    face_fen: int = 0
    scope: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentCard:
    """An order that waits for its payment; `order` frames tell what becomes of it. `number` is masked."""

    order_no: str
    product: Product
    number: str
    price_fen: int
    way: str
    expires_at: str
    url: str
    data_mb: int = 0
    face_fen: int = 0
    scope: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class AskCard:
    """The message asks for a number or a code, for which a page has a keyboard; its text is shown as it is."""

    input: Literal["number", "code"]


@dataclass(frozen=True, slots=True)
class BucketRow:
    """An allowance. `left` and `total` count `unit`; a `total` of null has no end."""

    name: str
    unit: Literal["mb", "minutes", "messages"]
    left: int
    total: int | None
    ends: date | None = None
    low: bool = False


@dataclass(frozen=True, slots=True)
class UsageCard:
    """What is left of a line's allowances, each as a bar."""

    number: str
    buckets: tuple[BucketRow, ...]
    note: str | None = None


@dataclass(frozen=True, slots=True)
class EndingRow:
    """Points that end on a day."""

    points: int
    ends: date


@dataclass(frozen=True, slots=True)
class GiftRow:
    """What points buy; `enough`: the line has as many."""

    name: str
    points: int
    enough: bool


@dataclass(frozen=True, slots=True)
class PointsCard:
    """A line's points, those that end, and what they buy."""

    number: str
    points: int
    ending: tuple[EndingRow, ...] = ()
    gifts: tuple[GiftRow, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A plan compared. `cost_fen`: a month of it with the line's use; `year_fen`: a year of it against now, signed."""

    name: str
    fee_fen: int
    data_mb: int
    minutes: int
    sms: int = 0
    cost_fen: int | None = None
    year_fen: int | None = None
    current: bool = False


@dataclass(frozen=True, slots=True)
class PlansCard:
    """Plans side by side, the best first."""

    plans: tuple[PlanRow, ...]
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A service of a line with its monthly fee; `no` is the number by which it is ended, `what` a line about it."""

    name: str
    fee_fen: int
    no: int | None = None
    what: str | None = None


@dataclass(frozen=True, slots=True)
class ServicesCard:
    """The services of a line."""

    number: str
    services: tuple[ServiceRow, ...]
    total_fen: int
    note: str | None = None


@dataclass(frozen=True, slots=True)
class StepRow:
    """What became of a ticket, and when."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True)
class TicketCard:
    """A ticket: `title` is its kind, `state` a word, `stage` how it is coloured; `history` the newest first."""

    ticket_no: str
    title: str
    state: str
    stage: Literal["open", "late", "done"]
    opened_at: datetime
    due_at: datetime | None = None
    about: str | None = None
    history: tuple[StepRow, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True)
class StoreRow:
    """A business hall. `open`: at this moment; `hours`, `quiet`: its times in words; `far`: how far it is, in words."""

    name: str
    address: str
    hours: str
    open: bool | None = None
    phone: str | None = None
    far: str | None = None
    quiet: str | None = None
    businesses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoresCard:
    """Business halls, the nearest first."""

    stores: tuple[StoreRow, ...]
    note: str | None = None


@dataclass(frozen=True, slots=True)
class PaidRow:
    """A payment; `way` and `state` in words, `done`: it arrived."""

    paid_at: datetime
    amount_fen: int
    way: str
    state: str = ""
    done: bool = True


@dataclass(frozen=True, slots=True)
class PaymentsCard:
    """Payments onto a line, the newest first."""

    number: str
    payments: tuple[PaidRow, ...]
    note: str | None = None


@dataclass(frozen=True, slots=True)
class OrderCard:
    """An order as it stands; `order` frames tell what becomes of it. `number` is masked."""

    order_no: str
    product: Product
    number: str
    price_fen: int
    state: str
    data_mb: int = 0
    face_fen: int = 0
    scope: str | None = None
    ordered_at: datetime | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A named value, both as they are shown."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class SheetCard:
    """Anything else that is rather looked at: named values, and perhaps a page to be opened, whose link says `open`."""

    title: str
    rows: tuple[SheetRow, ...]
    url: str | None = None
    open: str | None = None
    note: str | None = None


KINDS: Mapping[str, type] = {
    "balance": BalanceCard,
    "bill": BillCard,
    "bills": BillsCard,
    "plan": PlanCard,
    "confirm": ConfirmCard,
    "payment": PaymentCard,
    "ask": AskCard,
    "usage": UsageCard,
    "points": PointsCard,
    "plans": PlansCard,
    "services": ServicesCard,
    "ticket": TicketCard,
    "stores": StoresCard,
    "payments": PaymentsCard,
    "purchase": OrderCard,
    "sheet": SheetCard,
}
