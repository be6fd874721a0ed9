"""Credit that may be granted: policy/compensation.yml of the operator's folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hall.policy_file import File, Source, count


@dataclass(frozen=True, slots=True)
class CompensationRules:
    """policy/compensation.yml, in fen; without the file nothing is granted.

    `limits`: by reason, up to which nobody has to approve.
    """

    source: Source | None
    most_fen: int
    month_fen: int
    limits: Mapping[str, int]


NOTHING = CompensationRules(None, 0, 0, {})


def compensation(file: File) -> CompensationRules:
    """Check compensation.yml; raises PolicyError."""
    limits = {reason: file.get(f"limits.{reason}", count) for reason in file.keys("limits")}
    rules = CompensationRules(file.source(), file.get("most_fen", count), file.get("month_fen", count), limits)
    file.finish()
    return rules
