"""Roaming by country or region: what data, calls and messages cost there."""

from __future__ import annotations

from rapidfuzz import fuzz, process

from hall.policy import Policy
from hall.policy.price_list import Country

CLOSE = 85  # per cent: the lowest similarity of a misspelt name
SHORTEST = 3  # characters of a name that may be misspelt


def countries(policy: Policy, said: str) -> tuple[Country, ...]:
    """The countries that the words name, in their order; a misspelt one where no other is named."""
    named = {name: one for one in policy.roaming for name in (one.name, *one.said_as)}
    at = {said.find(name): one for name, one in sorted(named.items(), key=lambda pair: len(pair[0])) if name in said}
    if at:
        return tuple(dict.fromkeys(at[place] for place in sorted(at)))
    long = [name for name in named if len(name) >= SHORTEST]
    near = (
        process.extractOne(said, long, scorer=fuzz.partial_ratio, score_cutoff=CLOSE) if len(said) >= SHORTEST else None
    )
    return (named[near[0]],) if near else ()
