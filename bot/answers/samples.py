"""Sample values of facts, with which every answer is rendered before it is ever said.

What an answer takes stands in `facts:` of its file: by name of the fact a kind of below, `word.TABLE` for a key of a
table of words, `list[…]` for several, or the full name of a dataclass, whose samples are made from its fields.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timezone
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from hall import real_name
from hall.policy import Policy
from hall.policy.desk import DAYS

MONTHS = ("2026-10", "2025-12")
ORDER = {
    "order_no": "T2026111512345",
    "number": "138****8000",
    "product": "data",
    "data_mb": 512,
    "scope": "national",
    "face_fen": 0,
    "price_fen": 10000,
    "way": "alipay",
    "ordered_at": "2026-11-15T02:00:00+00:00",
    "expires_at": "2026-11-15T02:30:00+00:00",
    "minutes_left": 30,
    "delivered_fen": 5000,
    "delivered_mb": 256,
    "waited": 255,
    "answer_by": "2026-11-15T10:00:00+00:00",
    "refund_fen": 10000,
    "refund_days": 3,
    "pay_minutes": 30,
}
FEE_REFUND = {
    "id": "R0123456789",
    "kind": "unwanted_service",
    "name": "农网彩信",
    "first": "2026-06",
    "last": "2026-11",
    "refund_fen": 24000,
    "compensation_fen": 24000,
    "total_fen": 48000,
    "state": "granted",
    "arrives_hours": 24,
    "approval_days": 3,
}
TICKET = {
    "ticket_no": "GD48213907",
    "kind": "complaint",
    "category": "fee",
    "state": "working",
    "summary": "9月多扣了20元",
    "escalated": 1,
    "result": "核实后多收的20元已退到您的话费账户。",
    "satisfied": None,
    "number": "138****8000",
    "opened_at": "2026-11-15T02:00:00+00:00",
    "changed_at": "2026-11-16T02:00:00+00:00",
    "due_at": "2026-11-18T10:00:00+00:00",
    "late": False,
    "with_whom": "值班主管",
    "regulator": "工信部电信用户申诉受理中心",
    "regulator_phone": "12300",
    "regulator_days": 15,
}
KINDS: Mapping[str, tuple[Any, ...]] = {
    "msisdn": ("13800138000",),
    "text": ("某某套餐",),
    "fen": (123450, 100),
    "mb": (512, 5120),
    "count": (3,),
    "flag": (False, True),
    "month": MONTHS,
    "moment": (datetime(2026, 11, 15, 2, tzinfo=timezone.utc),),
    "moment_or_none": (datetime(2026, 11, 15, 2, tzinfo=timezone.utc), None),
    "text_or_none": ("某某套餐", None),
    "msisdn_or_none": ("13800138000", None),
    "given": (
        {"slot": "scope", "entity": "scope", "value": "national"},
        {"slot": "package", "entity": "data_mb", "value": 1024},
    ),
    "url": ("https://hall.example.com/p/8F3K2AbcdE",),
    "day": (date(2026, 11, 30),),
    "arrival": ({"when": "usual", "minutes": 30}, {"when": "peak", "low": 24, "high": 48}),
    "fee_refund": (FEE_REFUND, FEE_REFUND | {"compensation_fen": 0, "state": "waiting", "first": "2026-11"}),
    "ticket": (TICKET, TICKET | {"state": "open", "escalated": 0, "with_whom": ""}, TICKET | {"state": "done"}),
    "order": (ORDER, ORDER | {"product": "credit", "data_mb": 0, "scope": "", "face_fen": 10000}),
}
# fields of dataclasses that are no free text
NAMED = {
    **dict.fromkeys(
        ("month", "first", "last", "since", "until", "ended", "contract_until", "free_from", "fee_from", "corrected"),
        MONTHS,
    ),
    "msisdn": KINDS["msisdn"],
    "days": DAYS,
}


def of(kind: str, words: Mapping[str, Mapping[str, Any]]) -> tuple[Any, ...]:
    """The samples of a kind. Raises LookupError for one that does not exist."""
    if kind in KINDS:
        return KINDS[kind]
    if kind.endswith("_or_none"):
        return (*of(kind.removesuffix("_or_none"), words), None)
    if kind == "guidance":
        policy = Policy.load()
        return tuple(real_name.guidance(policy, case) for case in real_name.cases(policy))
    if kind.startswith("list["):
        return (list(of(kind[5:-1], words)[:2]),)
    if kind.startswith("word."):
        return tuple(words[kind[5:]])
    return tuple(_of_type(_named(kind), ""))


def facts(declared: Mapping[str, str], words: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every sample of every fact at least once, the others as they are at first."""
    samples = {name: of(kind, words) for name, kind in declared.items()}
    first = {name: values[0] for name, values in samples.items()}
    yield first
    for name, values in samples.items():
        yield from (first | {name: value} for value in values[1:])


def _named(kind: str) -> Any:
    module, _, name = kind.rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise LookupError(f"{kind} is no kind of fact") from error


def _of_type(kind: Any, name: str) -> list[Any]:
    """Samples of a type; `name` is the field's."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal:
        return list(inner)
    if origin in (Union, UnionType):
        return [value for one in inner for value in ([None] if one is type(None) else _of_type(one, name))]
    if origin is tuple:
        return [tuple(_of_type(inner[0], name))]
    if origin is frozenset:
        return [frozenset(), frozenset({"arrears"})]
    if is_dataclass(kind):
        return list(_of_dataclass(kind))
    plain = {str: NAMED.get(name, ("彩铃",)), int: (1500, 0), bool: KINDS["flag"]}
    plain |= {datetime: KINDS["moment"], date: KINDS["day"]}
    if kind not in plain:
        raise LookupError(f"no sample is made of {kind}")
    return list(plain[kind])


def _of_dataclass(kind: Any) -> Iterator[Any]:
    hints = get_type_hints(kind)
    samples = {one.name: _of_type(hints[one.name], one.name) for one in fields(kind)}
    for one in fields(kind):
        if one.default == ():
            samples[one.name].append(())
    first = {name: values[0] for name, values in samples.items()}
    yield kind(**first)
    for name, values in samples.items():
        yield from (kind(**first | {name: value}) for value in values[1:])
