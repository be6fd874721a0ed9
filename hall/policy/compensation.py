"""What the hall may grant by itself: data/policy/compensation.yml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hall.policy.file import File, Source, count


@dataclass(frozen=True, slots=True)
class CompensationRules:
    """data/policy/compensation.yml, in fen; without the file nothing is granted.

    `limits`: by reason, up to which nobody has to approve.
    """

    source: Source | None = None
    most_fen: int = 0
    month_fen: int = 0
    limits: Mapping[str, int] = field(default_factory=dict)


def compensation(path: Path) -> CompensationRules:
    """Read and check compensation.yml; raises PolicyError."""
    if not path.exists():
        return CompensationRules()
    file = File.read(path)
    limits = {reason: file.get(f"limits.{reason}", count) for reason in file.keys("limits")}
    rules = CompensationRules(file.source(), file.get("most_fen", count), file.get("month_fen", count), limits)
    file.finish()
    return rules
