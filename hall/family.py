"""Family numbers: up to so many of the same carrier, added and taken out by the line that pays for them."""

from __future__ import annotations

from typing import Literal

from hall import msisdn as numbers
from hall.bss.family import Families, Member
from hall.context import Hall

Refused = Literal["wrong", "own", "already", "full", "carrier", "no_member"]


async def members(hall: Hall, msisdn: str) -> tuple[Member, ...]:
    """The family of a line. Raises Unavailable("line")."""
    return await hall.bss[Families].of(msisdn)


async def may_add(hall: Hall, msisdn: str, said: str) -> str | Refused:
    """The number that may be taken in, or why not."""
    number, found = numbers.normalise(said), await members(hall, msisdn)
    if number is None:
        return "wrong"
    if number == msisdn:
        return "own"
    if any(one.number == number for one in found):
        return "already"
    if len(found) >= hall.policy.line.family_most:
        return "full"
    return number if numbers.carrier(number) == numbers.carrier(msisdn) else "carrier"


async def may_remove(hall: Hall, msisdn: str, said: str) -> str | Refused:
    """The member that the words mean: by the number, or its last four digits; or why not."""
    digits = numbers.normalise(said) or "".join(filter(str.isdigit, said))
    found = [one.number for one in await members(hall, msisdn) if len(digits) >= 4 and one.number.endswith(digits)]
    return found[0] if len(found) == 1 else "no_member"


async def add(hall: Hall, msisdn: str, number: str, key: str) -> tuple[Member, ...]:
    """Take a number in; the family afterwards. Idempotent by `key`. Raises Unavailable("line")."""
    await hall.bss[Families].add(msisdn, number, key)
    return await members(hall, msisdn)


async def remove(hall: Hall, msisdn: str, number: str, key: str) -> tuple[Member, ...]:
    """Take a number out; the family afterwards. Idempotent by `key`. Raises Unavailable("line")."""
    await hall.bss[Families].remove(msisdn, number, key)
    return await members(hall, msisdn)
