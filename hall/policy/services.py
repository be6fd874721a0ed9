"""Who may have which services and plans, and when a change of plan takes effect: policy/services.yml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hall.policy_file import File, Source, count, list_of, one_of, text, truth

DEARER, CHEAPER = "dearer", "cheaper"
NEXT_MONTH, AT_ONCE = "next_month", "at_once"
FREE, PENALTY, REFUSE = "free", "penalty", "refuse"


@dataclass(frozen=True, slots=True)
class Rates:
    """What is paid outside of a plan, in fen; data costs at most `data_most` a month."""

    minute: int
    message: int
    mb: int
    data_most: int


@dataclass(frozen=True, slots=True)
class ServiceRules:
    """policy/services.yml. `already_in`: of a service the plans that hold enough of it."""

    source: Source | None
    adults_from: int
    seniors_from: int
    companies: bool
    already_in: Mapping[str, tuple[str, ...]]
    takes_effect: Mapping[str, str]  # dearer, cheaper: next_month | at_once
    contracts: Mapping[str, Mapping[str, str]]  # by kind: dearer, cheaper: free | penalty | refuse
    penalty_per_cent: int
    rates: Rates


OF_THE_HOUSE = ServiceRules(
    None, 18, 60, False, {}, {DEARER: NEXT_MONTH, CHEAPER: NEXT_MONTH}, {}, 0, Rates(0, 0, 0, 0)
)


def service_rules(file: File) -> ServiceRules:
    """Check services.yml; raises PolicyError."""
    change, ways = "plan_change", (DEARER, CHEAPER)
    kinds = {
        kind: {way: file.get(f"{change}.contracts.{kind}.{way}", one_of(FREE, PENALTY, REFUSE)) for way in ways}
        for kind in file.keys(f"{change}.contracts")
    }
    already = {name: file.get(f"already_in.{name}", list_of(text)) for name in file.keys("already_in")}
    rates = Rates(*(file.get(f"rates_fen.{name}", count) for name in Rates.__slots__))
    rules = ServiceRules(
        source=file.source(),
        adults_from=file.get("adults_from", count),
        seniors_from=file.get("seniors_from", count),
        companies=file.get("companies", truth),
        already_in=already,
        takes_effect={way: file.get(f"{change}.{way}", one_of(NEXT_MONTH, AT_ONCE)) for way in ways},
        contracts=kinds,
        penalty_per_cent=file.get(f"{change}.penalty_per_cent", count),
        rates=rates,
    )
    file.finish()
    return rules
