"""What happens to the locks: every refusal of a secret, sign-in, lock and look behind a mask, on a channel of its own.

One line of JSON an event on the logger `yingting.security`, always on: time, event, and where from. Never what
somebody wrote, nor a secret or a number. Keep it at least six months (Cybersecurity Law, article 21).
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from prometheus_client import Counter

EVENTS = Counter("yingting_security_events", "Refused secrets, sign-ins, locks and other security events", ["event"])
log = logging.getLogger("yingting.security")
LONGEST = 120  # characters of a field


def event(name: str, **fields: str) -> None:
    """Log and count an event. `fields` are names, routes and addresses; what is not printable is left out."""
    EVENTS.labels(event=name).inc()
    said = {key: "".join(one for one in value[:LONGEST] if one.isprintable()) for key, value in fields.items()}
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    log.warning("%s", json.dumps({"time": at, "event": name, **said}, ensure_ascii=False))
