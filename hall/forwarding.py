"""Call forwarding: to which numbers, on which condition."""

from __future__ import annotations

import re
from typing import Literal

from hall.bss.forwarding import WHENS, Forwarding, Forwardings
from hall.context import Hall
from hall.msisdn import kind, normalise

Refused = Literal["own", "wrong", "service", "loop"]
_LANDLINE = re.compile(r"0\d{9,11}")
_SERVICE = re.compile(r"1[01269]\d{1,4}|9\d{4,5}|[48]00\d{7}")  # 110, 10086, 95588, 400…: nobody's phone


def target(said: str, own: str) -> str | Refused:
    """The number that calls may go to: a mobile one or a landline with its area code; or why not."""
    digits = re.sub(r"\D", "", said).removeprefix("86") if said.strip().startswith("+") else re.sub(r"\D", "", said)
    if mobile := normalise(digits):
        if mobile == own:
            return "own"
        return mobile if kind(mobile) != "invalid" else "wrong"
    if _SERVICE.fullmatch(digits):
        return "service"
    return digits if _LANDLINE.fullmatch(digits) else "wrong"


async def current(hall: Hall, msisdn: str) -> tuple[Forwarding, ...]:
    """What is set on a line. Raises Unavailable("line")."""
    return await hall.bss[Forwardings].of(msisdn)


async def loops(hall: Hall, msisdn: str, to: str) -> bool:
    """Whether calls would come back: the other number, where it is one of ours, forwards to this line."""
    return any(one.target == msisdn for one in await hall.bss[Forwardings].of(to))


async def set_(hall: Hall, msisdn: str, when: str, to: str, key: str) -> None:
    """Forward calls. Idempotent by `key`. Raises Unavailable("line")."""
    await hall.bss[Forwardings].set(msisdn, when, to, key)


async def cancel(hall: Hall, msisdn: str, when: str | None, key: str) -> None:
    """End one forwarding, all without `when`. Idempotent by `key`. Raises Unavailable("line")."""
    await hall.bss[Forwardings].cancel(msisdn, (when,) if when else WHENS, key)
