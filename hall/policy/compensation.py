"""Credit that may be granted: data/policy/compensation.yml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hall.policy_file import File, Source, count


@dataclass(frozen=True, slots=True)
class CompensationRules:
    """data/policy/compensation.yml, in fen; without the file nothing is granted.

    `limits`: by reason, up to which nobody has to approve.
    """

    source: Source | None
    most_fen: int
    month_fen: int
    limits: Mapping[str, int]


NOTHING = CompensationRules(None, 0, 0, {})


def compensation(path: Path) -> CompensationRules:
    """Read and check compensation.yml; raises PolicyError."""
    if not path.exists():
        return NOTHING
    file = File.read(path)
    limits = {reason: file.get(f"limits.{reason}", count) for reason in file.keys("limits")}
    rules = CompensationRules(file.source(), file.get("most_fen", count), file.get("month_fen", count), limits)
    file.finish()
    return rules
