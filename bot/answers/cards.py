"""Cards: what an answer says once more as typed facts, for the web to draw (docs/contracts/widget.md).

An answer declares one beside its text, `card: {kind: balance, number: number, …}`: each field is an expression of the
answer's facts, `note` a text as the answer's own. The kinds below say what the fields are; a card that does not hold
to its kind is refused in training, with the samples of the facts, as a text is. Amounts are fen, months `2026-10`,
moments ISO 8601 in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import datetime
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

CHANNELS = frozenset({"web"})  # those that can draw one; everywhere else the text says it all

NO_EXPRESSION = frozenset({"kind", "note"})  # of a card's fields

Product = Literal["data", "credit"]


class CardError(ValueError):
    """A card does not hold to its kind; the message names field and reason."""


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


KINDS: Mapping[str, type] = {
    "balance": BalanceCard,
    "bill": BillCard,
    "bills": BillsCard,
    "plan": PlanCard,
    "confirm": ConfirmCard,
    "payment": PaymentCard,
    "ask": AskCard,
}


def plain(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The card as JSON. Raises CardError for a kind, a field or a value that is none."""
    if kind not in KINDS:
        raise CardError(f"card {kind}: there is none, only {', '.join(KINDS)}")
    if unknown := values.keys() - {one.name for one in fields(KINDS[kind])}:
        raise CardError(f"card {kind}: has no {', '.join(sorted(unknown))}")
    return {"kind": kind, **_record(values, KINDS[kind], f"card {kind}")}


def _record(value: Any, kind: type, where: str) -> dict[str, Any]:
    given = value if isinstance(value, Mapping) else None
    found: dict[str, Any] = {}
    for name, hint, default in _fields(kind):
        inner = given.get(name, MISSING) if given is not None else getattr(value, name, MISSING)
        inner = default if inner is MISSING else inner
        if inner is MISSING:
            raise CardError(f"{where}: {name} is missing")
        found[name] = _value(inner, hint, f"{where}: {name}")
    return found


@cache
def _fields(kind: type) -> tuple[tuple[str, Any, Any], ...]:
    hints = get_type_hints(kind)
    return tuple((one.name, hints[one.name], one.default) for one in fields(kind))


def _value(value: Any, hint: Any, where: str) -> Any:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return None if value is None else _value(value, inner[0], where)
    if origin is tuple and isinstance(value, (list, tuple)):
        return [_value(one, inner[0], where) for one in value]
    if origin is Literal and value in inner:
        return value
    if hint is datetime and isinstance(value, datetime):
        return value.isoformat()
    if isinstance(hint, type) and is_dataclass(hint) and value is not None:
        return _record(value, hint, where)
    if origin is None and not is_dataclass(hint) and type(value) is hint and hint is not datetime:
        return value
    raise CardError(f"{where} is {value!r}, not {getattr(hint, '__name__', hint)}")
