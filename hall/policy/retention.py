"""How long what is kept of customers is kept: policy/retention.yml of the operator's folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from hall.policy_file import File, Source, count

KINDS = ("memory", "messages", "delivery", "review", "service", "links", "access", "attempts")


@dataclass(frozen=True, slots=True)
class Keep:
    """For how long, and who says so."""

    time: timedelta
    source: Source


@dataclass(frozen=True, slots=True)
class RetentionRules:
    """policy/retention.yml, by kind of data."""

    kinds: Mapping[str, Keep]

    @property
    def days(self) -> int:
        """The days for which transcripts are kept, as customers are told."""
        return self.kinds["messages"].time.days


FOR_EVER = RetentionRules({})


def retention(file: File) -> RetentionRules:
    """Check retention.yml; raises PolicyError."""
    rules = RetentionRules({kind: _keep(file, kind) for kind in KINDS})
    file.finish()
    return rules


def _keep(file: File, kind: str) -> Keep:
    unit = "hours" if kind == "memory" else "days"
    return Keep(timedelta(**{unit: file.get(f"{kind}.{unit}", count)}), file.source(kind))
