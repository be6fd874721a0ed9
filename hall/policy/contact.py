"""When the hall may write by SMS of its own accord: policy/contact.yml of the operator's folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from hall.clock import SHANGHAI
from hall.policy_file import File, Source, count

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True, slots=True)
class Hours:
    """From `start` to before `end`, Asia/Shanghai. Who wrote within `awake` is written to at any hour."""

    start: time
    end: time
    source: Source
    awake: timedelta = timedelta(0)

    def next(self, now: datetime, heard: datetime | None = None) -> datetime:
        """When it may be sent: `now`, or the next start. `heard`: when the customer wrote last."""
        local = now.astimezone(SHANGHAI)
        if self.start <= local.time() < self.end or (heard is not None and now - heard <= self.awake):
            return now
        opening = datetime.combine(local.date(), self.start, SHANGHAI)
        return (opening if local < opening else opening + timedelta(days=1)).astimezone(now.tzinfo)


@dataclass(frozen=True, slots=True)
class ContactRules:
    """policy/contact.yml."""

    results: Hours
    offers: Hours


def contact(file: File) -> ContactRules:
    """Check contact.yml; raises PolicyError."""
    awake = timedelta(minutes=file.get("sms_hours.results.awake_minutes", count))
    rules = ContactRules(_hours(file, "sms_hours.results", awake), _hours(file, "sms_hours.offers", timedelta(0)))
    file.finish()
    return rules


def _hours(file: File, key: str, awake: timedelta) -> Hours:
    start, end = file.get(f"{key}.hours", _two_times)
    return Hours(start, end, file.source(key), awake)


def _two_times(value: Any) -> tuple[time, time]:
    texts = value if isinstance(value, list) and len(value) == 2 else ()
    if not texts or not all(isinstance(text, str) and _CLOCK.fullmatch(text) for text in texts):
        raise ValueError('must be two times, ["HH:MM", "HH:MM"]')
    start, end = (time.fromisoformat(text) for text in texts)
    if start >= end:
        raise ValueError("must be two times, the earlier first")
    return start, end
