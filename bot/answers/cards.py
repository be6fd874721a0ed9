"""Cards: what an answer says once more as typed facts, for the web to draw (docs/contracts/widget.md).

An answer declares one beside its text, `card: {kind: balance, number: number, …}`: each field is an expression of the
answer's facts, `note` a text as the answer's own. `card_kinds.py` says what the fields are; a card that does not hold
to its kind is refused in training, with the samples of the facts, as a text is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from bot.answers.card_kinds import KINDS

CHANNELS = frozenset({"web"})  # those that can draw one; everywhere else the text says it all

NO_EXPRESSION = frozenset({"kind", "note"})  # of a card's fields


class CardError(ValueError):
    """A card does not hold to its kind; the message names field and reason."""


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
    if hint in (datetime, date) and (written := _moment(value, hint)):
        return written
    if isinstance(hint, type) and is_dataclass(hint) and value is not None:
        return _record(value, hint, where)
    if origin is None and not is_dataclass(hint) and type(value) is hint and hint not in (datetime, date):
        return value
    raise CardError(f"{where} is {value!r}, not {getattr(hint, '__name__', hint)}")


def _moment(value: Any, hint: type[date]) -> str | None:
    """A moment or a day as it is written; one that was kept as JSON is written already. None for what is neither."""
    if isinstance(value, str):
        try:
            return value if hint.fromisoformat(value) else None
        except ValueError:
            return None
    return value.isoformat() if isinstance(value, date) and type(value) is hint else None
