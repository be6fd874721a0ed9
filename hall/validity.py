"""When a top-up arrives, and how long what it brought is valid."""

from __future__ import annotations

from datetime import datetime, timedelta

from hall.clock import SHANGHAI


def valid_until(valid: str, start: datetime) -> datetime:
    """The end of a package of that validity ("calendar month", "30 days") delivered at `start`, aware, UTC."""
    local = start.astimezone(SHANGHAI)
    if valid == "calendar month":
        first = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return (first + timedelta(days=32)).replace(day=1).astimezone(start.tzinfo)
    return start + timedelta(days=30)
