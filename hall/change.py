"""Who changes what, and when: one value for what nearly every use case that writes needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hall.context import Hall
from hall.store.unit import Unit


@dataclass(frozen=True, slots=True)
class Change:
    """One decision and its writes: they are staged in `unit`, in the name of `actor`, all at the time `now`."""

    hall: Hall
    unit: Unit
    actor: str  # hall | clock | supplier | notice:<provider> | agent:<name> | …: kept with what was changed
    now: datetime

    @classmethod
    def begin(cls, hall: Hall, unit: Unit, actor: str) -> Change:
        """A change that happens now, by the hall's clock."""
        return cls(hall, unit, actor, hall.clock.now())
