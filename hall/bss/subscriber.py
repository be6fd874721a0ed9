"""Lines and their holders."""

from __future__ import annotations

from dataclasses import dataclass

from hall.bss.kinds import Records, limited


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A line and its holder, as far as the hall may know it."""

    msisdn: str
    carrier: str  # as in the operator's number_prefixes.tsv; true even after the number moved to another carrier
    name: str  # masked by the operator: 李*
    city: str
    tier: str  # basic | silver | gold | diamond | enterprise
    age: int | None  # None for a company
    real_name: bool
    flags: frozenset[str]  # arrears blacklisted excludes_data_packages mvno senior company far_from_home …
    plan: str
    excludes_data_packages: bool  # the plan does not go with bought data
    points: int


class Subscribers(Records):
    """Who has a line. Part: subscriber."""

    @limited("subscriber", lambda found, msisdn: found is None or found.msisdn == msisdn)
    async def of(self, msisdn: str) -> Subscriber | None:
        """The line, or None when it is not one of this operator's."""
        raise NotImplementedError
