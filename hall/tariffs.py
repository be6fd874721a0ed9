"""What plans, services and items of a bill cost: the catalogue's prices, and the price list's words for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rapidfuzz import fuzz

from hall.catalogue import Plan
from hall.context import Hall
from hall.policy.price_list import Item

CLOSE = 88  # per cent: the lowest similarity of a misspelt name
STEM = 2  # characters of the name of a family of plans
SHORTEST = 3  # characters of a name that may be misspelt


@dataclass(frozen=True, slots=True)
class Priced:
    """A service or an item of a bill: its price in fen a month, or in words; what it is, the period, how it ends."""

    name: str
    fee_fen: int | None
    fee_text: str
    what: str
    period: str
    end: str
    ordered: bool  # whether it is a service that one has or has not


def item(hall: Hall, name: str) -> Priced | None:
    """What is known under a name, the price list's or the catalogue's."""
    sold = next((one for one in hall.catalogue.services if name in (one.name, one.code, *one.said_as)), None)
    words = next((one for one in hall.policy.items if name in (one.name, *one.keywords)), None)
    if words is None and sold is not None:
        words = next((one for one in hall.policy.items if one.name == sold.name), None)
    if sold is None and words is not None:
        sold = next((one for one in hall.catalogue.services if one.name == words.name), None)
    if words is None:
        return Priced(sold.name, sold.fee_fen, "", "", "", "", True) if sold is not None else None
    fee = sold.fee_fen if sold is not None else words.fee_fen
    return Priced(words.name, fee, words.fee_text, words.what, words.period, words.end, sold is not None)


def items(hall: Hall, said: str) -> tuple[Priced, ...]:
    """The items that the words name; of names within each other the longest."""
    names = {name.lower(): one.name for one in hall.policy.items for name in (one.name, *one.keywords)}
    names |= {name.lower(): one.name for one in hall.catalogue.services for name in (one.name, *one.said_as)}
    found = dict.fromkeys(names[name] for name in _longest(names, said.lower()))
    return tuple(one for one in (item(hall, name) for name in found) if one is not None)


def plans(hall: Hall, said: Iterable[str]) -> tuple[Plan, ...]:
    """The plans of these names or prices (`39元套餐`), as they are sold."""
    found = dict.fromkeys(plan for one in said for plan in hall.catalogue.plans if _is(plan, one))
    return tuple(found)


def family(hall: Hall, said: Iterable[str]) -> tuple[Plan, ...]:
    """The plans on sale whose names begin alike: 冰激凌套餐 is no plan, but the name of several; cheapest first."""
    stems = [one.removesuffix("套餐") for one in said if len(one.removesuffix("套餐")) >= STEM]
    found = (one for one in hall.catalogue.plans if one.for_ != "nobody" and any(map(one.name.startswith, stems)))
    return tuple(sorted(found, key=lambda one: one.fee_fen))


def _is(plan: Plan, said: str) -> bool:
    priced = f"{plan.fee_fen // 100}元套餐"
    return said in (plan.name, *plan.said_as) or said == priced


def _longest(names: Iterable[str], said: str) -> Iterator[str]:
    """The names that are in the words; where none is, the one that is nearest."""
    there = sorted((name for name in names if name in said), key=len, reverse=True)
    for index, name in enumerate(there):
        if not any(name in longer for longer in there[:index]):
            yield name
    if not there:
        near = [(fuzz.partial_ratio(name, said), name) for name in names if SHORTEST <= len(name) <= len(said)]
        best = max(near, default=(0.0, ""))
        if best[0] >= CLOSE:
            yield best[1]


def known(hall: Hall, said: str) -> Item | None:
    """The item of the price list that the words name first, for who explains a charge."""
    found = items(hall, said)
    return next((one for one in hall.policy.items if found and one.name == found[0].name), None)
