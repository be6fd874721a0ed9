"""What the hall writes of its own accord: policy/notices.yml of the operator's folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hall.policy_file import File, count, text

KINDS = ("bill", "allowance", "offer")


@dataclass(frozen=True, slots=True)
class NoticeRules:
    """`consent`: by kind, whether it is given as long as nothing else was said. `hour`: Asia/Shanghai."""

    hour: int = 10
    most_a_day: int = 2
    consent: Mapping[str, bool] = field(default_factory=dict)
    below_fen: int = 1000
    left_percent: int = 10


NO_NOTICES = NoticeRules()


def notices(file: File) -> NoticeRules:
    """Check notices.yml; raises PolicyError."""
    for name in file.keys("sources"):
        file.get(f"sources.{name}.document", text)
    for kind in KINDS:
        file.source(f"kinds.{kind}")
    rules = NoticeRules(
        file.get("hour", count),
        file.get("most_a_day", count),
        {kind: file.get(f"kinds.{kind}.consent", bool) for kind in KINDS},
        file.get("kinds.bill.below_fen", count),
        file.get("kinds.allowance.left_percent", count),
    )
    file.finish()
    return rules
