"""Fees that are given back: policy/refunds.yml of the operator's folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hall.policy_file import File, Source, count, truth


@dataclass(frozen=True, slots=True)
class RefundKind:
    """Why a fee is given back. `months_back`: of so many months, the running one included; `double`: as much again."""

    months_back: int
    double: bool
    recourse: bool  # the supplier of the service bears it


@dataclass(frozen=True, slots=True)
class RefundRules:
    """policy/refunds.yml, in fen; without the file nothing is given back.

    Above `approve_above_fen` a person decides.
    """

    source: Source | None
    approve_above_fen: int
    arrives_hours: int  # told to the customer: on the line at the latest
    approval_days: int  # told to the customer: working days until a person has decided
    kinds: Mapping[str, RefundKind]


NO_REFUNDS = RefundRules(None, 0, 0, 0, {})


def refunds(file: File) -> RefundRules:
    """Check refunds.yml; raises PolicyError."""
    kinds = {name: _kind(file, f"kinds.{name}") for name in file.keys("kinds")}
    above, hours, days = (file.get(key, count) for key in ("approve_above_fen", "arrives_hours", "approval_days"))
    rules = RefundRules(file.source(), above, hours, days, kinds)
    file.finish()
    return rules


def _kind(file: File, key: str) -> RefundKind:
    double, recourse = (file.get(f"{key}.{name}", truth) for name in ("double", "recourse"))
    return RefundKind(file.get(f"{key}.months_back", count), double, recourse)
